package healthfile

// Allergy is what somebody does not bear.
type Allergy struct {
	Substance string           `json:"substance" minLength:"1" maxLength:"200" example:"Penicillin"`
	Sort      AllergySort      `json:"sort" enum:"medicine,food,environment,contrast_medium,other"`
	Drug      AllergenicDrug   `json:"drug_group,omitempty" enum:"penicillins,sulfonamides,streptomycin,other" doc:"As the basic information form has it, of a medicine"`
	Reaction  string           `json:"reaction,omitempty" maxLength:"200" example:"Rash"`
	Severity  Severity         `json:"severity,omitempty" enum:"mild,moderate,severe"`
	Certainty AllergyCertainty `json:"certainty,omitempty" enum:"confirmed,reported,suspected"`
	Since     Day              `json:"since,omitempty" maxLength:"10"`
	Note      string           `json:"note,omitempty" maxLength:"10000"`
}

// The choices of an allergy.
type (
	// AllergySort is what sort of substance it is.
	AllergySort string
	// AllergenicDrug is the group of medicines.
	AllergenicDrug string
	// AllergyCertainty is how well it is known.
	AllergyCertainty string
)

var (
	allergySorts    = []AllergySort{"medicine", "food", "environment", "contrast_medium", "other"}
	allergenicDrugs = []AllergenicDrug{"penicillins", "sulfonamides", "streptomycin", "other"}
	certainties     = []AllergyCertainty{"confirmed", "reported", "suspected"}
)

// Kind implements [Body].
func (*Allergy) Kind() Kind { return AnAllergy }

func (a *Allergy) settle(f *faults) {
	f.needed("substance", &a.Substance, "what is not borne")
	f.words("reaction", &a.Reaction)
	f.text("note", &a.Note)
	f.past("since", a.Since)
	among(f, "sort", a.Sort, allergySorts, true)
	among(f, "drug_group", a.Drug, allergenicDrugs, false)
	among(f, "severity", a.Severity, severities, false)
	among(f, "certainty", a.Certainty, certainties, false)
	if a.Drug != "" && a.Sort != "medicine" {
		f.add("drug_group", "is of a medicine")
	}
}
