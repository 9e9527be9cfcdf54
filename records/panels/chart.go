package panels

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Readings is the part of a [timeline.Store] that charts are made of.
type Readings interface {
	Aggregate(ctx context.Context, q timeline.Query, every time.Duration, fn timeline.Fn) ([]timeline.Point, error)
	Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error)
}

// mostMetrics bounds a chart: more are not measured of anybody at home.
const mostMetrics = 40

// measured are the metrics of a resident that have numbers to look at, and were
// measured since a time.
func measured(ctx context.Context, from Readings, resident string, since time.Time) ([]vitals.Metric, error) {
	newest, err := from.Latest(ctx, since, resident)
	if err != nil {
		return nil, fmt.Errorf("read what was measured: %w", err)
	}
	var metrics []vitals.Metric
	for _, r := range newest {
		of := r.Metric.Info()
		if of.Subject == vitals.OfResident && (of.Kind == vitals.Level || of.Kind == vitals.Counter) && !slices.Contains(metrics, r.Metric) {
			metrics = append(metrics, r.Metric)
		}
	}
	slices.Sort(metrics)
	return metrics[:min(len(metrics), mostMetrics)], nil
}

// hoursOf reads a metric by the hour.
func hoursOf(ctx context.Context, from Readings, resident string, m vitals.Metric, since, until time.Time) ([]Hour, error) {
	at := map[int64]int{}
	var hours []Hour
	for _, fn := range []timeline.Fn{timeline.Count, timeline.Min, timeline.Mean, timeline.Max} {
		points, err := from.Aggregate(ctx, timeline.Query{Resident: resident, Metric: m, From: since, To: until}, time.Hour, fn)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", m, err)
		}
		for _, p := range points {
			i, ok := at[p.At.UnixMilli()]
			if !ok {
				i = len(hours)
				at[p.At.UnixMilli()] = i
				hours = append(hours, Hour{At: p.At.UTC()})
			}
			switch fn {
			case timeline.Count:
				hours[i].N = int(p.Number)
			case timeline.Min:
				hours[i].Min = p.Number
			case timeline.Mean:
				hours[i].Mean = p.Number
			default:
				hours[i].Max = p.Number
			}
		}
	}
	hours = slices.DeleteFunc(hours, func(h Hour) bool { return h.N == 0 })
	slices.SortFunc(hours, func(a, b Hour) int { return a.At.Compare(b.At) })
	return hours, nil
}

// daysOf are the days of hours, on the clock of a zone.
func daysOf(hours []Hour, zone *time.Location) []Day {
	days := []Day{}
	for _, h := range hours {
		day := records.DateOf(h.At.In(zone))
		if n := len(days); n == 0 || days[n-1].Day != day {
			days = append(days, Day{Day: day, Stat: h.Stat})
			continue
		}
		days[len(days)-1].add(h.Stat)
	}
	for i := range days {
		days[i].Mean = short(days[i].Mean)
	}
	return days
}

// add takes others in.
func (s *Stat) add(o Stat) {
	if s.N == 0 {
		*s = o
		return
	}
	s.Mean = (s.Mean*float64(s.N) + o.Mean*float64(o.N)) / float64(s.N+o.N)
	s.N, s.Min, s.Max = s.N+o.N, math.Min(s.Min, o.Min), math.Max(s.Max, o.Max)
}

// short takes away what nobody measures so finely.
func short(v float64) float64 { return math.Round(v*1000) / 1000 }

// seriesOf is a metric in a chart: its days, and its hours since recent.
func seriesOf(m vitals.Metric, hours []Hour, recent time.Time, zone *time.Location) Series {
	s := Series{Metric: m.String(), Unit: m.Info().Unit, Days: daysOf(hours, zone), Hours: []Hour{}}
	for _, h := range hours {
		if !h.At.Before(recent) {
			h.Mean = short(h.Mean)
			s.Hours = append(s.Hours, h)
		}
	}
	return s
}
