package deliveries

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// usualQuiet are the hours in which people want to be left alone: the night, and
// the nap after lunch. digestAt are when what can wait is told. CLINICAL §6.
func usualQuiet() []Hours { return []Hours{{22 * 60, 7 * 60}, {12*60 + 30, 14 * 60}} }

func digestAt() []int { return []int{8*60 + 30, 18*60 + 30} }

// moment is when something is told, and whether that is in a digest.
type moment struct {
	at       time.Time
	gathered bool
}

// when is the moment at which a contact may be told:
//   - what is critical at once, and what has a time of its own (an occurrence, a
//     test) at its own;
//   - information in the next digest;
//   - a warning at once to those whose work it is, and to others when they want to
//     hear of it and it is not quiet.
func when(t *Telling, c *Contact, now time.Time) moment {
	if t.Severity == rules.Critical || t.About == OfOccurrence || t.About == OfTest {
		return moment{at: now}
	}
	if t.About != OfNews {
		now = now.Add(c.Delay)
	}
	return c.next(t.Severity, now)
}

// next is the first moment from at on for what is not critical.
func (c *Contact) next(severity rules.Severity, at time.Time) moment {
	if severity == rules.Info {
		return moment{c.nextDigest(at), true}
	}
	if c.Relation.works() {
		return moment{at: at}
	}
	quiet := c.Quiet
	if quiet == nil {
		quiet = usualQuiet()
	}
	// Where one span ends another may begin; after all of them the whole day is quiet.
	ends, is := at, true
	for range len(quiet) + 1 {
		loud := ends
		if ends, is = quietEnds(quiet, c.zone(), loud); !is {
			return moment{at: loud}
		}
	}
	return moment{c.nextDigest(at), true}
}

// nextDigest is when the first digest after t goes out.
func (c *Contact) nextDigest(t time.Time) time.Time {
	var first time.Time
	for _, minute := range digestAt() {
		if at := nextClock(t, minute, c.zone()); first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}

func (c *Contact) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// quietEnds reports whether t lies in one of the hours, and when that ends.
func quietEnds(hours []Hours, zone *time.Location, t time.Time) (ends time.Time, is bool) {
	minute := minuteOf(t.In(zone))
	for _, h := range hours {
		in := h.From <= minute && minute < h.To
		if h.To < h.From { // over midnight
			in = minute >= h.From || minute < h.To
		}
		if in {
			return nextClock(t, h.To, zone), true
		}
	}
	return time.Time{}, false
}

const day = 24 * 60 // minutes

func minuteOf(local time.Time) int { return local.Hour()*60 + local.Minute() }

// nextClock is the first moment after t at which clocks in the zone show a minute
// of the day; a minute that they leap over is the moment of the leap.
func nextClock(t time.Time, minute int, zone *time.Location) time.Time {
	local := t.In(zone)
	ahead := ((minute-minuteOf(local))%day + day) % day
	if ahead == 0 {
		ahead = day
	}
	_, before := local.Zone()
	at := local.Truncate(time.Minute).Add(time.Duration(ahead) * time.Minute)
	_, after := at.Zone()
	if after == before {
		return at
	}
	moved := at.Add(time.Duration(before-after) * time.Second)
	if _, is := moved.Zone(); is != after {
		_, leap := local.ZoneBounds()
		return leap
	}
	return moved
}

const (
	// mostPushes is how often an hour a contact is told of one resident of what is
	// not critical; what is more goes in the digest. CLINICAL §6.
	mostPushes = 3
	// mostAtOnce is how much a minute one channel carries by itself. What is more
	// comes in a storm: it is gathered, for a few seconds when some of it is critical,
	// and for minutes otherwise.
	mostAtOnce   = 5
	criticalSlot = 15 * time.Second
	slot         = 5 * time.Minute
)

// pace is what a contact was told lately, and will be soon.
type pace struct {
	byResident map[Who][]time.Time    // what is not critical
	byChannel  map[string][]time.Time // all of it
}

func newPace() *pace {
	return &pace{byResident: map[Who][]time.Time{}, byChannel: map[string][]time.Time{}}
}

// add takes in what is told by itself.
func (p *pace) add(who Who, channel string, severity rules.Severity, at time.Time) {
	if severity < rules.Critical && who.Resident != "" {
		p.byResident[who] = append(p.byResident[who], at)
	}
	p.byChannel[channel] = append(p.byChannel[channel], at)
}

// fit puts into a digest what would be too much at its moment, and takes in what
// would not.
func (p *pace) fit(m moment, who Who, c *Contact, channel string, severity rules.Severity) moment {
	switch {
	case m.gathered:
		return m
	case severity < rules.Critical && within(p.byResident[who], m.at, time.Hour) >= mostPushes:
		return moment{c.nextDigest(m.at), true}
	case within(p.byChannel[channel], m.at, time.Minute) >= mostAtOnce:
		every := slot
		if severity == rules.Critical {
			every = criticalSlot
		}
		return moment{m.at.Truncate(every).Add(every), true}
	}
	p.add(who, channel, severity, m.at)
	return m
}

// within counts the times in the span that ends at t.
func within(times []time.Time, t time.Time, span time.Duration) (n int) {
	for _, at := range times {
		if !at.After(t) && t.Sub(at) < span {
			n++
		}
	}
	return n
}
