package ingest

import (
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Bounds within which a device's clock is believed.
const (
	// maxAhead is how far ahead of ours a device's clock may be. More than the
	// drift of a clock that is set now and then, less than a wrong time zone.
	maxAhead = 2 * time.Minute
	// maxAge is how old a reading may be. A clock that was never set starts at
	// 1970, 2000 or the firmware's date; nobody stores readings for ten years.
	maxAge = 10 * 365 * 24 * time.Hour
)

func believable(deviceTime, received int64) bool {
	return deviceTime <= received+maxAhead.Milliseconds() && deviceTime >= received-maxAge.Milliseconds()
}

// settle gives every sample of a message the time that everything downstream
// uses. What the device said stands where it can be believed. Samples without
// a time were measured as the message arrived, one millisecond apart, the last
// of them now. Samples of a wrong clock keep their distance from each other and
// the newest of them was measured when it arrived, so that a batch stored under
// a clock that starts at 1970 is not crushed into one moment. Where that is more
// than anybody stores, the clock was set in between, and they are like samples
// without a time. All of a wrong clock are marked.
//
// last is the newest time that was given to a sample of this device because its
// own would not do: times given here are later, so that two of them never meet,
// as when stored messages arrive many in a millisecond. It returns the new one.
// Who sends more than 1,000 such samples a second for minutes runs out of
// milliseconds, which is what the timeline tells apart: they begin again at now,
// and where a metric has a value then already, the other is a duplicate.
func settle(samples []vitals.Sample, received, last int64) int64 {
	clock := wrongClock(samples, received)
	given := int64(0)
	if clock.any {
		given++
	}
	for i := range samples {
		if s := &samples[i]; s.At == 0 || !believable(s.At, received) && !clock.tells(s.At) {
			given++
		}
	}
	next := max(received-given+1, last+1)
	if next > received+maxAhead.Milliseconds() {
		next = received
	}
	if given > 0 {
		last = max(last, next+given-1)
	}
	newest := next + given - 1
	for i := range samples {
		s := &samples[i]
		s.DeviceTime = s.At
		if s.At != 0 && believable(s.At, received) {
			continue
		}
		if clock.tells(s.DeviceTime) {
			s.At = newest - (clock.newest - s.DeviceTime)
		} else {
			s.At = next
			next++
		}
		for j := range s.Values {
			if s.DeviceTime != 0 {
				s.Values[j].Marks |= vitals.ClockWrong
			}
		}
	}
	return last
}

// clock is a wrong one, by the newest time that it shows in a message.
type clock struct {
	newest int64
	any    bool
}

func wrongClock(samples []vitals.Sample, received int64) (c clock) {
	for i := range samples {
		if at := samples[i].At; at != 0 && !believable(at, received) && (!c.any || at > c.newest) {
			c.newest, c.any = at, true
		}
	}
	return c
}

// tells reports whether the clock says how long before the newest sample it was.
func (c clock) tells(at int64) bool {
	before := c.newest - at // negative where it is too much for the number
	return c.any && at != 0 && before >= 0 && before <= maxAge.Milliseconds()
}
