package vitals

import (
	"strings"
	"time"
)

// Value is one metric's value within a [Sample], in the metric's canonical
// unit. States, events and codes are numbers too; [Metric.Word] names them.
type Value struct {
	Metric Metric
	Number float64
	Marks  Marks
}

// Sample is what a device measured at one moment: values that share one time
// and one session. The two pressures of a blood pressure stand in one Sample.
type Sample struct {
	// At is the time of measurement that everything downstream uses, in Unix
	// milliseconds. A codec sets it to what the device said, or to 0 when the
	// device gave no time; ingest replaces a missing or wrong one.
	At int64
	// DeviceTime is what the device's clock said, in Unix milliseconds; 0 when
	// it said nothing. It differs from At when that clock was not believed.
	DeviceTime int64
	Values     []Value
}

// Report is one accepted message after decoding: what the journal carries.
type Report struct {
	// Device is the registry's id of the device.
	Device string
	// Residents are the ids of those whom the readings are about: the wearer,
	// or everybody who lives in the home where the device is fixed.
	Residents []string
	// Received is when the message reached Anxin, in Unix milliseconds.
	Received int64
	Samples  []Sample
	// Firmware is the device's firmware version, when the message named it.
	Firmware string
}

// Reading is one metric, one value, one time, one device, one resident.
type Reading struct {
	Resident string
	Device   string
	Metric   Metric
	Number   float64
	Marks    Marks
	// At is when it was measured, Received when it reached Anxin.
	At       time.Time
	Received time.Time
}

// Marks say what is special about a value. A marked value is kept; some marks
// keep it out of rules and aggregates, see [Marks.Unfit].
type Marks uint8

const (
	// Implausible: outside the metric's bounds, or contradicted by a value
	// measured with it (systolic not above diastolic).
	Implausible Marks = 1 << iota
	// Below: the true value is less than Number (a meter that shows LO).
	Below
	// Above: the true value is more than Number (a meter that shows HI).
	Above
	// ClockWrong: the device's clock could not be believed, At was set by Anxin.
	ClockWrong
	// Jump: too far from the resident's last value to be the same person or unit.
	Jump
	// LowQuality: the device itself doubts the value (poor contact, movement).
	LowQuality
)

var markNames = [...]string{"implausible", "below", "above", "clock", "jump", "low-quality"}

// Unfit reports whether the value must be kept out of rules and aggregates.
func (m Marks) Unfit() bool { return m&(Implausible|Jump|LowQuality) != 0 }

// Has reports whether all of the given marks are set.
func (m Marks) Has(marks Marks) bool { return m&marks == marks }

// Comparator is FHIR's quantity comparator: "<", ">" or "".
func (m Marks) Comparator() string {
	switch {
	case m.Has(Below):
		return "<"
	case m.Has(Above):
		return ">"
	}
	return ""
}

// Names lists the marks by name, in a fixed order.
func (m Marks) Names() []string {
	var names []string
	for i, name := range markNames {
		if m&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return names
}

// String joins the names with commas: "implausible,clock". It is "" for none.
func (m Marks) String() string { return strings.Join(m.Names(), ",") }

// ParseMarks reads what [Marks.String] wrote. Unknown names are passed over, so
// that a newer version's data can be read.
func ParseMarks(s string) Marks {
	var m Marks
	for name := range strings.SplitSeq(s, ",") {
		for i, known := range markNames {
			if name == known {
				m |= 1 << i
			}
		}
	}
	return m
}
