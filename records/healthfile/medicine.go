package healthfile

import (
	"regexp"
	"strings"
)

// Medicine is what somebody takes, or took.
type Medicine struct {
	Name     string `json:"name" minLength:"1" maxLength:"200" example:"Metformin"`
	Strength string `json:"strength,omitempty" maxLength:"200" example:"500 mg"`
	Dose     string `json:"dose,omitempty" maxLength:"200" doc:"How much at a time" example:"1 tablet"`
	Route    Route  `json:"route,omitempty" enum:"oral,sublingual,inhaled,injected,skin,eye,ear,nose,rectal,other"`
	Food     Food   `json:"food,omitempty" enum:"before,with,after"`
	// Schedule is when it is taken, as reminders write it; "" for when it is needed.
	Schedule string `json:"schedule,omitempty" maxLength:"500" doc:"As of a reminder; absent for one that is taken when it is needed" example:"daily at 08:00, 20:00"`
	// Critical is one that does harm when it is late.
	Critical bool `json:"time_critical,omitempty" doc:"Does harm when it is late: insulin, Parkinson's, anticoagulants, anti-epileptics, opioids"`
	// Remind is set for one of which the resident is to be reminded.
	Remind     bool      `json:"remind,omitempty" doc:"The resident is to be reminded: a reminder is made of it, changed with it, and ended with it"`
	ATC        string    `json:"atc,omitempty" maxLength:"7" doc:"Its class by WHO's ATC" example:"C07AB02"`
	For        string    `json:"for,omitempty" maxLength:"200" doc:"What it is taken for"`
	From       Day       `json:"from,omitempty" maxLength:"10"`
	Until      Day       `json:"until,omitempty" maxLength:"10" doc:"Its last day, where that is known"`
	Prescriber string    `json:"prescriber,omitempty" maxLength:"200"`
	Adherence  Adherence `json:"adherence,omitempty" enum:"regular,irregular,not_taken"`
	Note       string    `json:"note,omitempty" maxLength:"2000" doc:"Its own text, which is all that is said of a dose that was forgotten"`
}

// The choices of a medicine.
type (
	// Route is how it is taken.
	Route string
	// Food is how it goes with a meal.
	Food string
	// Adherence is how regularly it is taken, as the annual check writes it
	// (规律, 间断, 不服药).
	Adherence string
)

var (
	routes     = []Route{"oral", "sublingual", "inhaled", "injected", "skin", "eye", "ear", "nose", "rectal", "other"}
	foods      = []Food{"before", "with", "after"}
	adherences = []Adherence{"regular", "irregular", "not_taken"}
)

// atc is a class of the Anatomical Therapeutic Chemical classification, whole or in
// part: C, C07, C07A, C07AB, C07AB02.
var atc = regexp.MustCompile(`^[A-DGHJL-NPR-SV]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?$`)

// Kind implements [Body].
func (*Medicine) Kind() Kind { return AMedicine }

func (m *Medicine) settle(f *faults) {
	f.needed("name", &m.Name, "which medicine it is")
	for path, s := range map[string]*string{
		"strength": &m.Strength, "dose": &m.Dose, "schedule": &m.Schedule, "atc": &m.ATC, "for": &m.For, "prescriber": &m.Prescriber,
	} {
		f.words(path, s)
	}
	f.trimmed("note", &m.Note, mostReason, true)
	f.day("from", m.From)
	f.day("until", m.Until)
	f.order("from", "until", m.From, m.Until)
	among(f, "route", m.Route, routes, false)
	among(f, "food", m.Food, foods, false)
	among(f, "adherence", m.Adherence, adherences, false)
	if m.ATC = strings.ToUpper(m.ATC); m.ATC != "" && !atc.MatchString(m.ATC) {
		f.add("atc", "%q is no class of ATC, such as C07AB02", m.ATC)
	}
	if m.Remind && m.Schedule == "" {
		f.add("schedule", "is empty: say when the resident is to be reminded")
	}
}

// Label is the medicine as people say it: "Metformin 500 mg".
func (m *Medicine) Label() string { return strings.TrimSpace(m.Name + " " + m.Strength) }
