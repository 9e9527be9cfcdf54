package ingest

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/vitals"
)

// told is an event as a message told it last.
type told struct {
	number float64
	// message is which of the device's messages that was, counted from a start; 0
	// for one from before it.
	message int
	since   int64 // when it was received first without anything else in between
}

// stuckAfter is from when on a button that does not say that it was let go is
// something to be seen to: until then it cannot be heard when it is pressed again.
const stuckAfter = 10 * time.Minute

// recall remembers an event of before a start.
func (d *memory) recall(v vitals.Value, received int64) {
	if v.Metric != vitals.SOSButton && v.Metric != vitals.FallEvent {
		return
	}
	if d.told == nil {
		d.told = map[vitals.Metric]told{}
	}
	d.told[v.Metric] = told{number: v.Number, since: received}
}

// echoes takes out events that a hub says again out of its memory, so that a
// button that was pressed once calls nobody each time that its battery is told.
// One that lasts is news only when it changes. Any other is an echo when the
// message before had it too and this one has something else to tell: a hub that
// publishes the very same again has heard the button again, and nobody who
// presses twice may be taken for an echo. Where nothing is remembered of a
// device, last is asked. Stuck are those that last for too long.
func (d *memory) echoes(r *vitals.Report, of []codec.Echo, last func(vitals.Metric) (number float64, known bool)) (known int, stuck []vitals.Metric) {
	if len(of) == 0 && len(d.told) == 0 {
		return 0, nil
	}
	if d.told == nil {
		d.told = map[vitals.Metric]told{}
	}
	d.messages++
	tells := d.tells(r, of)
	n := 0
	for i := range r.Samples {
		sample := &r.Samples[i]
		kept := sample.Values[:0]
		for _, v := range sample.Values {
			at := slices.IndexFunc(of, func(e codec.Echo) bool { return e.Metric == v.Metric })
			if at < 0 {
				kept = append(kept, v)
				continue
			}
			before, ok := d.told[v.Metric]
			if !ok && of[at].Lasts {
				before.number, ok = last(v.Metric)
			}
			again := ok && before.number == v.Number
			if !again {
				before.since = r.Received
			}
			d.told[v.Metric] = told{number: v.Number, message: d.messages, since: before.since}
			if again && (of[at].Lasts || before.message == d.messages-1 && before.message > 0 && tells) {
				known++
				if of[at].Lasts && v.Number != 0 && r.Received-before.since > stuckAfter.Milliseconds() {
					stuck = append(stuck, v.Metric)
				}
				continue
			}
			kept = append(kept, v)
		}
		sample.Values = kept
		if len(kept) > 0 {
			r.Samples[n] = *sample
			n++
		}
	}
	r.Samples = r.Samples[:n]
	return known, stuck
}

// tells reports whether a message has anything to tell beside the events that may
// be echoes: a value that the device did not say last.
func (d *memory) tells(r *vitals.Report, echoes []codec.Echo) bool {
	return slices.ContainsFunc(r.Samples, func(s vitals.Sample) bool {
		return slices.ContainsFunc(s.Values, func(v vitals.Value) bool {
			before, ok := d.last[v.Metric]
			return (!ok || before.number != v.Number) && !slices.ContainsFunc(echoes, func(e codec.Echo) bool { return e.Metric == v.Metric })
		})
	})
}
