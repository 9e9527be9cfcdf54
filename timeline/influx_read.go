package timeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Range implements [Store].
func (s *Influx) Range(ctx context.Context, q Query) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		err := s.prepare(ctx)
		if err == nil {
			err = s.inPieces(ctx, q.span(), s.filter(q), q.Limit > 0, func(p span) (int, error) {
				readings, err := s.readPiece(ctx, q, p)
				for _, r := range readings {
					if !yield(r, nil) {
						return 0, errStopped
					}
				}
				return len(readings), err
			})
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(vitals.Reading{}, q.failed(err))
		}
	}
}

// errStopped says that who reads wants no more.
var errStopped = errors.New("stopped")

// filter picks the query's field, and others when named.
func (s *Influx) filter(q Query, others ...string) string {
	fields := make([]string, 0, 1+len(others))
	for _, field := range append([]string{q.Metric.String()}, others...) {
		fields = append(fields, "r._field == "+fluxString(field))
	}
	f := ` |> filter(fn: (r) => r._measurement == "` + measurement + `" and r.resident == ` + fluxString(tagValue(q.Resident))
	if q.Device != "" {
		f += ` and r.device == ` + fluxString(tagValue(q.Device))
	}
	return f + ` and (` + strings.Join(fields, " or ") + `))`
}

func (s *Influx) readPiece(ctx context.Context, q Query, p span) ([]vitals.Reading, error) {
	field := q.Metric.String()
	flux := s.from(p.start, p.stop) + s.filter(q, receivedField) +
		` |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")` +
		` |> filter(fn: (r) => exists r.` + field + `)`
	switch {
	case q.Limit > 0 && q.Newest:
		flux += fmt.Sprintf(` |> tail(n: %d)`, q.Limit)
	case q.Limit > 0:
		flux += fmt.Sprintf(` |> limit(n: %d)`, q.Limit)
	}
	flux += ` |> keep(columns: ["_time", "device", "marks", "` + field + `", "` + receivedField + `"])`
	var readings []vitals.Reading
	ids := ids{}
	err := s.query(ctx, flux, func(r answerRow) error {
		at, err := r.milli()
		if err != nil {
			return err
		}
		n, err := r.number(field)
		if err != nil {
			return err
		}
		received, err := r.integer(receivedField)
		readings = append(readings, vitals.Reading{
			Resident: q.Resident, Device: ids.of(r.text("device")), Metric: q.Metric, Number: n, Marks: r.marks(),
			At: time.UnixMilli(at).UTC(), Received: time.UnixMilli(received).UTC(),
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(readings, func(a, b vitals.Reading) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Device, b.Device))
	})
	// Each series was cut to the limit by itself.
	switch n := len(readings); {
	case q.Limit == 0 || n <= q.Limit:
		return readings, nil
	case q.Newest:
		return readings[n-q.Limit:], nil
	}
	return readings[:q.Limit], nil
}

// ids keeps one copy of each id of an answer, whose rows do not last.
type ids map[string]string

func (known ids) of(tag string) string {
	id, ok := known[tag]
	if !ok {
		tag = strings.Clone(tag)
		id = tagID(tag)
		known[tag] = id
	}
	return id
}

const (
	// apart is how far times lie from each other to be looked up separately.
	apart = 6 * hour
	// queriesAtOnce is how many questions one request asks.
	queriesAtOnce = 40
)

// lookup is where one device's readings are to be looked for.
type lookup struct {
	device  string
	span    span
	metrics map[vitals.Metric]struct{}
}

// Has implements [Store].
func (s *Influx) Has(ctx context.Context, readings []vitals.Reading) ([]bool, error) {
	have := make([]bool, len(readings))
	if err := s.prepare(ctx); err != nil {
		return nil, fmt.Errorf("look up %d readings: %w", len(readings), err)
	}
	type key struct {
		device string
		metric vitals.Metric
		at     int64
	}
	asked := map[key][]int{}
	for i, r := range readings {
		k := key{r.Device, r.Metric, r.At.UnixMilli()}
		asked[k] = append(asked[k], i)
	}
	ids := ids{}
	for some := range slices.Chunk(s.lookups(readings), queriesAtOnce) {
		var flux strings.Builder
		for i, l := range some {
			fields := make([]string, 0, len(l.metrics))
			for m := range l.metrics {
				fields = append(fields, "r._field == "+fluxString(m.String()))
			}
			fmt.Fprintf(&flux, "%s |> filter(fn: (r) => r._measurement == %q and r.device == %s and (%s))"+
				` |> keep(columns: ["_time", "_field", "device"]) |> yield(name: "%d")`+"\n",
				s.from(l.span.start, l.span.stop), measurement, fluxString(tagValue(l.device)), strings.Join(fields, " or "), i)
		}
		err := s.query(ctx, flux.String(), func(r answerRow) error {
			at, err := r.milli()
			metric, _ := vitals.ParseMetric(r.text("_field"))
			for _, i := range asked[key{ids.of(r.text("device")), metric, at}] {
				have[i] = true
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("look up %d readings: %w", len(readings), err)
		}
	}
	return have, nil
}

// lookups gathers readings of one device that are close to each other.
func (s *Influx) lookups(readings []vitals.Reading) []lookup {
	sorted := slices.Clone(readings)
	slices.SortFunc(sorted, func(a, b vitals.Reading) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), a.At.Compare(b.At))
	})
	var all []lookup
	for _, r := range sorted {
		at := r.At.UnixMilli()
		if p := s.visible(span{at, at + 1}); p.start >= p.stop {
			continue
		}
		if n := len(all); n == 0 || all[n-1].device != r.Device || at-all[n-1].span.stop > apart {
			all = append(all, lookup{r.Device, span{at, at + 1}, map[vitals.Metric]struct{}{}})
		}
		l := &all[len(all)-1]
		l.span.stop = at + 1
		l.metrics[r.Metric] = struct{}{}
	}
	return all
}
