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
// a clock that starts at 1970 is not crushed into one moment. They are marked.
//
// last is the newest time that was given to a sample of this device that had
// none: times given here are later, so that two of them never meet. It returns
// the new one.
func settle(samples []vitals.Sample, received, last int64) int64 {
	untimed, wrong := 0, false
	var newestWrong int64
	for i := range samples {
		s := &samples[i]
		s.DeviceTime = s.At
		switch {
		case s.DeviceTime == 0:
			untimed++
		case believable(s.DeviceTime, received):
		case !wrong || s.DeviceTime > newestWrong:
			newestWrong, wrong = s.DeviceTime, true
		}
	}
	next := max(received-int64(untimed)+1, last+1)
	if next > received+maxAhead.Milliseconds() {
		next = received
	}
	for i := range samples {
		s := &samples[i]
		switch {
		case s.DeviceTime == 0:
			s.At = next
			last = max(last, next)
			next++
		case believable(s.DeviceTime, received):
		default:
			s.At = received - (newestWrong - s.DeviceTime)
			if s.At > received || s.At < received-maxAge.Milliseconds() {
				s.At = received
			}
			for j := range s.Values {
				s.Values[j].Marks |= vitals.ClockWrong
			}
		}
	}
	return last
}
