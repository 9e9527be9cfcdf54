package healthfile

import (
	"regexp"
	"strings"
)

// Particulars are who a resident is, beside what is kept of every resident: where
// they live, by whom they are insured, and what the basic information form asks.
type Particulars struct {
	Address   string `json:"address,omitempty" maxLength:"200" doc:"Where they live, to find the door"`
	Phone     string `json:"phone,omitempty" maxLength:"200"`
	IDNumber  string `json:"id_number,omitempty" maxLength:"200" doc:"Of the identity card; of 18 digits the check digit is checked (GB 11643)"`
	FileCode  string `json:"file_code,omitempty" pattern:"^[0-9]{17}$" doc:"Of the resident health record of the district: 17 digits"`
	Insurer   string `json:"insurer,omitempty" maxLength:"200"`
	InsurerNo string `json:"insurer_number,omitempty" maxLength:"200"`
	District  string `json:"district,omitempty" maxLength:"200" doc:"The health centre that keeps the record, or the district"`
	Doctor    string `json:"family_doctor,omitempty" maxLength:"200"`

	Residence  Residence  `json:"residence,omitempty" enum:"registered,unregistered"`
	Ethnicity  string     `json:"ethnicity,omitempty" maxLength:"200"`
	Blood      BloodGroup `json:"blood_group,omitempty" enum:"A,B,O,AB,unknown"`
	Rhesus     Rhesus     `json:"rhesus,omitempty" enum:"positive,negative,unknown"`
	Education  Education  `json:"education,omitempty" enum:"illiterate,primary,middle,high,vocational,technical,college,university,postgraduate,unknown" doc:"Cognition screens go by it"`
	Occupation string     `json:"occupation,omitempty" maxLength:"200" doc:"Before retirement"`
	Marriage   Marriage   `json:"marriage,omitempty" enum:"single,married,widowed,divorced,unknown"`
	Payment    []Payment  `json:"payment,omitempty" nullable:"false" enum:"employees,residents,rural,assistance,commercial,state,self,other" doc:"Who pays for treatment"`
	Exposure   []Exposure `json:"exposure,omitempty" nullable:"false" enum:"chemicals,poisons,radiation"`
	Hereditary string     `json:"hereditary,omitempty" maxLength:"200" doc:"A hereditary disease"`

	Exhaust Exhaust `json:"kitchen_exhaust,omitempty" enum:"none,hood,fan,chimney"`
	Fuel    Fuel    `json:"fuel,omitempty" enum:"bottled_gas,coal,natural_gas,biogas,wood,electricity,other"`
	Water   Water   `json:"water,omitempty" enum:"tap,filtered,well,river,pond,other"`
	Toilet  Toilet  `json:"toilet,omitempty" enum:"flush,pit,bucket,open,shed"`
	Pen     Pen     `json:"livestock_pen,omitempty" enum:"none,separate,indoor,outdoor"`

	// Photo is the name of a paper: see [Papers].
	Photo string `json:"photo,omitempty" maxLength:"64" pattern:"^[0-9a-f]{64}$" readOnly:"true" doc:"SHA-256 of the picture that is shown on their page; uploaded by itself"`
}

// The choices of the basic information form, item by item.
type (
	// Residence says whether somebody is registered where they live (户籍).
	Residence string
	// BloodGroup is of the ABO system.
	BloodGroup string
	// Rhesus is the factor D.
	Rhesus string
	// Education is the highest school.
	Education string
	// Marriage is whether somebody is married.
	Marriage string
	// Payment is who pays for treatment.
	Payment string
	// Exposure is what somebody was exposed to.
	Exposure string
	// Exhaust is how the air of the kitchen gets out.
	Exhaust string
	// Fuel is what is cooked with.
	Fuel string
	// Water is where drinking water comes from.
	Water string
	// Toilet is of which kind it is.
	Toilet string
	// Pen is where livestock is kept.
	Pen string
)

var (
	residences = []Residence{"registered", "unregistered"}
	bloods     = []BloodGroup{"A", "B", "O", "AB", "unknown"}
	rhesuses   = []Rhesus{"positive", "negative", "unknown"}
	educations = []Education{"illiterate", "primary", "middle", "high", "vocational", "technical", "college", "university", "postgraduate", "unknown"}
	marriages  = []Marriage{"single", "married", "widowed", "divorced", "unknown"}
	payments   = []Payment{"employees", "residents", "rural", "assistance", "commercial", "state", "self", "other"}
	exposures  = []Exposure{"chemicals", "poisons", "radiation"}
	exhausts   = []Exhaust{"none", "hood", "fan", "chimney"}
	fuels      = []Fuel{"bottled_gas", "coal", "natural_gas", "biogas", "wood", "electricity", "other"}
	waters     = []Water{"tap", "filtered", "well", "river", "pond", "other"}
	toilets    = []Toilet{"flush", "pit", "bucket", "open", "shed"}
	pens       = []Pen{"none", "separate", "indoor", "outdoor"}
)

var (
	fileCode  = regexp.MustCompile(`^[0-9]{17}$`)
	paperName = regexp.MustCompile(`^[0-9a-f]{64}$`)
	idNumber  = regexp.MustCompile(`^[0-9]{17}[0-9X]$`)
)

// Kind implements [Body].
func (*Particulars) Kind() Kind { return AParticulars }

func (p *Particulars) settle(f *faults) {
	for path, s := range map[string]*string{
		"address": &p.Address, "phone": &p.Phone, "id_number": &p.IDNumber, "file_code": &p.FileCode, "insurer": &p.Insurer, "insurer_number": &p.InsurerNo,
		"district": &p.District, "family_doctor": &p.Doctor, "ethnicity": &p.Ethnicity, "occupation": &p.Occupation, "hereditary": &p.Hereditary,
	} {
		f.words(path, s)
	}
	p.IDNumber = strings.ToUpper(p.IDNumber)
	if idNumber.MatchString(p.IDNumber) && !checkDigit(p.IDNumber) {
		f.add("id_number", "has a digit that is wrong: the last one does not fit to the others")
	}
	if p.FileCode != "" && !fileCode.MatchString(p.FileCode) {
		f.add("file_code", "want 17 digits: 6 of the county, 3 of the town, 3 of the village, 5 of the person")
	}
	if p.Photo != "" && !paperName.MatchString(p.Photo) {
		f.add("photo", "is no picture that was uploaded")
	}
	among(f, "residence", p.Residence, residences, false)
	among(f, "blood_group", p.Blood, bloods, false)
	among(f, "rhesus", p.Rhesus, rhesuses, false)
	among(f, "education", p.Education, educations, false)
	among(f, "marriage", p.Marriage, marriages, false)
	some(f, "payment", &p.Payment, payments)
	some(f, "exposure", &p.Exposure, exposures)
	among(f, "kitchen_exhaust", p.Exhaust, exhausts, false)
	among(f, "fuel", p.Fuel, fuels, false)
	among(f, "water", p.Water, waters, false)
	among(f, "toilet", p.Toilet, toilets, false)
	among(f, "livestock_pen", p.Pen, pens, false)
}

// checkDigit reports whether the last digit of an identity number fits to the
// others: GB 11643-1999, which is ISO 7064, MOD 11-2.
func checkDigit(id string) bool {
	sum := 0
	for _, c := range id[:17] {
		sum = (sum + int(c-'0')) * 2 % 11
	}
	return id[17] == "0123456789X"[(12-sum)%11]
}
