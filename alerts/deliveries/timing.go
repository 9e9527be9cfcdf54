package deliveries

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/zones"
)

// digestAt are when what can wait is told, in minutes since midnight on the
// contact's clock: our choice, after the morning's measurements and before the
// evening's.
func digestAt() []int { return []int{8*60 + 30, 18*60 + 30} }

// moment is when something is told, and whether that is in a digest.
type moment struct {
	at       time.Time
	gathered bool
}

// when is the moment at which a contact may be told:
//   - what is critical, a test, that somebody had access in an emergency, and what is
//     urgent of a question to experts, at once;
//   - what a resident is to do by [Contact.reminded];
//   - what a week was like when it is not quiet, and so of a question to experts that
//     is not urgent;
//   - information in the next digest;
//   - a warning at once to those whose work it is, and to others when they want to
//     hear of it and it is not quiet.
func when(t *Telling, c *Contact, now time.Time) moment {
	switch {
	case t.About == OfOccurrence:
		return c.reminded(t.Severity, now)
	case t.About == OfWeek, t.About == OfQuestion && t.Severity < rules.Warning:
		return c.rested(now)
	case t.Severity == rules.Critical || t.About == OfTest || t.About == OfAccess || t.About == OfQuestion:
		return moment{at: now}
	}
	if t.About != OfNews {
		now = now.Add(c.Delay)
	}
	return c.next(t.Severity, now)
}

// reminded is when a contact is told of what a resident is to do. What is due has
// its time: the resident is told then, and so is everybody of what does not bear
// waiting, a warning. Others are told of the rest when their quiet hours are over,
// if it is still of use by then. What is only information is gathered with what is
// told at the same moment: four medicines are one message.
func (c *Contact) reminded(severity rules.Severity, at time.Time) moment {
	if severity >= rules.Warning {
		return moment{at: at}
	}
	switch {
	case c.Relation == Resident || c.Relation.works() || c.Quiet == nil:
		return moment{at, true}
	}
	if ends := c.Quiet.QuietUntil(at); !ends.IsZero() {
		at = ends
	}
	return moment{at, true}
}

// next is the first moment from at on for what is not critical.
func (c *Contact) next(severity rules.Severity, at time.Time) moment {
	if severity == rules.Info {
		return moment{c.nextDigest(at), true}
	}
	if c.Relation.works() {
		return moment{at: at}
	}
	if c.Quiet == nil {
		return moment{at: at}
	}
	ends := c.Quiet.QuietUntil(at)
	switch {
	case ends.IsZero():
		return moment{at: at}
	case c.Quiet.QuietUntil(ends).IsZero():
		return moment{at: ends}
	}
	return moment{c.nextDigest(at), true} // it is always quiet
}

// nextDigest is when the first digest after t goes out.
func (c *Contact) nextDigest(t time.Time) time.Time {
	y, m, d := t.In(c.zone()).Date()
	for {
		for _, minute := range digestAt() {
			if at := zones.Wall(y, m, d, minute, c.zone()); at.After(t) {
				return at
			}
		}
		d++
	}
}

func (c *Contact) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

const (
	// mostPushes is how often an hour a contact is told of one resident of what is
	// not critical; what is more goes in the digest, and of what the resident is to do
	// it waits until the hour is over. Our choice: most alarms of most products
	// are not acted on, and the more there are the slower the answers.
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
	reminded   map[Who][]time.Time    // minutes in which they are told what the resident is to do
}

func newPace() *pace {
	return &pace{byResident: map[Who][]time.Time{}, byChannel: map[string][]time.Time{}, reminded: map[Who][]time.Time{}}
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

// space puts off a reminder that would be one more in an hour than there may be. It
// has a bound of its own: it is never the reason why an alert has to wait.
func (p *pace) space(m moment, who Who) moment {
	for {
		minute := m.at.Truncate(time.Minute)
		told := p.reminded[who]
		if slices.Contains(told, minute) {
			return m
		}
		if within(told, minute, time.Hour) < mostPushes {
			p.reminded[who] = append(told, minute)
			return m
		}
		var last []time.Time
		for _, at := range told {
			if !at.After(minute) && minute.Sub(at) < time.Hour {
				last = append(last, at)
			}
		}
		m.at = slices.MinFunc(last, time.Time.Compare).Add(time.Hour)
	}
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
