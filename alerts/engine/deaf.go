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
	s.end(rules.Bathroom)
	s.end(rules.OutOfBed)
}

// subject names what the state is about.
func (s *State) subject() string {
	switch {
	case s.gear != nil:
		return "device/" + s.gear.expected.ID
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
