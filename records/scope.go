package records

import (
	"fmt"
	"strings"
)

// Scope is a kind of a resident's data, or several of them.
type Scope int

// The kinds of data.
const (
	// Status is how a resident is (fine, unknown, in alert), where, and who is around.
	Status Scope = 1 << iota
	// Vitals are readings.
	Vitals
	// Alerts are alerts, what was told about them, and what is to be done.
	Alerts
	// File is the health file, and what the rules go by.
	File
	// Documents are the papers and pictures in it.
	Documents

	// Everything is all of them.
	Everything = Status | Vitals | Alerts | File | Documents
)

var scopeNames = []string{"status", "vitals", "alerts", "file", "documents"}

// Has reports whether all of some kinds are among these.
func (s Scope) Has(kinds Scope) bool { return s&kinds == kinds }

// Names are the kinds by name, "status", "vitals", in this order.
func (s Scope) Names() []string {
	names := []string{}
	for i, name := range scopeNames {
		if s.Has(1 << i) {
			names = append(names, name)
		}
	}
	return names
}

// String is the names with commas between them.
func (s Scope) String() string { return strings.Join(s.Names(), ",") }

// ParseScope is the kinds of these names.
func ParseScope(names ...string) (Scope, error) {
	var s Scope
next:
	for _, name := range names {
		for i, known := range scopeNames {
			if name == known {
				s |= 1 << i
				continue next
			}
		}
		return 0, fmt.Errorf("%q is not %s", name, strings.Join(scopeNames, ", "))
	}
	return s, nil
}
