package healthfile

// Operation is what was done to somebody or befell them: the item 既往史 of the basic
// information form, beside diseases.
type Operation struct {
	Event   EventSort `json:"event" enum:"operation,injury,transfusion,hospital_stay"`
	What    string    `json:"what" minLength:"1" maxLength:"200" doc:"Which operation, which injury, why a transfusion or a stay in hospital" example:"Hip replacement, left"`
	On      Day       `json:"on,omitempty" maxLength:"10"`
	Until   Day       `json:"until,omitempty" maxLength:"10" doc:"Of a stay in hospital"`
	Where   string    `json:"where,omitempty" maxLength:"200"`
	Implant string    `json:"implant,omitempty" maxLength:"200" doc:"What has stayed in the body: who examines them must know" example:"Pacemaker"`
	Note    string    `json:"note,omitempty" maxLength:"10000"`
}

// EventSort is what sort of event it was.
type EventSort string

var events = []EventSort{"operation", "injury", "transfusion", "hospital_stay"}

// Kind implements [Body].
func (*Operation) Kind() Kind { return AnOperation }

func (o *Operation) settle(f *faults) {
	among(f, "event", o.Event, events, true)
	f.needed("what", &o.What, "what it was")
	f.words("where", &o.Where)
	f.words("implant", &o.Implant)
	f.text("note", &o.Note)
	f.past("on", o.On)
	f.past("until", o.Until)
	f.order("on", "until", o.On, o.Until)
}

// Relative is a condition of somebody of the same blood.
type Relative struct {
	Who  Kinship `json:"relative" enum:"father,mother,sibling,child,grandparent"`
	Code string  `json:"code,omitempty" maxLength:"16" doc:"ICD-10" example:"I63"`
	Name string  `json:"name,omitempty" maxLength:"200" doc:"Needed where the code is not in the list"`
	Age  *int    `json:"age,omitempty" minimum:"0" maximum:"130" doc:"At which it began"`
	Note string  `json:"note,omitempty" maxLength:"10000"`
}

// Kinship is how somebody is related.
type Kinship string

var kinships = []Kinship{"father", "mother", "sibling", "child", "grandparent"}

// Kind implements [Body].
func (*Relative) Kind() Kind { return ARelative }

func (r *Relative) settle(f *faults) {
	among(f, "relative", r.Who, kinships, true)
	f.code("code", &r.Code)
	f.words("name", &r.Name)
	f.text("note", &r.Note)
	if _, listed := Diagnosis(r.Code); !listed && r.Name == "" {
		f.add("name", "is empty: give a code of the list, or say what it is")
	}
	if r.Age != nil && (*r.Age < 0 || *r.Age > 130) {
		f.add("age", "want 0 to 130")
	}
}

// Vaccination is one dose.
type Vaccination struct {
	Against string `json:"against" minLength:"1" maxLength:"200" example:"Influenza"`
	Vaccine string `json:"vaccine,omitempty" maxLength:"200" doc:"Its name"`
	Lot     string `json:"lot,omitempty" maxLength:"200"`
	Dose    *int   `json:"dose,omitempty" minimum:"1" maximum:"20" doc:"Which of a series"`
	On      Day    `json:"on,omitempty" maxLength:"10"`
	Where   string `json:"where,omitempty" maxLength:"200"`
	Next    Day    `json:"next,omitempty" maxLength:"10" doc:"When the next one is due"`
	Note    string `json:"note,omitempty" maxLength:"10000"`
}

// Kind implements [Body].
func (*Vaccination) Kind() Kind { return AVaccination }

func (v *Vaccination) settle(f *faults) {
	f.needed("against", &v.Against, "against what it is")
	f.words("vaccine", &v.Vaccine)
	f.words("lot", &v.Lot)
	f.words("where", &v.Where)
	f.text("note", &v.Note)
	f.past("on", v.On)
	f.day("next", v.Next)
	f.order("on", "next", v.On, v.Next)
	if v.Dose != nil && (*v.Dose < 1 || *v.Dose > 20) {
		f.add("dose", "want 1 to 20")
	}
}
