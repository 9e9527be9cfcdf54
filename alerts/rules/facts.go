package rules

import "github.com/anxin-care/anxin/vitals"

// Facts are what a condition is about: one resident, device or home at one
// moment. What is not known is false in the second result.
type Facts interface {
	// Now is the moment, in Unix milliseconds.
	Now() int64
	// Value is the newest value of a metric while it is fresh, at the metric's
	// resolution.
	Value(m vitals.Metric) (float64, bool)
	// MeasuredAt is when the metric was last measured, fresh or not.
	MeasuredAt(m vitals.Metric) (int64, bool)
	// DeafUntil is until when Anxin itself took nothing in, lately: nobody's silence
	// counts from before. It is 0 when that was never.
	DeafUntil() int64
	// Past is what is kept of a window of the rules' [Set].
	Past(window int) Past
	// Field is something that has a name of its own.
	Field(f Field) (float64, bool)
	// Episode is the start of an episode that is under way, or that time alone will
	// begin; open is false when there is none, and known when nobody knows.
	Episode(e Episode) (start int64, open, known bool)
	// Usual is how long the longest of the resident's own episodes of a day last,
	// all but one of two weeks, in milliseconds. It is known of Quiet and OutOfBed.
	Usual(e Episode) (int64, bool)
	// Active reports whether the resident has moved in the last so many
	// milliseconds.
	Active(span int64) bool
	// Limit is a threshold by name: the resident's own, else that of one of their
	// conditions, else the default.
	Limit(name string) (float64, bool)
	// HasCondition reports whether the resident is known to have it.
	HasCondition(name string) bool
	// NextHour is when the next full hour of the local clock begins.
	NextHour() int64
}

// Field is a fact that has a name of its own in conditions.
type Field uint8

// The fields. Those of time are in seconds and those of truth 0 or 1.
const (
	ResidentAge    Field = iota // years
	ResidentAsleep              // in bed by the sensor, else by the clock
	ResidentAtHome
	ResidentSinceWaking  // since the latest usual time of getting up; none before it
	ResidentOverdue      // since a planned measurement was due
	ResidentLateCritical // whether that would have been critical
	ResidentSinceLate    // since a late reading came that would have been an alert
	Hour                 // of the local clock, 0 to 23
	News2Total
	News2Red // a single parameter has 3 points
	DeviceSilent
	DeviceInterval // how often it usually reports
	DeviceHeard    // whether ever
	DeviceAge      // since it was enrolled
	DeviceSafety   // an alarm depends on it: SOS button, fall sensor, smoke
	DeviceBatteryDays
	HomeSilent   // since any of its devices was heard
	HomeInterval // the shortest of its devices'
	HomeDevices  // how many are due to report
)

// Episode is a state derived from what sensors say, with a start and an end.
type Episode uint8

// The episodes.
const (
	Quiet    Episode = iota // at home, not in bed, and nothing moves
	Bathroom                // in the bathroom, and nothing moves elsewhere
	InBed
	OutOfBed // left the bed in the night
	Away     // left home
)

var episodes = map[string]Episode{"quiet": Quiet, "bathroom": Bathroom, "in_bed": InBed, "out_of_bed": OutOfBed, "away": Away}

// String is the episode's name in conditions.
func (e Episode) String() string {
	for name, known := range episodes {
		if known == e {
			return name
		}
	}
	return "?"
}

// Past is a summary of the readings of a window. It holds what its [Window]
// asks for; a window without readings has a Count of 0.
type Past struct {
	Count                 int
	Sum, Min, Max         float64
	First, Last           float64
	FirstAt, LastAt       int64
	Days                  int     // local days with a reading
	Squares               float64 // sum of squares
	SumT, SumTT, SumTimes float64 // times (in seconds from FirstAt), their squares, and times with values
	// Expires is when the oldest part of it leaves the window, in Unix
	// milliseconds.
	Expires int64
}

// Window is what a rule needs kept about the past of a metric.
type Window struct {
	Metric vitals.Metric
	Span   Span
	// Only counts the readings that fulfil a comparison; "" counts all.
	Only  string
	Bound float64
	// Limit names the threshold that is the bound, when it is not a fixed one.
	Limit string
	// Before leaves out what is of today: a baseline is about the time before.
	Before bool
	// ByHour counts only what was measured in the same hour of the local clock.
	ByHour bool
}

// Takes reports whether a reading belongs to the window. A bound that is a
// threshold is asked of limit.
func (w Window) Takes(n float64, limit func(name string) (float64, bool)) bool {
	if w.Only == "" {
		return true
	}
	bound := w.Bound
	if w.Limit != "" {
		var ok bool
		if bound, ok = limit(w.Limit); !ok {
			return false
		}
	}
	return compares(n, w.Only, bound)
}

func compares(a float64, op string, b float64) bool {
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	case ">=":
		return a >= b
	case "==":
		return a == b
	}
	return a != b
}
