package devices_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// dated is a message with samples whose times by the device's clock are that
// long before it was received.
func dated(at time.Time, delays ...time.Duration) vitals.Report {
	r := vitals.Report{Device: "d", Received: at.UnixMilli()}
	for _, delay := range delays {
		r.Samples = append(r.Samples, vitals.Sample{
			At: at.UnixMilli(), DeviceTime: at.Add(-delay).UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}},
		})
	}
	return r
}

func TestADevicesClock(t *testing.T) {
	const sec, min, hour = time.Second, time.Minute, time.Hour
	type message struct {
		after  time.Duration // the message before
		delays []time.Duration
	}
	each := func(every time.Duration, n int, delays ...time.Duration) []message {
		list := make([]message, n)
		for i := range list {
			list[i] = message{every, delays}
		}
		return list
	}
	join := func(parts ...[]message) (all []message) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for _, c := range []struct {
		name     string
		messages []message
		known    bool
		behind   time.Duration
		wrong    bool
	}{
		{"names no times", each(min, 5), false, 0, false},
		{"right", each(min, 5, sec), true, sec, false},
		{"ahead, known at once", each(min, 1, -3*min), true, -3 * min, true},
		{"a little ahead", each(min, 1, -90*sec), true, -90 * sec, false},
		{"behind", each(min, 3, 5*min), true, 5 * min, true},
		{"behind, or only late, nobody knows yet", each(min, 2, 5*min), false, 0, false},
		{"stores for hours and forwards", join(each(min, 5, sec), each(3*hour, 4, 3*hour, 2*hour, hour, 2*sec)), true, sec, false},
		{"forwards what it stored, and only then goes on",
			join(each(min, 1, 7*24*hour), each(sec, 4, 6*24*hour), each(sec, 3, sec)), true, sec, false},
		{"was right, is behind now", join(each(min, 60, sec), each(min, 130, 10*min)), true, 10 * min, true},
		{"was ahead, is right now", join(each(min, 10, -10*min), each(min, 130, sec)), true, sec, false},
		{"a cuff, twice a day, often late", join(each(12*hour, 4, sec), each(12*hour, 3, 2*hour)), true, sec, false},
		{"1970", each(min, 3, 56*365*24*hour), true, 56 * 365 * 24 * hour, true},
		{"no date at all", each(min, 3, 290*365*24*hour), true, 100 * 365 * 24 * hour, true},
		{"2099", each(min, 1, -73*365*24*hour), true, -73 * 365 * 24 * hour, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := openHealth(t, storetest.Open(t, storetest.New(t)))
			at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
			for _, m := range c.messages {
				at = at.Add(m.after)
				h.Observe(dated(at, m.delays...))
			}
			got := h.State("d")
			if got.ClockBehind.Known() != c.known || got.ClockBehind.Value != c.behind || got.ClockWrong() != c.wrong {
				t.Errorf("behind %v, wrong %t; want known %t, %v, wrong %t", got.ClockBehind, got.ClockWrong(), c.known, c.behind, c.wrong)
			}
		})
	}
}

// Reports that were split because the device changed hands are one message.
func TestPartsOfAMessageCountOnce(t *testing.T) {
	h := openHealth(t, storetest.Open(t, storetest.New(t)))
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for range 4 {
		h.Observe(dated(at, 3*time.Hour))
		h.Observe(dated(at, time.Hour))
	}
	if got := h.State("d").ClockBehind; got.Known() {
		t.Errorf("one message makes the clock %v", got)
	}
	h.Observe(dated(at.Add(time.Minute), 2*time.Hour))
	h.Observe(dated(at.Add(2*time.Minute), 2*time.Hour))
	if got := h.State("d").ClockBehind; got.Value != time.Hour {
		t.Errorf("the clock is behind %v, want the least", got)
	}
}

// What was held for long, or is read again, says nothing about the clock now.
func TestEarlierMessagesDoNotCountAgain(t *testing.T) {
	h := openHealth(t, storetest.Open(t, storetest.New(t)))
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	first, second := dated(at, 5*time.Minute), dated(at.Add(time.Minute), 5*time.Minute)
	for range 3 {
		h.Observe(first)
		h.Observe(second)
	}
	if got := h.State("d").ClockBehind; got.Known() {
		t.Errorf("two messages make the clock %v", got)
	}
	h.Observe(dated(at.Add(2*time.Minute), 5*time.Minute))
	h.Observe(first)
	if got := h.State("d").ClockBehind; !got.At.Equal(at.Add(2 * time.Minute)) {
		t.Errorf("as of %s, want the newest", got.At)
	}
}

func TestTheClockIsRememberedOverARestart(t *testing.T) {
	db := storetest.Open(t, storetest.New(t))
	h := openHealth(t, db)
	at := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	for i := range 3 {
		h.Observe(dated(at.Add(time.Duration(i)*time.Minute), 5*time.Minute))
	}
	if err := h.Flush(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	h = openHealth(t, db)
	want := devices.Said[time.Duration]{Value: 5 * time.Minute, At: at.Add(2 * time.Minute)}
	if got := h.State("d").ClockBehind; got != want {
		t.Errorf("after a restart %v, want %v", got, want)
	}
	h.Observe(dated(at.Add(2*time.Minute), 5*time.Minute)) // read again
	h.Observe(dated(at.Add(3*time.Minute), 4*time.Minute))
	want = devices.Said[time.Duration]{Value: 4 * time.Minute, At: at.Add(3 * time.Minute)}
	if got := h.State("d").ClockBehind; got != want {
		t.Errorf("and then %v, want %v", got, want)
	}
}
