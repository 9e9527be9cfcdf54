package vitals

import "fmt"

// Info is what the catalogue says about a metric.
type Info struct {
	Metric Metric
	// Name is the contract's name, such as "heart_rate".
	Name string
	// Unit is the canonical UCUM unit; values of states and events have an
	// annotation such as "{state}".
	Unit    string
	Kind    Kind
	Subject Subject
	// Codings are its codes, the one to export first.
	Codings []Coding
	// Profile is the FHIR R4 vital-signs profile, "" when there is none.
	Profile string
	// Min and Max bound what is plausible, when Bounded: a value outside is an
	// artefact.
	Bounded  bool
	Min, Max float64
	// Resolution is the step in which values are compared and shown, 0 for words.
	Resolution float64
	// Units are the other units that are accepted.
	Units []Unit
	// Words name the numbers 0, 1, 2, … of a state, event or code.
	Words []string

	english, chinese string
}

// Kind is how a metric behaves over time.
type Kind uint8

// The kinds of metrics.
const (
	Level   Kind = iota // a quantity that goes up and down
	Counter             // an amount for an interval, or since a start
	Event               // something that happened at a moment
	State               // how something is until it changes
)

func (k Kind) String() string { return [...]string{"level", "counter", "event", "state"}[k] }

// Subject is what a metric is about.
type Subject uint8

// The subjects of metrics.
const (
	OfResident Subject = iota // the person
	OfHome                    // the home or a room in it
	OfDevice                  // the device itself
)

func (s Subject) String() string { return [...]string{"resident", "home", "device"}[s] }

// Coding is a code of a code system.
type Coding struct{ System, Code, Display string }

// The code systems, by their FHIR addresses.
const (
	LOINC  = "http://loinc.org"
	MDC    = "urn:iso:std:iso:11073:10101"
	SNOMED = "http://snomed.info/sct"
	Local  = "urn:anxin:metric"
)

func loinc(code, display string) Coding  { return Coding{LOINC, code, display} }
func mdc(code, display string) Coding    { return Coding{MDC, code, display} }
func snomed(code, display string) Coding { return Coding{SNOMED, code, display} }
func local(code, display string) Coding  { return Coding{Local, code, display} }

// Info returns what the catalogue says. A metric that is not in it, from a
// newer version's data perhaps, has its number for a name and nothing else.
func (m Metric) Info() Info {
	if i := m.row(); i != nil {
		return *i
	}
	return Info{Metric: m, Name: fmt.Sprintf("metric-%d", uint8(m)), english: "?", chinese: "?"}
}

func (m Metric) row() *Info {
	if m == 0 || int(m) > len(catalogue) {
		return nil
	}
	return &catalogue[m-1]
}

// Metrics lists all metrics, in the order of the catalogue.
func Metrics() []Metric {
	all := make([]Metric, len(catalogue))
	for i := range catalogue {
		all[i] = catalogue[i].Metric
	}
	return all
}

// Display is the metric's name for people, in the language of the tag: Chinese
// for "zh" and all that begins so, else English.
func (i Info) Display(language string) string {
	if len(language) >= 2 && language[:2] == "zh" {
		return i.chinese
	}
	return i.english
}

var byName = func() map[string]Metric {
	names := make(map[string]Metric, len(catalogue))
	for i := range catalogue {
		names[catalogue[i].Name] = catalogue[i].Metric
	}
	return names
}()

// ParseMetric finds a metric by its name.
func ParseMetric(name string) (Metric, bool) {
	m, ok := byName[name]
	return m, ok
}

// ParseMetricBytes is [ParseMetric] without a copy of the name.
func ParseMetricBytes(name []byte) (Metric, bool) {
	m, ok := byName[string(name)]
	return m, ok
}

// String is the metric's name.
func (m Metric) String() string {
	if i := m.row(); i != nil {
		return i.Name
	}
	return m.Info().Name
}

// MarshalText implements [encoding.TextMarshaler].
func (m Metric) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (m *Metric) UnmarshalText(text []byte) error {
	known, ok := ParseMetricBytes(text)
	if !ok {
		return fmt.Errorf("there is no metric %q", text)
	}
	*m = known
	return nil
}
