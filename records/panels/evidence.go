package panels

import (
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/healthfile"
)

// Evidence is what experts go by: how a resident was when the question was put. It
// names nobody, neither the resident nor others, and says no address: text that
// people wrote freely is left out of it, but for what something is called.
type Evidence struct {
	Format int `json:"format"` // 1
	// Subject stands for the resident. It is the consultation's id: nobody can tell by
	// it that two questions are about the same person.
	Subject  string    `json:"subject"`
	FrozenAt time.Time `json:"frozen_at"`
	Question string    `json:"question"`
	Person   Person    `json:"person"`
	Chart    Chart     `json:"chart"`
	Alerts   []Alert   `json:"alerts"`
	File     File      `json:"file"`
	Care     Care      `json:"care"`
	Scores   []Score   `json:"scores"`
	// Adherence is how reminders went in the last weeks, the newest first.
	Adherence []Week `json:"adherence"`
	// Reminders are those of medicine and measurements that hold, but for those that the
	// health file makes of its medicines.
	Reminders []Standing `json:"reminders,omitempty"`
	// Documents are those of the file that were put to the question. What is in them is
	// shown as it is.
	Documents []Document `json:"documents,omitempty"`
	// Earlier is the advice that is looked at again.
	Earlier *Earlier `json:"earlier,omitempty"`
}

// Person is who it is about, as far as it matters.
type Person struct {
	Age      *int   `json:"age,omitempty"` // in years
	Sex      string `json:"sex"`
	TimeZone string `json:"time_zone"`
}

// Chart is what was measured in a window of time.
type Chart struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Metrics []Series  `json:"metrics"`
}

// Series is one metric: each day of the window, on the resident's clock, and the hours
// of the last two days.
type Series struct {
	Metric string `json:"metric"`
	Unit   string `json:"unit"` // UCUM
	Days   []Day  `json:"days"`
	Hours  []Hour `json:"hours"`
}

// Day is what was measured on a day.
type Day struct {
	Day records.Date `json:"day"`
	Stat
}

// Hour is what was measured in an hour.
type Hour struct {
	At time.Time `json:"at"` // its beginning
	Stat
}

// Stat is some readings in short. Of what is counted, such as steps, the mean times N is
// what they come to.
type Stat struct {
	N    int     `json:"n"`
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
}

// Alert is an alert of the window.
type Alert struct {
	Rule       string             `json:"rule"`
	Version    int                `json:"rule_version"`
	Name       Text               `json:"name"`
	Severity   string             `json:"severity"`
	BeganAt    time.Time          `json:"began_at"`
	ResolvedAt time.Time          `json:"resolved_at,omitzero"`
	Verdict    string             `json:"verdict,omitempty"`
	Shown      map[string]float64 `json:"shown,omitempty"` // what its rule saw
}

// File is what the health file says, in one of its versions.
type File struct {
	Version    int         `json:"version"`
	Conditions []Condition `json:"conditions"`
	Allergies  []Allergy   `json:"allergies"`
	Medicines  []Medicine  `json:"medicines"`
}

// Condition is what the resident is ill with.
type Condition struct {
	Code     string         `json:"code,omitempty"` // ICD-10
	Name     string         `json:"name,omitempty"`
	Since    healthfile.Day `json:"since,omitempty"`
	Severity string         `json:"severity,omitempty"`
	Treated  bool           `json:"treated,omitempty"`
}

// Allergy is what the resident does not bear.
type Allergy struct {
	Substance string `json:"substance"`
	Reaction  string `json:"reaction,omitempty"`
	Severity  string `json:"severity,omitempty"`
	Certainty string `json:"certainty,omitempty"`
}

// Medicine is what the resident takes.
type Medicine struct {
	Name     string         `json:"name"`
	Strength string         `json:"strength,omitempty"`
	Dose     string         `json:"dose,omitempty"`
	Schedule string         `json:"schedule,omitempty"`
	ATC      string         `json:"atc,omitempty"`
	For      string         `json:"for,omitempty"`
	From     healthfile.Day `json:"from,omitempty"`
	Critical bool           `json:"time_critical,omitempty"`
}

// Care is what the rules go by.
type Care struct {
	Version    int      `json:"version"`
	Conditions []string `json:"conditions"`
	// Limits are the resident's own, Thresholds all that hold.
	Limits     map[string]float64 `json:"limits"`
	Thresholds map[string]float64 `json:"thresholds"`
	Scale2     bool               `json:"scale_2,omitempty"`
	Planned    map[string]string  `json:"planned"` // how often, "12h", by metric
}

// Score is the newest assessment by a form.
type Score struct {
	Form  string       `json:"form"`
	Name  Text         `json:"name"`
	Day   records.Date `json:"day"`
	Total *int         `json:"total,omitempty"`
	Band  Text         `json:"band,omitzero"`
}

// Week is how a reminder went in a week.
type Week struct {
	Monday  records.Date `json:"monday"`
	Kind    string       `json:"kind"`
	What    string       `json:"what"`
	Due     int          `json:"due"`
	OnTime  int          `json:"on_time"`
	Late    int          `json:"late"`
	Skipped int          `json:"skipped"`
	Missed  int          `json:"missed"`
}

// Earlier is an advice of before.
type Earlier struct {
	SignedAt time.Time    `json:"signed_at"`
	Text     string       `json:"text"`
	ReviewBy records.Date `json:"review_by"`
	Changes  []Decided    `json:"changes"`
}

// Decided is a change that was proposed, and what became of it.
type Decided struct {
	Change Change `json:"change"`
	State  string `json:"state"`
}

// IsZero reports that nothing was written.
func (t Text) IsZero() bool { return t == Text{} }

// before is how what a change is about was then, in the form of [Change.After].
func (e *Evidence) before(c *Change) string {
	switch c.Kind {
	case OfLimit:
		if v, ok := e.Care.Limits[c.Target]; ok {
			return number(v)
		}
	case OfCondition:
		for _, known := range e.Care.Conditions {
			if known == c.Target {
				return "on"
			}
		}
		return "off"
	case OfPlan:
		return e.Care.Planned[c.Target]
	case OfReminder:
		for _, r := range e.Reminders {
			if r.Ref == c.Target {
				return ReminderLine(r.Kind, r.What, r.Schedule)
			}
		}
	}
	return ""
}

// Usual is what holds for everybody of whom a limit was not said: the threshold that
// held, where the change is about one.
func (e *Evidence) Usual(c *Change) string {
	if c == nil || c.Kind != OfLimit {
		return ""
	}
	if v, ok := e.Care.Thresholds[c.Target]; ok {
		return number(v)
	}
	return ""
}
