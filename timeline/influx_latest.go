package timeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// namedAtOnce is up to how many residents are asked for by name. Of more, all
// are read and the others passed over, which is faster from about there.
const namedAtOnce = 100

// series is what shares tags.
type series struct {
	resident, device string
	marks            vitals.Marks
}

// newestOf is the newest reading of a resident's metric, or the time of
// reception of a series' newest line.
type newestOf struct {
	series
	metric vitals.Metric
	at     int64
	number float64
}

// Latest implements [Store].
func (s *Influx) Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error) {
	latest, err := s.latest(ctx, since, residents)
	if err != nil {
		return nil, fmt.Errorf("read latest: %w", err)
	}
	return latest, nil
}

func (s *Influx) latest(ctx context.Context, since time.Time, residents []string) ([]vitals.Reading, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, err
	}
	newest, received, err := s.newest(ctx, millis(since), residents)
	if err != nil {
		return nil, err
	}
	if err := s.receptions(ctx, newest, received); err != nil {
		return nil, err
	}
	latest := make([]vitals.Reading, len(newest))
	for i, n := range newest {
		latest[i] = vitals.Reading{
			Resident: n.resident, Device: n.device, Metric: n.metric, Number: n.number, Marks: n.marks,
			At: time.UnixMilli(n.at).UTC(), Received: time.UnixMilli(received[reception{n.series, n.at}]).UTC(),
		}
	}
	return latest, nil
}

// reception is a line: its series and time.
type reception struct {
	series
	at int64
}

// newest finds the newest value of each metric, by resident and metric, and
// when the newest line of each series was received.
func (s *Influx) newest(ctx context.Context, since int64, residents []string) ([]newestOf, map[reception]int64, error) {
	condition := `r._measurement == "` + measurement + `"`
	wanted := map[string]bool{}
	for _, name := range residents {
		wanted[name] = true
	}
	if n := len(wanted); n > 0 && n <= namedAtOnce {
		var named []string
		for name := range wanted {
			named = append(named, "r.resident == "+fluxString(tagValue(name)))
		}
		condition += " and (" + strings.Join(named, " or ") + ")"
	}
	p := s.visible(span{since, lastMilli})
	if p.start >= p.stop {
		return nil, nil, nil
	}
	type key struct {
		resident string
		metric   vitals.Metric
	}
	best, received, ids := map[key]newestOf{}, map[reception]int64{}, ids{}
	flux := s.from(p.start, p.stop) + ` |> filter(fn: (r) => ` + condition + `) |> last() |> group(columns: ["_field"])` +
		` |> keep(columns: ["_time", "_field", "_value", "resident", "device", "marks"])`
	err := s.query(ctx, flux, func(r answerRow) error {
		at, err := r.milli()
		if err != nil {
			return err
		}
		n := newestOf{series: series{ids.of(r.text("resident")), ids.of(r.text("device")), r.marks()}, at: at}
		if len(wanted) > 0 && !wanted[n.resident] {
			return nil
		}
		if r.text("_field") == receivedField {
			received[reception{n.series, at}], err = r.integer("_value")
			return err
		}
		ok := false
		if n.metric, ok = vitals.ParseMetric(r.text("_field")); !ok {
			return nil // of a newer version
		}
		if n.number, err = r.number("_value"); err != nil {
			return err
		}
		k := key{n.resident, n.metric}
		if old, ok := best[k]; !ok || cmp.Or(cmp.Compare(n.at, old.at), cmp.Compare(n.device, old.device)) > 0 {
			best[k] = n
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	newest := make([]newestOf, 0, len(best))
	for _, n := range best {
		newest = append(newest, n)
	}
	slices.SortFunc(newest, func(a, b newestOf) int {
		return cmp.Or(cmp.Compare(a.resident, b.resident), cmp.Compare(a.metric, b.metric))
	})
	return newest, received, nil
}

// receptions adds the times of reception that are still missing: of values that
// were not in the newest line of their series.
func (s *Influx) receptions(ctx context.Context, newest []newestOf, received map[reception]int64) error {
	missing := map[reception]struct{}{}
	for _, n := range newest {
		line := reception{n.series, n.at}
		if _, ok := received[line]; !ok {
			missing[line] = struct{}{}
		}
	}
	var flux strings.Builder
	queries, ids := 0, ids{}
	ask := func() error {
		err := s.query(ctx, flux.String(), func(r answerRow) error {
			at, err := r.milli()
			if err != nil {
				return err
			}
			line := reception{series{ids.of(r.text("resident")), ids.of(r.text("device")), r.marks()}, at}
			received[line], err = r.integer("_value")
			return err
		})
		flux.Reset()
		queries = 0
		return err
	}
	for line := range missing {
		fmt.Fprintf(&flux, `%s |> filter(fn: (r) => r._measurement == %q and r._field == %q and r.resident == %s and r.device == %s)`+
			` |> keep(columns: ["_time", "_value", "resident", "device", "marks"]) |> yield(name: "%d")`+"\n",
			s.from(line.at, line.at+1), measurement, receivedField,
			fluxString(tagValue(line.resident)), fluxString(tagValue(line.device)), queries)
		if queries++; queries == queriesAtOnce {
			if err := ask(); err != nil {
				return err
			}
		}
	}
	if queries == 0 {
		return nil
	}
	return ask()
}
