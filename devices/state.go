package devices

import (
	"time"
	"unicode/utf8"

	"github.com/anxin-care/anxin/vitals"
)

// Said is something that a device said about itself, and when. A zero At means
// that it never did.
type Said[T any] struct {
	Value T
	At    time.Time
}

// Known reports whether it was ever said.
func (s Said[T]) Known() bool { return !s.At.IsZero() }

// State is how a device is, by what it said last.
type State struct {
	Device string
	// Seen is when the device was last heard; zero when never. That it is online
	// or offline is said by others too, a broker or a hub, and does not count.
	Seen       time.Time
	Online     Said[bool]
	Battery    Said[float64] // %
	BatteryLow Said[bool]
	RSSI       Said[float64] // dBm
	Firmware   Said[string]
	// ClockBehind is how far the device's clock is behind ours; negative when it
	// is ahead. A device that names no times has none.
	ClockBehind Said[time.Duration]
	// Problem is what was last wrong with a message of it.
	Problem Said[string]
}

// ClockTolerance is how far off a device's clock may be before it is called
// wrong: as far as ingest believes one that is ahead.
const ClockTolerance = 2 * time.Minute

// ClockWrong reports whether the device's clock is off by more than [ClockTolerance].
func (s State) ClockWrong() bool {
	return s.ClockBehind.Known() && s.ClockBehind.Value.Abs() > ClockTolerance
}

// state is a [State] in the making. Times are Unix milliseconds, 0 for never.
type state struct {
	dirty bool // changed since it was last written

	seen       int64
	online     fact[bool]
	battery    fact[float64]
	batteryLow fact[bool]
	rssi       fact[float64]
	firmware   fact[string]
	clock      clock
	problem    fact[string]
}

// fact is the last that was said of something, and when.
type fact[T any] struct {
	value T
	at    int64
}

// say takes what is not older than what is known.
func (f *fact[T]) say(value T, at int64) {
	if at >= f.at {
		f.value, f.at = value, at
	}
}

func (f fact[T]) said() Said[T] {
	if f.at == 0 {
		return Said[T]{}
	}
	return Said[T]{Value: f.value, At: time.UnixMilli(f.at).UTC()}
}

// observe takes in a report. Reports taken in twice change nothing, so that
// the journal can be read again from an earlier place.
func (s *state) observe(r *vitals.Report) {
	heard := len(r.Samples) == 0
	for i := range r.Samples {
		sample := &r.Samples[i]
		if sample.DeviceTime != 0 {
			s.clock.observe(sample.DeviceTime, r.Received)
		}
		// A clock that is ahead must not shut out what is said after.
		at := min(sample.At, r.Received)
		for _, v := range sample.Values {
			heard = heard || v.Metric != vitals.Online
			if v.Marks.Unfit() {
				continue
			}
			switch v.Metric {
			case vitals.Online:
				s.online.say(v.Number != 0, at)
			case vitals.DeviceBattery:
				s.battery.say(v.Number, at)
			case vitals.BatteryLow:
				s.batteryLow.say(v.Number != 0, at)
			case vitals.SignalRSSI:
				s.rssi.say(v.Number, at)
			}
		}
	}
	if r.Firmware != "" {
		s.firmware.say(clip(r.Firmware), r.Received)
	}
	if heard {
		s.seen = max(s.seen, r.Received)
	}
	s.clock.settle(r.Received)
}

func (s *state) state(device string) State {
	out := State{
		Device: device, Online: s.online.said(), Battery: s.battery.said(), BatteryLow: s.batteryLow.said(),
		RSSI: s.rssi.said(), Firmware: s.firmware.said(), Problem: s.problem.said(),
	}
	if s.seen != 0 {
		out.Seen = time.UnixMilli(s.seen).UTC()
	}
	behind := s.clock.behind()
	if behind.at != 0 {
		out.ClockBehind = Said[time.Duration]{
			Value: time.Duration(behind.value) * time.Millisecond, At: time.UnixMilli(behind.at).UTC(),
		}
	}
	return out
}

// maxSaid bounds the text that a device can make us keep, in bytes.
const maxSaid = 500

// clip shortens a text to what is kept of it.
func clip(s string) string {
	if len(s) <= maxSaid {
		return s
	}
	end := maxSaid
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
