package alerts

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Alert is a rule that fired for a resident.
type Alert struct {
	ID string
	// Resident is whom it is about; "" for one about a Home or a Device.
	Resident string
	// Home is the home it is about, or that of the device.
	Home, Device string
	// PartOf is the alert that it is a part of, for they have one cause; "" for one
	// that stands on its own. Parts are those of this one, where one alert was asked
	// for.
	PartOf string
	Parts  []Alert
	// Rule is the rule as it was when the alert began.
	Rule     rules.Rule
	Status   engine.Status
	Severity rules.Severity
	// Since is when the rule began to hold, BeganAt when it was believed.
	Since, BeganAt, ChangedAt time.Time
	ResolvedAt                time.Time // zero while it is open
	// ClaimedBy is the user who has it, until ClaimedUntil; "" while nobody has.
	ClaimedBy    string
	ClaimedUntil time.Time
	SnoozedUntil time.Time // zero when it is not snoozed
	Verdict      engine.Verdict
	// Transitions are its steps, oldest first, where they were asked for.
	Transitions []Transition
	// Comments are what people said about it, oldest first, where one alert was
	// asked for.
	Comments []Comment
	// Scene is when whoever had it was there, where one alert was asked for; zero when
	// nobody said so.
	Scene Scene
	// Evidence is what its rule saw when it last began or worsened.
	Evidence Evidence
	// Repeats are how many times somebody has called again while it was open, and
	// RepeatedAt when the last time was; zero for never.
	Repeats    int
	RepeatedAt time.Time
	// Around are the resident's readings from half an hour before until half an
	// hour after it began, where one alert was asked for: they stay with it when the
	// timeline forgets them.
	Around []Series
}

// Transition is a step of an alert's life.
type Transition struct {
	N        int
	Version  int // of the rule that it was judged by
	At       time.Time
	Status   engine.Status
	Severity rules.Severity
	Cause    engine.Cause
	By       string // a user, "" for none
	Until    time.Time
	Verdict  engine.Verdict
	Reason   string
	Evidence Evidence
}

// Evidence is what the rule saw. Its JSON is what is kept.
type Evidence struct {
	Readings []Seen             `json:"readings"`
	Shown    map[string]float64 `json:"shown,omitempty"`
	Bounds   []Bound            `json:"bounds,omitempty"`
	NEWS2    *Score             `json:"news2,omitempty"`
	Devices  []Heard            `json:"devices,omitempty"` // of a home
	// Incidents are why it was raised, oldest first, for a rule that is.
	Incidents []Incident `json:"incidents,omitempty"`
}

// Incident is one thing that went wrong which no reading shows.
type Incident struct {
	Kind  string    `json:"kind"` // a word, "missed"
	What  string    `json:"what"` // in the words of those whom it concerns
	At    time.Time `json:"at"`
	Tries int       `json:"tries"` // how often something was done about it
	Over  bool      `json:"over,omitempty"`
}

// Bound is a limit of the rule as it was for the resident then: what the metric
// (its newest value, or Fn of it over Span) was compared with.
type Bound struct {
	Metric vitals.Metric `json:"metric"`
	Fn     string        `json:"fn,omitempty"`   // "avg", "min" or "max"
	Span   rules.Span    `json:"span,omitempty"` // over which
	Op     string        `json:"op"`
	Value  float64       `json:"value"`
	Actual float64       `json:"actual"`
	Passed bool          `json:"passed"` // whether the comparison held
}

// Seen is a reading that the rule saw.
type Seen struct {
	Metric   vitals.Metric `json:"metric"`
	Value    float64       `json:"value"`
	Marks    []string      `json:"marks,omitempty"`
	At       time.Time     `json:"at"`
	Received time.Time     `json:"received"`
	Device   string        `json:"device"`
	Zone     string        `json:"zone,omitempty"` // where that is fixed
}

// Heard is when a device was last heard; zero for never.
type Heard struct {
	Device string     `json:"device"`
	At     *time.Time `json:"at,omitempty"`
}

// Score is a NEWS2 with its parts.
type Score struct {
	Version    string         `json:"version"`
	Scale      int            `json:"scale"`
	Sub        map[string]int `json:"sub"`
	Total      int            `json:"total"`
	Red        bool           `json:"red"`
	Risk       news2.Risk     `json:"risk"`
	Monitoring string         `json:"monitoring"`
}

func evidenceOf(e engine.Evidence) Evidence {
	out := Evidence{Readings: make([]Seen, 0, len(e.Readings)), Shown: e.Shown}
	for _, r := range e.Readings {
		out.Readings = append(out.Readings, Seen{
			Metric: r.Metric, Value: r.Number, Marks: r.Marks.Names(), At: time.UnixMilli(r.At).UTC(), Received: time.UnixMilli(r.Received).UTC(), Device: r.Device, Zone: r.Zone,
		})
	}
	for _, one := range e.Incidents {
		out.Incidents = append(out.Incidents, Incident{Kind: one.Kind, What: one.What, At: time.UnixMilli(one.At).UTC(), Tries: one.Tries, Over: one.Over})
	}
	for _, d := range e.Devices {
		heard := Heard{Device: d.Device}
		if d.At != 0 {
			at := time.UnixMilli(d.At).UTC()
			heard.At = &at
		}
		out.Devices = append(out.Devices, heard)
	}
	for _, c := range e.Bounds {
		b := Bound{
			Metric: c.Metric, Fn: c.Fn, Span: c.Span, Op: c.Op, Value: c.Metric.Round(c.Limit), Actual: c.Metric.Round(c.Actual),
			Passed: c.Passed(c.Actual, c.Limit),
		}
		if !slices.Contains(out.Bounds, b) {
			out.Bounds = append(out.Bounds, b)
		}
	}
	if s := e.Score; s != nil {
		out.NEWS2 = &Score{
			Version: news2.Version, Scale: int(s.Scale), Sub: map[string]int{}, Total: s.Total, Red: s.Red, Risk: s.Risk, Monitoring: s.Monitoring,
		}
		for _, p := range news2.Parameters() {
			out.NEWS2.Sub[p.String()] = s.Sub[p]
		}
	}
	return out
}
