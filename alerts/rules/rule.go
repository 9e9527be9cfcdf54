package rules

import (
	"fmt"
	"strings"

	"github.com/anxin-care/anxin/internal/spelling"
)

// Rule is a condition over a resident's readings (or a device's, or a home's),
// and what is to come of it. In a file:
//
//	id: hr_very_high
//	name: {en: Very fast heart, zh: 心率过快}
//	message: {en: "Heart rate {value}/min at rest for {name}. Call now.", zh: "…"}
//	severity: critical
//	when: heart_rate >= threshold("hr.very_high") and not active("5m")
//	for: 5m
//	readings: 2
//	clear: {when: heart_rate <= 110, for: 10m}
//	caps: {radar: warning}
//	source: NEWS2 >=131=3
type Rule struct {
	// ID is lower case letters, digits and underscores. It never changes.
	ID string `yaml:"id" json:"id"`
	// Version is the number that its author gives it, raised with each change.
	Version int `yaml:"version,omitempty" json:"version,omitempty"`

	Name Text `yaml:"name" json:"name"`
	// Message is what is told. In braces stand name, value and what Show lists.
	Message Text `yaml:"message" json:"message"`
	// Source is the guideline that the rule comes from.
	Source string `yaml:"source,omitempty" json:"source,omitempty"`

	// Subject is what the rule watches: each resident (when empty), device or home, or
	// Anxin itself, for one that is raised.
	Subject Subject `yaml:"subject,omitempty" json:"subject,omitempty"`
	// Tells is who hears of it: those who care for the resident (when empty), or
	// those who look after devices.
	Tells Audience `yaml:"tells,omitempty" json:"tells,omitempty"`
	// Residents are those whom it is for; everybody when empty.
	Residents Who `yaml:"residents,omitempty" json:"residents,omitzero"`
	// Active are the hours of the resident's day in which it may begin.
	Active Hours `yaml:"active,omitempty" json:"active,omitzero"`
	// Paused are the situations in which it does not begin.
	Paused []Situation `yaml:"paused,omitempty" json:"paused,omitempty"`

	// Raised is a rule without a condition: what it is about no reading shows, and
	// another part of Anxin says that it is so, and when it is over.
	Raised bool `yaml:"raised,omitempty" json:"raised,omitempty"`

	// Level is the only level of a rule that has one.
	Level `yaml:",inline"`
	// Levels are those of a rule that has several, mildest first.
	Levels []Level `yaml:"levels,omitempty" json:"levels,omitempty"`
	Clear  Clear   `yaml:"clear" json:"clear"`

	// Parts are the rules whose alerts are parts of this one's while both are open:
	// they have one cause, and are told as one.
	Parts []string `yaml:"parts,omitempty" json:"parts,omitempty"`
	// SignOf names what the rule's alert is one sign of among others. Of the open
	// alerts that are signs of the same, the gravest that began first is the whole,
	// and those that began within half a day of it are its parts. A critical alert
	// stands on its own.
	SignOf string `yaml:"sign_of,omitempty" json:"sign_of,omitempty"`

	// Caps are the highest severity by what kind of device measured: what a radar
	// guesses is never critical.
	Caps map[string]Severity `yaml:"caps,omitempty" json:"caps,omitempty"`
	// Fresh is how long a value counts, when other than its metric's usual.
	Fresh Span `yaml:"fresh,omitempty" json:"fresh,omitempty"`
	// Show are what the message names, by name: expressions.
	Show map[string]string `yaml:"show,omitempty" json:"show,omitempty"`
	// Off rules are kept and not judged.
	Off bool `yaml:"off,omitempty" json:"off,omitempty"`
}

// AllLevels are the rule's levels, mildest first: the only one, or several.
func (r *Rule) AllLevels() []Level {
	if len(r.Levels) > 0 {
		return r.Levels
	}
	return []Level{r.Level}
}

// Level is when a rule begins, and how grave that is.
type Level struct {
	Severity Severity `yaml:"severity,omitempty" json:"severity,omitempty"`
	When     string   `yaml:"when,omitempty" json:"when,omitempty"`
	Confirm  `yaml:",inline"`
	// Unconfirmed is how long to wait for a confirming reading. When none has come
	// by then, and none that says otherwise, the level begins on what there is.
	Unconfirmed Span `yaml:"unconfirmed,omitempty" json:"unconfirmed,omitempty"`
}

// Confirm is what it takes to believe a condition: so many different fresh
// readings in a row, over so long, none further than Within from the one before.
type Confirm struct {
	Readings int  `yaml:"readings,omitempty" json:"readings,omitempty"`
	For      Span `yaml:"for,omitempty" json:"for,omitempty"`
	Within   Span `yaml:"within,omitempty" json:"within,omitempty"`
}

// Clear is when an alert resolves by itself.
type Clear struct {
	When    string `yaml:"when,omitempty" json:"when,omitempty"`
	Confirm `yaml:",inline"`
	// By is "person" for an alert that only a person closes.
	By string `yaml:"by,omitempty" json:"by,omitempty"`
}

// Text is in the two languages of the product. In braces stand placeholders.
type Text struct {
	EN string `yaml:"en" json:"en"`
	ZH string `yaml:"zh" json:"zh"`
}

// In is the text in the language of a BCP 47 tag: Chinese for what begins with
// "zh", else English.
func (t Text) In(language string) string {
	if strings.HasPrefix(language, "zh") {
		return t.ZH
	}
	return t.EN
}

// Severity is how grave an alert is.
type Severity int8

// The severities, mildest first. The zero value is none of them.
const (
	Info Severity = iota + 1
	Warning
	Critical
)

var severities = []string{"", "info", "warning", "critical"}

func (s Severity) String() string { return severities[s] }

// MarshalText implements [encoding.TextMarshaler].
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (s *Severity) UnmarshalText(text []byte) error {
	for i, name := range severities {
		if i > 0 && name == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q: want info, warning or critical%s", text, spelling.DidYouMean(string(text), severities[1:]))
}

// Subject is what a rule watches.
type Subject string

// The subjects.
const (
	OfResident Subject = "resident"
	OfDevice   Subject = "device"
	OfHome     Subject = "home"
	OfService  Subject = "service"
)

// Audience is who hears of an alert.
type Audience string

// The audiences.
const (
	Care       Audience = "care"
	Technician Audience = "devices"
)

// Situation is what a resident is in for a while.
type Situation string

// The situations.
const (
	AwayFromHome Situation = "away"
	InHospital   Situation = "hospital"
	WithVisitors Situation = "visitors"
)

// Who are the residents that a rule is for: those with one of the Conditions
// (when there are any), without any of the conditions of Without, one of IDs
// (when there are any), and none of Except.
type Who struct {
	Conditions []string `yaml:"conditions,omitempty" json:"conditions,omitempty"`
	Without    []string `yaml:"without,omitempty" json:"without,omitempty"`
	IDs        []string `yaml:"ids,omitempty" json:"ids,omitempty"`
	Except     []string `yaml:"except,omitempty" json:"except,omitempty"`
}

// Includes reports whether a resident is among them.
func (w Who) Includes(resident string, has func(condition string) bool) bool {
	any := func(names []string, is func(string) bool) bool {
		for _, name := range names {
			if is(name) {
				return true
			}
		}
		return false
	}
	named := func(id string) bool { return id == resident }
	return (len(w.IDs) == 0 || any(w.IDs, named)) && !any(w.Except, named) &&
		(len(w.Conditions) == 0 || any(w.Conditions, has)) && !any(w.Without, has)
}
