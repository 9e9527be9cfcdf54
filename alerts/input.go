package alerts

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/vitals"
)

// Profile is what the engine must know of a resident. Unlike [engine.Profile]
// it can be written and compared.
type Profile struct {
	TimeZone   string             `json:"time_zone"`
	BirthDate  string             `json:"birth_date,omitempty"` // "1941-03-05"
	Conditions []string           `json:"conditions,omitempty"`
	Limits     map[string]float64 `json:"limits,omitempty"`
	Scale2     bool               `json:"scale_2,omitempty"`
	// Planned is how often a metric is to be measured.
	Planned map[vitals.Metric]rules.Span `json:"planned,omitempty"`
	// Situations and when each ends, in Unix milliseconds: those that have ended not
	// long ago too, since nobody was quiet at home meanwhile.
	Situations map[rules.Situation]int64 `json:"situations,omitempty"`
	// Unwatched: the consent to be watched over was withdrawn.
	Unwatched bool `json:"unwatched,omitempty"`
}

// Engine is the profile as the engine knows it.
func (p Profile) Engine() engine.Profile {
	out := engine.Profile{Zone: time.UTC, Conditions: p.Conditions, Limits: p.Limits, Scale2: p.Scale2, Planned: p.Planned, Situations: p.Situations, Unwatched: p.Unwatched}
	if zone, err := zones.Load(p.TimeZone); err == nil {
		out.Zone = zone
	}
	if born, err := time.Parse(time.DateOnly, p.BirthDate); err == nil {
		out.Birth = born
	}
	return out
}

// Equipment is what is expected of the devices of a home. Unlike
// [engine.Equipment] it can be written and compared.
type Equipment struct {
	TimeZone string            `json:"time_zone"`
	Devices  []engine.Expected `json:"devices"` // ordered by id
	// Residents are the ids of those who live there, ordered.
	Residents []string `json:"residents,omitempty"`
}

func (e Equipment) engine() engine.Equipment {
	out := engine.Equipment{Zone: time.UTC, Devices: e.Devices, Residents: e.Residents}
	if zone, err := zones.Load(e.TimeZone); err == nil {
		out.Zone = zone
	}
	return out
}

const (
	profileKind   = "profile"
	equipmentKind = "equipment"
)

// inputRow is an event of the engine that is not in the journal. They are
// written with what came of them, and heard again after a restart.
type inputRow struct {
	bun.BaseModel `bun:"table:engine_inputs"`

	ID       int64  `bun:"id,pk"`
	After    int64  `bun:"after"` // the entry of the journal that it came after
	At       int64  `bun:"at"`
	Resident string `bun:"resident"` // or the [HomeKey] of a home, [ServiceKey], or everybody
	Kind     string `bun:"kind"`
	Body     string `bun:"body"`
}

func inputOf(what any) (kind, body string, err error) {
	switch what.(type) {
	case Profile:
		kind = profileKind
	case Equipment:
		kind = equipmentKind
	case engine.Deaf:
		kind = "deaf"
	case engine.Claim:
		kind = "claim"
	case engine.Release:
		kind = "release"
	case engine.Resolve:
		kind = "resolve"
	case engine.Disown:
		kind = "disown"
	case engine.Snooze:
		kind = "snooze"
	case engine.Adopt:
		kind = "adopt"
	case engine.Raise:
		kind = "raise"
	case engine.Lower:
		kind = "lower"
	default:
		return "", "", fmt.Errorf("%T is no input of the engine", what)
	}
	text, err := json.Marshal(what)
	return kind, string(text), err
}

// event is what the engine is told.
func (row *inputRow) event() (engine.Event, error) {
	e := engine.Event{At: row.At, Input: uint64(row.ID)}
	var err error
	switch row.Kind {
	case profileKind:
		var p Profile
		err = json.Unmarshal([]byte(row.Body), &p)
		e.What = p.Engine()
	case equipmentKind:
		var p Equipment
		err = json.Unmarshal([]byte(row.Body), &p)
		e.What = p.engine()
	case "deaf":
		var d engine.Deaf
		err = json.Unmarshal([]byte(row.Body), &d)
		e.What = d
	case "claim":
		var c engine.Claim
		err = json.Unmarshal([]byte(row.Body), &c)
		e.What = c
	case "release":
		var c engine.Release
		err = json.Unmarshal([]byte(row.Body), &c)
		e.What = c
	case "resolve":
		var c engine.Resolve
		err = json.Unmarshal([]byte(row.Body), &c)
		e.What = c
	case "disown":
		var d engine.Disown
		err = json.Unmarshal([]byte(row.Body), &d)
		e.What = d
	case "snooze":
		var c engine.Snooze
		err = json.Unmarshal([]byte(row.Body), &c)
		e.What = c
	case "adopt":
		var a engine.Adopt
		err = json.Unmarshal([]byte(row.Body), &a)
		e.What = a
	case "raise":
		var r engine.Raise
		err = json.Unmarshal([]byte(row.Body), &r)
		e.What = r
	case "lower":
		var l engine.Lower
		err = json.Unmarshal([]byte(row.Body), &l)
		e.What = l
	case "tick":
		e.What = engine.Tick{}
	default:
		err = fmt.Errorf("kind %q is not known", row.Kind)
	}
	if err != nil {
		return e, fmt.Errorf("read input %d of the engine: %w", row.ID, err)
	}
	return e, nil
}
