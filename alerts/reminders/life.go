package reminders

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Event is something that an occurrence hears of, At a moment by our clock. What
// is one of [Passed], [Handed], [Reading], [Finish], [Refuse] and [Skip].
type Event struct {
	At   time.Time
	What any
}

// Passed is that time has passed.
type Passed struct {
	// Behind says that not all is heard that was said: nobody has missed anything yet.
	Behind bool
}

// Handed is that a telling was handed to a speaker or to a delivery; or, with Nobody,
// that there was nobody to hand it to.
type Handed struct{ Nobody bool }

// Reading is what a device has measured, at a moment by its clock.
type Reading struct {
	Metric vitals.Metric
	Value  float64
	At     time.Time
	Device string
	// Shared says that it is of all who live in a home.
	Shared bool
}

// Finish is that somebody says that it was done: with a tap, or by a "yes" to the
// home speaker.
type Finish struct {
	By, Device string
	At         time.Time // when it was done
}

// Refuse is that somebody said no.
type Refuse struct{ By, Device string }

// refused is why an occurrence counts as missed that somebody said no to.
const refused = "refused"

// untold is the reason of an occurrence of which nobody could be told so far.
const untold = "untold"

// Skip is that it is not to be done.
type Skip struct{ By, Reason string }

// Effect is what is to be done about an occurrence.
type Effect string

// The effects.
const (
	Tell    Effect = "tell"    // the resident, what is due
	Alarm   Effect = "alarm"   // somebody else: it is late
	Give    Effect = "give up" // it was missed
	Comfort Effect = "comfort" // somebody else, who was told: it was done after all, or is not to be
	Count   Effect = "count"   // it was done: one dose less in the box
)

// Step takes an event in, and returns the occurrence as it is then and what is to
// be done. It is a function of its arguments alone: the same events give the same
// life, and an event that is heard twice changes nothing the second time.
func (c *Course) Step(o Occurrence, e Event) (Occurrence, []Effect) {
	switch what := e.What.(type) {
	case Passed:
		return c.pass(o, e.At, what.Behind)
	case Handed:
		return o.handed(what), nil
	case Reading:
		return c.read(o, e.At, what)
	case Finish:
		if c.fits(&o, what.At) {
			return c.finish(o, e.At, what)
		}
	case Refuse:
		if c.refusable(&o, what) {
			o.Status, o.HeardAt, o.By, o.Device, o.Reason = Missed, e.At, what.By, what.Device, refused
			o.DoneAt, o.OnTime = time.Time{}, false
			return o, []Effect{Give}
		}
	case Skip:
		if !o.Settled() {
			was := o.Escalated
			o.Status, o.HeardAt, o.By, o.Reason, o.Escalated = Skipped, e.At, what.By, what.Reason, false
			return o, when(was, Comfort)
		}
	}
	return o, nil
}

// refusable reports whether a "no" is news. A speaker may say the same "no" again
// after somebody has seen to it; who taps does so once, and asks for help whatever
// was answered before.
func (c *Course) refusable(o *Occurrence, r Refuse) bool {
	if !c.Refusable || o.Status == Missed && o.Reason == refused {
		return false
	}
	return o.Open() || o.Status == Missed || r.By != ""
}

// MayRefuse reports whether "I need help" is about this occurrence, and news.
func (r *Reminder) MayRefuse(o *Occurrence) bool {
	c := r.course()
	return c.refusable(o, Refuse{By: "somebody"})
}

func when(is bool, effect Effect) []Effect {
	if is {
		return []Effect{effect}
	}
	return nil
}

// pass works off what time has brought. Of several asks that have become due
// while we were away only the last is told, and none once it is missed: what is
// hours late is not said to be due now.
func (c *Course) pass(o Occurrence, now time.Time, behind bool) (Occurrence, []Effect) {
	if !o.Open() {
		return o, nil
	}
	var effects []Effect
	missed := !now.Before(o.Due.Add(c.Missed))
	for o.Asked < len(c.Asks) && !now.Before(c.ask(&o, o.Asked)) {
		if !missed && !c.ask(&o, o.Asked).Before(o.PlannedAt) {
			effects = []Effect{Tell}
		}
		o.Asked++
	}
	if behind {
		return o, effects
	}
	if c.Late > 0 && !o.Escalated && !now.Before(o.Due.Add(c.Late)) {
		o.Escalated = true
		effects = append(effects, Alarm)
	}
	if missed {
		o.Status = Missed
		effects = append(effects, Give)
	}
	return o, effects
}

