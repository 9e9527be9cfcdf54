package devices

import (
	"math"
	"time"
)

const (
	// clockWindow and clockReports are how long a span of observations is at
	// least: an hour of a bracelet's, some days of a cuff's.
	clockWindow  = time.Hour
	clockReports = 4
	// clockTrust is how many reports it takes to call a clock slow. What is
	// delayed looks the same, but is not so every time.
	clockTrust = 3
	// farthest is the most that a clock is said to be off, in milliseconds: 100 years.
	farthest = 100 * 365 * 24 * 60 * 60 * 1000
)

// clock finds out how far a device's clock is behind ours from what each
// message says: it was received so much later than it was measured. That is
// the clock's error and a delay, and the delay is never negative. So the
// smallest of a while is nearest the truth, and a device that stores for hours
// and then forwards does not look like one with a slow clock. The while is the
// span that is under way and the one before it.
type clock struct {
	span, before delays
	least        int64 // of the report that is being taken in
	any          bool
	latest       int64 // received, of the newest report that counted
}

// delays are the observations of one span.
type delays struct {
	least   int64 // milliseconds
	reports int
	began   int64 // received
}

// observe takes in when a sample was measured, by the device's clock, and received.
func (c *clock) observe(measured, received int64) {
	if received < c.latest {
		return // taken in before, or held for long
	}
	// A device may name any number: what is farther off is not told apart.
	delay := received - min(max(measured, received-farthest), received+farthest)
	if !c.any || delay < c.least {
		c.least, c.any = delay, true
	}
}

// settle ends a report: of its samples the newest counts, being the least delayed.
func (c *clock) settle(received int64) {
	if !c.any {
		return
	}
	c.any = false
	if received == c.latest { // another part of the same message, or the same again
		latest := &c.span
		if c.span.reports == 0 {
			latest = &c.before
		}
		latest.least = min(latest.least, c.least)
		return
	}
	c.latest = received
	if c.span.reports >= clockReports && received-c.span.began >= clockWindow.Milliseconds() {
		c.before, c.span = c.span, delays{}
	}
	if c.span.reports == 0 {
		c.span = delays{least: math.MaxInt64, began: received}
	}
	c.span.least = min(c.span.least, c.least)
	c.span.reports++
}

// behind is how far the clock is behind ours in milliseconds and by when; at is
// 0 while that is not known. A clock that is ahead is known at once, for
// nothing arrives before it is measured.
func (c *clock) behind() fact[int64] {
	reports, least := c.span.reports+c.before.reports, int64(math.MaxInt64)
	for _, d := range []delays{c.span, c.before} {
		if d.reports > 0 {
			least = min(least, d.least)
		}
	}
	if reports == 0 || least > 0 && reports < clockTrust {
		return fact[int64]{}
	}
	return fact[int64]{value: least, at: c.latest}
}

// resume goes on after a restart with what was found out before it.
func (c *clock) resume(found fact[int64]) {
	if found.at != 0 {
		c.before = delays{least: found.value, reports: clockTrust, began: found.at}
		c.latest = found.at
	}
}
