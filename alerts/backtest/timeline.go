package backtest

import (
	"cmp"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Timeline is the source of what the timeline keeps: readings, by when they
// arrived. It does not keep when Anxin itself could hear nothing, and so whose
// silence was whose: the rules about devices and homes are not tried on it.
type Timeline struct {
	Store   alerts.Past
	Sensors alerts.Sensors
	// People are whom to try the rules on.
	People []Resident
}

// chunk is how much is read at once, by when it was measured.
const chunk = 3 * 24 * time.Hour

// ahead is how much later than now a device may say that it measured: it is
// believed up to there (ingest/clock.go).
const ahead = 2 * time.Minute

// late is how much earlier than it arrived a reading may have been measured and
// still be heard: that of devices which store for longer warms up less.
const late = 7 * 24 * time.Hour

// Residents implements [Source].
func (t *Timeline) Residents(context.Context) ([]Resident, error) { return t.People, nil }

// Messages implements [Source].
func (t *Timeline) Messages(ctx context.Context, resident string, from, to time.Time) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		first := from.Add(-late)
		latest, err := t.Store.Latest(ctx, first, resident)
		if err != nil {
			yield(Message{}, err)
			return
		}
		var waiting []vitals.Reading
		for begin := first; begin.Before(to); begin = begin.Add(chunk) {
			end := begin.Add(chunk)
			if !end.Before(to) {
				end = to.Add(ahead)
			}
			for i := range latest {
				for r, err := range t.Store.Range(ctx, timeline.Query{Resident: resident, Metric: latest[i].Metric, From: begin, To: end}) {
					if err != nil {
						yield(Message{}, err)
						return
					}
					if r.Received.IsZero() {
						r.Received = r.At
					}
					if !r.Received.Before(from) {
						waiting = append(waiting, r)
					}
				}
			}
			slices.SortFunc(waiting, byArrival)
			// What is measured later arrives later, but for a clock that is ahead.
			known := end.Add(-ahead)
			n, _ := slices.BinarySearchFunc(waiting, known, func(r vitals.Reading, until time.Time) int { return r.Received.Compare(until) })
			if !t.send(waiting[:n], yield) {
				return
			}
			waiting = slices.Delete(waiting, 0, n)
		}
	}
}

func byArrival(a, b vitals.Reading) int {
	return cmp.Or(a.Received.Compare(b.Received), cmp.Compare(a.Device, b.Device), a.At.Compare(b.At), cmp.Compare(a.Metric, b.Metric))
}

// send makes messages of readings: what a device said at one moment was one.
func (t *Timeline) send(readings []vitals.Reading, yield func(Message, error) bool) bool {
	for len(readings) > 0 {
		first := readings[0]
		m := Message{Received: first.Received.UnixMilli()}
		m.Device = first.Device
		m.Class, m.Zone = t.Sensors.Sensor(first.Device)
		n := 0
		for ; n < len(readings) && readings[n].Device == first.Device && readings[n].Received.Equal(first.Received); n++ {
			r := &readings[n]
			at := r.At.UnixMilli()
			if last := len(m.Samples) - 1; last < 0 || m.Samples[last].At != at {
				m.Samples = append(m.Samples, vitals.Sample{At: at})
			}
			s := &m.Samples[len(m.Samples)-1]
			s.Values = append(s.Values, vitals.Value{Metric: r.Metric, Number: r.Number, Marks: r.Marks})
		}
		if !yield(m, nil) {
			return false
		}
		readings = readings[n:]
	}
	return true
}
