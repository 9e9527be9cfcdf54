package records

import (
	"slices"
	"time"
)

// Shift is when somebody of a team is on duty in every week. It is meant on the
// clock on the wall in the team's time zone.
type Shift struct {
	ID, Contact string
	// Weekday is the day on which it begins. It ends on the next when Hours does.
	Weekday time.Weekday
	Hours
	// Since and Until are the first and last day on which it may begin; zero for
	// no bound.
	Since, Until Date
}

// Override stands in place of all weekly shifts of a team for a while.
type Override struct {
	ID, Contact string
	From, To    time.Time
	// SetBy is the user who set it; "" for the command line.
	SetBy, Reason string
}

// Roster says who of a team is on duty when.
type Roster struct {
	Zone      *time.Location
	Shifts    []Shift
	Overrides []Override
}

// Stretch is a time in which the same contacts are on duty, sorted; none of them
// in a gap.
type Stretch struct {
	From, To time.Time
	OnDuty   []string
	// Override is set when that is not by the week.
	Override bool
}

// OnDuty are the contacts who are on duty at a moment, sorted.
func (r Roster) OnDuty(at time.Time) []string {
	return r.Stretches(at, at.Add(time.Nanosecond))[0].OnDuty
}

// Gaps are the times between two moments in which nobody is on duty.
func (r Roster) Gaps(from, to time.Time) []Stretch {
	return slices.DeleteFunc(r.Stretches(from, to), func(s Stretch) bool { return len(s.OnDuty) > 0 })
}

// Stretches cuts the time between two moments into stretches, in order and
// without holes. It is empty when to is not after from.
func (r Roster) Stretches(from, to time.Time) []Stretch {
	turns := r.turns(from, to)
	cuts := []time.Time{from, to}
	for _, t := range turns {
		for _, cut := range []time.Time{t.from, t.to} {
			if cut.After(from) && cut.Before(to) {
				cuts = append(cuts, cut)
			}
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	var list []Stretch
	for i := 1; i < len(cuts); i++ {
		s := Stretch{From: cuts[i-1], To: cuts[i]}
		if !s.From.Before(s.To) {
			continue
		}
		s.OnDuty, s.Override = at(turns, s.From)
		if n := len(list); n > 0 && list[n-1].Override == s.Override && slices.Equal(list[n-1].OnDuty, s.OnDuty) {
			list[n-1].To = s.To
			continue
		}
		list = append(list, s)
	}
	return list
}

// turn is one time of one contact.
type turn struct {
	contact  string
	from, to time.Time
	override bool
}

// turns are all that touch the time between two moments.
func (r Roster) turns(from, to time.Time) []turn {
	var list []turn
	add := func(t turn) {
		// The clock may leap over the whole of a shift.
		if t.from.Before(t.to) && t.from.Before(to) && t.to.After(from) {
			list = append(list, t)
		}
	}
	for _, o := range r.Overrides {
		add(turn{o.Contact, o.From, o.To, true})
	}
	last := DateOf(to.In(r.Zone))
	// What begins two days before ends after from at the latest when a day has
	// 25 hours.
	for day := DateOf(from.In(r.Zone).AddDate(0, 0, -2)); day.Compare(last) <= 0; day = day.next() {
		for _, s := range r.Shifts {
			if s.on(day) {
				begins, ends := s.Hours.on(day.Year, day.Month, day.Day, r.Zone)
				add(turn{s.Contact, begins, ends, false})
			}
		}
	}
	return list
}

// on reports whether the shift begins on a day.
func (s *Shift) on(day Date) bool {
	return s.Weekday == day.midnight().Weekday() &&
		(s.Since.IsZero() || s.Since.Compare(day) <= 0) && (s.Until.IsZero() || day.Compare(s.Until) <= 0)
}

// at are the contacts whose turn it is at a moment: those of overrides when there
// is one.
func at(turns []turn, moment time.Time) (contacts []string, override bool) {
	for _, t := range turns {
		if moment.Before(t.from) || !moment.Before(t.to) || override && !t.override {
			continue
		}
		if t.override && !override {
			contacts, override = nil, true
		}
		contacts = append(contacts, t.contact)
	}
	slices.Sort(contacts)
	return slices.Compact(contacts), override
}
