package engine

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// deafFor is how long Anxin must have taken nothing in before what was going on
// then is not known any more.
const deafFor = 5 * time.Minute

// deafen notes that Anxin itself took nothing in: silence is counted from then
// on. After a long while what somebody was about to do may be over, and how a
// state was before says nothing.
func (s *State) deafen(d Deaf) {
	s.deaf = max(s.deaf, d.To)
	if d.To-d.From < deafFor.Milliseconds() {
		return
	}
	s.blind = max(s.blind, d.To)
	s.lose(rules.Bathroom)
	s.lose(rules.OutOfBed)
}

// Dark is that nothing is heard any more of the home of a resident. Until
// something of theirs is heard again, nobody knows what they do.
type Dark struct{}

// Darkens reports whether a transition is of an alert about a home's silence that
// has begun: its residents are to hear of it, as [Dark].
func (e *Engine) Darkens(t *Transition) bool {
	if t.Cause != Began || t.Home == "" || t.Device != "" {
		return false
	}
	i, ok := e.set.Find(t.Rule)
	if !ok || e.set.Programs()[i].Raised {
		return false
	}
	return e.set.Programs()[i].Levels[0].Condition.Silence
}

func (s *State) darken(at int64) {
	s.dark, s.blind = true, max(s.blind, at)
	s.lose(rules.Bathroom)
	s.lose(rules.OutOfBed)
}

// light ends the dark: silence is counted from now on.
func (s *State) light(at int64) {
	if s.dark {
		s.dark, s.deaf, s.blind = false, max(s.deaf, at), max(s.blind, at)
	}
}

// subject names what the state is about.
func (s *State) subject() string {
	switch {
	case s.gear != nil:
		return "device/" + s.gear.expected.ID
	case s.Service:
		return "service/"
	case s.Resident == "":
		return "home/" + s.Home
	}
	return s.Resident
}

func (s *State) deviceID() string {
	if s.gear == nil {
		return ""
	}
	return s.gear.expected.ID
}
