package records

import "slices"

// Bound is what a token may at most, of what its user may: the access check never
// gives more. The zero one bounds nothing.
type Bound struct {
	// Bounded is set on all others.
	Bounded bool
	// Scope are the kinds of residents' data.
	Scope Scope
	// Service is set when it may go about what is not of one resident: homes,
	// devices, rules, people.
	Service bool
	// Changes is set when it may change something, and not only read.
	Changes bool
}

// within is what is left of a standing.
func (s standing) within(b Bound) standing {
	if !b.Bounded {
		return s
	}
	s.scope &= b.Scope
	s.rights = slices.DeleteFunc(slices.Clone(s.rights), func(r right) bool {
		if r == consent || r == overlook { // who sees what, and who has looked, is more than a kind of data
			return !b.Service || r == consent && !b.Changes
		}
		return !b.Changes
	})
	return s
}

// holds reports whether what is not about one resident is out of bounds.
func (b Bound) holds() bool { return b.Bounded && !b.Service }