// handed notes what became of a telling. That nobody could be told of one is said
// only while nobody was told of another.
func (o Occurrence) handed(h Handed) Occurrence {
	if h.Nobody {
		if o.Told == 0 && o.Open() {
			o.Reason = untold
		}
		return o
	}
	o.Told++
	if o.Reason == untold {
		o.Reason = ""
	}
	if o.Status == Due {
		o.Status = Told
	}
	return o
}

// ask is when the nth ask is.
func (c *Course) ask(o *Occurrence, n int) time.Time {
	at := o.Due.Add(c.Asks[n])
	if c.Quiet {
		return afterQuiet(at, o.Zone)
	}
	return at
}

// Next is when time alone changes something next; zero for never.
func (c *Course) Next(o *Occurrence) time.Time {
	if !o.Open() {
		return time.Time{}
	}
	next := o.Due.Add(c.Missed)
	if c.Late > 0 && !o.Escalated && o.Due.Add(c.Late).Before(next) {
		next = o.Due.Add(c.Late)
	}
	if o.Asked < len(c.Asks) {
		if ask := c.ask(o, o.Asked); ask.Before(next) {
			next = ask
		}
	}
	return next
}

// near reports whether what was done at a moment may be this.
func (c *Course) near(o *Occurrence, at time.Time) bool {
	return !at.Before(o.Due.Add(-c.Early)) && !at.After(o.Due.Add(c.Last))
}

// fits reports whether it is this, and news.
func (c *Course) fits(o *Occurrence, at time.Time) bool { return !o.Settled() && c.near(o, at) }

// MayFinish reports whether that it is done at a moment is about this occurrence.
func (r *Reminder) MayFinish(o *Occurrence, at time.Time) bool {
	c := r.course()
	return c.fits(o, at)
}

// counts reports whether a reading is evidence, for whichever occurrence.
func (c *Course) counts(r Reading) bool {
	e := c.Evidence
	return slices.Contains(e.Metrics, r.Metric) && (e.Device == "" || e.Device == r.Device) && !(e.Own && r.Shared) && (e.Takes == nil || e.Takes(r.Metric, r.Value))
}

// read takes a reading in, which is evidence perhaps.
func (c *Course) read(o Occurrence, now time.Time, r Reading) (Occurrence, []Effect) {
	if !c.counts(r) || !c.fits(&o, r.At) || o.Reason == refused { // who moves may need help all the same
		return o, nil
	}
	seen := Seen{Metric: r.Metric, At: r.At}
	if slices.Contains(o.Seen, seen) {
		return o, nil
	}
	o.Seen = append(slices.Clone(o.Seen), seen)
	slices.SortFunc(o.Seen, func(a, b Seen) int { return a.At.Compare(b.At) })
	if at, ok := c.complete(o.Seen); ok {
		o.Seen = nil
		return c.finish(o, now, Finish{Device: r.Device, At: at})
	}
	if n := len(o.Seen); n > mostSeen {
		o.Seen = o.Seen[n-mostSeen:]
	}
	return o, nil
}

// mostSeen bounds how many readings of an occurrence are remembered.
const mostSeen = 20

// complete reports when readings, oldest first, have become enough.
func (c *Course) complete(seen []Seen) (at time.Time, ok bool) {
	if c.Evidence.Any && len(seen) > 0 {
		return seen[0].At, true
	}
	for i := range seen {
		last, all := time.Time{}, true
		for _, m := range c.Evidence.Metrics {
			n := 0
			for _, s := range seen[i:] {
				if s.Metric == m && s.At.Sub(seen[i].At) <= c.Evidence.Within && n < max(1, c.Evidence.Readings) {
					n++
					if s.At.After(last) {
						last = s.At
					}
				}
			}
			all = all && n == max(1, c.Evidence.Readings)
		}
		if all {
			return last, true
		}
	}
	return time.Time{}, false
}

// finish notes that it was done. One that was done in time is in time, however
// late we hear of it.
func (c *Course) finish(o Occurrence, now time.Time, f Finish) (Occurrence, []Effect) {
	effects := []Effect{Count}
	if o.Escalated {
		effects = append(effects, Comfort)
	}
	o.Status, o.Escalated = Done, false
	o.DoneAt, o.HeardAt, o.By, o.Device, o.Reason = f.At, now, f.By, f.Device, ""
	o.OnTime = !f.At.After(o.Due.Add(c.OnTime))
	return o, effects
}

// Nearest is the one of several occurrences that was done at a moment: that which
// is due nearest to it, -1 when it was none of them. A box that is opened again is
// no dose of another time, so those that are done already belong to them.
func (c *Course) Nearest(all []Occurrence, at time.Time) int {
	found := -1
	for i := range all {
		if c.near(&all[i], at) && (found < 0 || at.Sub(all[i].Due).Abs() < at.Sub(all[found].Due).Abs()) {
			found = i
		}
	}
	return found
}
