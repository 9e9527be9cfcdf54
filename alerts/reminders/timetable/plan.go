package timetable

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/anxin-care/anxin/records"
)

// Plan is what slots come of: a pattern, on whose clock, and on which days.
type Plan struct {
	// Of names what is planned: it is in the slots' ids.
	Of      string
	Pattern Pattern
	Zones   Zones
	// Start and End are the first and the last day; zero for open. What goes by
	// elapsed time has them by the clock, too.
	Start, End records.Date
	// On are the days of the calendar that count.
	On       Days
	Calendar Calendar
}

// Slot is one time at which something is due.
type Slot struct {
	// ID is the same for the same day and number of what is planned, however the time
	// of the day was changed meanwhile: the first dose of a day is taken once. What
	// goes by elapsed time has it by its moment. It is a ULID.
	ID string
	// Day is whose Nth time it is, from 1, on the clock on the wall. Of what goes by
	// elapsed time N counts from the first.
	Day records.Date
	N   int
	Due time.Time
}

// Between returns what is due from a moment on and before another, by when it is
// due. Any pieces of time give together what the whole gives.
func (p Plan) Between(from, to time.Time) []Slot {
	if p.Pattern.IsZero() || !from.Before(to) {
		return nil
	}
	var slots []Slot
	if p.Pattern.every > 0 {
		slots = p.elapsed(from, to)
	} else {
		first, last := p.Zones.days(from, to)
		slots = p.shown(plus(first, -2), plus(last, 1))
	}
	slots = slices.DeleteFunc(slots, func(s Slot) bool { return !p.counts(s.Day) })
	slices.SortStableFunc(slots, func(a, b Slot) int { return a.Due.Compare(b.Due) })
	// What a clock that is put forward, or a journey to the east, has brought to one
	// moment is one: nobody is to take two doses at once.
	slots = slices.CompactFunc(slots, func(a, b Slot) bool { return a.Due.Equal(b.Due) })
	return slices.DeleteFunc(slots, func(s Slot) bool { return s.Due.Before(from) || !s.Due.Before(to) })
}

// counts reports whether a day is one of those that are planned.
func (p Plan) counts(day records.Date) bool {
	return (p.Start.IsZero() || p.Start.Compare(day) <= 0) && (p.End.IsZero() || day.Compare(p.End) <= 0) && p.On.include(day, p.Calendar)
}

// shown are the slots of days by the clock on the wall.
func (p Plan) shown(first, last records.Date) (slots []Slot) {
	for day := first; day.Compare(last) <= 0; day = plus(day, 1) {
		times := p.Pattern.on(day)
		zone := p.Zones.On(day)
		if len(times) == 0 || !exists(day, zone) {
			continue
		}
		for i, minutes := range times {
			slots = append(slots, Slot{ID: p.id(day, i+1), Day: day, N: i + 1, Due: instant(day, minutes, zone).UTC()})
		}
	}
	return slots
}

// elapsed are the slots that elapsed time brings.
func (p Plan) elapsed(from, to time.Time) (slots []Slot) {
	since := from.Sub(p.Pattern.anchor)
	n := max(0, int(since/p.Pattern.every)-1)
	for ; ; n++ {
		due := p.Pattern.anchor.Add(time.Duration(n) * p.Pattern.every).UTC()
		if !due.Before(to) {
			return slots
		}
		slots = append(slots, Slot{ID: p.id(records.DateOf(due), int(due.Unix())), Day: records.DateOf(due.In(p.Zones.At(due))), N: n + 1, Due: due})
	}
}

// Moment is the id of what is due by no pattern, at a moment: the same for the same.
func Moment(of string, due time.Time) string {
	return Plan{Of: of}.id(records.DateOf(due.UTC()), int(due.Unix()))
}

// id makes a ULID whose time is that of the day, and whose rest is a hash.
func (p Plan) id(day records.Date, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%d", p.Of, day, n))
	var id ulid.ULID
	// Neither fails: the time is after 1970 and before 10889, the hash long enough.
	_ = id.SetTime(uint64(max(0, wall(day).UnixMilli())))
	_ = id.SetEntropy(sum[:10])
	return id.String()
}
