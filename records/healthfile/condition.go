package healthfile

// Condition is what somebody is ill with, or was.
type Condition struct {
	Code string `json:"code,omitempty" maxLength:"16" doc:"ICD-10; also the longer codes of its Chinese edition" example:"J44.9"`
	Name string `json:"name,omitempty" maxLength:"200" doc:"In the words of who wrote it; needed where the code is not in the list"`
	// Since is when it began, or was found.
	Since    Day      `json:"since,omitempty" maxLength:"10" doc:"A day, a month or a year" example:"2012"`
	Severity Severity `json:"severity,omitempty" enum:"mild,moderate,severe"`
	Treated  bool     `json:"treated,omitempty" doc:"Medicine or other treatment is under way"`
	By       string   `json:"diagnosed_by,omitempty" maxLength:"200"`
	Note     string   `json:"note,omitempty" maxLength:"10000"`
}

// Severity is how grave a condition or a reaction is.
type Severity string

var severities = []Severity{"mild", "moderate", "severe"}

// Kind implements [Body].
func (*Condition) Kind() Kind { return ACondition }

func (c *Condition) settle(f *faults) {
	f.code("code", &c.Code)
	f.words("name", &c.Name)
	f.words("diagnosed_by", &c.By)
	f.text("note", &c.Note)
	f.past("since", c.Since)
	among(f, "severity", c.Severity, severities, false)
	if _, listed := Diagnosis(c.Code); !listed && c.Name == "" {
		f.add("name", "is empty: give a code of the list, or say what it is")
	}
}
