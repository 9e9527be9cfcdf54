package timetable

import (
	"time"

	"github.com/anxin-care/anxin/records"
)

// ZoneFrom is the zone whose clock counts from a day on.
type ZoneFrom struct {
	From records.Date // zero for ever since
	Zone *time.Location
}

// Zones are those whose clocks have counted, in order. The first is from ever
// since.
type Zones []ZoneFrom

// On is the zone whose clock counts on a day.
func (z Zones) On(day records.Date) *time.Location {
	zone := time.UTC
	for _, from := range z {
		if from.From.IsZero() || from.From.Compare(day) <= 0 {
			zone = from.Zone
		}
	}
	return zone
}

// days are the first and the last day, in any of the zones, that a length of time
// has a part in.
func (z Zones) days(from, to time.Time) (first, last records.Date) {
	first, last = records.DateOf(from.UTC()), records.DateOf(to.UTC())
	for _, one := range z {
		if d := records.DateOf(from.In(one.Zone)); d.Compare(first) < 0 {
			first = d
		}
		if d := records.DateOf(to.In(one.Zone)); d.Compare(last) > 0 {
			last = d
		}
	}
	return first, last
}

// NextDay is the day from which another zone counts when somebody has come into
// it now: the first that has begun in neither. So each day of the calendar keeps
// to one clock, and nothing is due twice or not at all.
func NextDay(now time.Time, was, is *time.Location) records.Date {
	day := records.DateOf(now.In(was))
	if d := records.DateOf(now.In(is)); d.Compare(day) > 0 {
		day = d
	}
	return plus(day, 1)
}

// instant is when the clock on the wall shows a time of a day. One that is shown
// twice is the first of them; one that is never shown, for the clock is put
// forward over it, is when the clock shows something again.
func instant(day records.Date, minutes int, zone *time.Location) time.Time {
	shown := wall(day).Add(time.Duration(minutes) * time.Minute)
	// The library gives one of those that may be meant, or one beside the gap: the
	// right one is in the same stretch of the zone's clock or in one beside it.
	near := time.Date(day.Year, day.Month, day.Day, 0, minutes, 0, 0, zone)
	at := near
	for range 2 {
		if start, _ := at.ZoneBounds(); !start.IsZero() {
			at = start.Add(-1)
		}
	}
	for {
		_, offset := at.Zone()
		start, end := at.ZoneBounds()
		meant := shown.Add(-time.Duration(offset) * time.Second)
		if !start.IsZero() && meant.Before(start) {
			return start.In(zone)
		}
		if end.IsZero() || meant.Before(end) {
			return meant.In(zone)
		}
		at = end.In(zone)
	}
}

// exists reports whether there is such a day on a zone's clock: Samoa had no 30
// December 2011.
func exists(day records.Date, zone *time.Location) bool {
	return instant(day, 0, zone).Before(instant(plus(day, 1), 0, zone))
}

// At is the zone whose clock counts at a moment.
func (z Zones) At(at time.Time) *time.Location {
	for i := len(z) - 1; i >= 0; i-- {
		if z[i].From.IsZero() || z[i].From.Compare(records.DateOf(at.In(z[i].Zone))) <= 0 {
			return z[i].Zone
		}
	}
	return time.UTC
}
