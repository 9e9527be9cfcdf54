package reports

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Past is the timeline, as far as reports read it.
type Past interface {
	Summaries(ctx context.Context, q timeline.Query, every time.Duration) ([]timeline.Summary, error)
}

// Body are the metrics of a resident's body that reports are about.
func Body() []vitals.Metric {
	return []vitals.Metric{
		vitals.HeartRate, vitals.BPSystolic, vitals.BPDiastolic, vitals.SpO2, vitals.RespiratoryRate, vitals.BodyTemperature, vitals.GlucoseFasting,
		vitals.Glucose2hPostprandial, vitals.GlucoseRandom, vitals.GlucoseCGM, vitals.BodyWeight, vitals.StepCount, vitals.SleepDuration,
	}
}

// Home are the metrics by which it is known that sensors at home were heard.
func Home() []vitals.Metric {
	return []vitals.Metric{vitals.Motion, vitals.DoorContact, vitals.BedPresence, vitals.Presence, vitals.RoomTemperature}
}

// Measured is what was measured of a resident in a period.
type Measured struct {
	Period
	// Of are the days of each metric of which there was any reading.
	Of map[vitals.Metric][]Day
	// Body is in how many hours of each day something of the body was measured, Home in
	// how many something at home was heard.
	Body, Home []int
}

// readsAtOnce bounds how many metrics are read at the same time.
const readsAtOnce = 4

// Measure reads what was measured of a resident.
func Measure(ctx context.Context, past Past, resident string, p Period) (Measured, error) {
	body, home := Body(), Home()
	all := append(body, home...)
	hours := make([][]timeline.Summary, len(all))
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(readsAtOnce)
	for i, metric := range all {
		g.Go(func() (err error) {
			q := timeline.Query{Resident: resident, Metric: metric, From: p.Start(0).Add(-step / 2), To: p.End().Add(step / 2)}
			hours[i], err = past.Summaries(within, q, step)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return Measured{}, fmt.Errorf("read what was measured of resident %s: %w", resident, err)
	}
	m := Measured{Period: p, Of: map[vitals.Metric][]Day{}}
	for i, metric := range body {
		if len(hours[i]) > 0 {
			m.Of[metric] = p.Fold(hours[i])
		}
	}
	m.Body, m.Home = p.heard(hours[:len(body)]), p.heard(hours[len(body):])
	return m, nil
}

// heard is in how many hours of each day there was a reading of any metric.
func (p Period) heard(all [][]timeline.Summary) []int {
	days, known := make([]int, p.N), map[int64]bool{}
	for _, hours := range all {
		for _, h := range hours {
			if i, ok := p.Day(h.At.Add(step / 2)); ok && h.Count > 0 && !known[h.At.Unix()] {
				known[h.At.Unix()] = true
				days[i]++
			}
		}
	}
	return days
}

// Last are the last n days of what was measured.
func (m *Measured) Last(n int) Measured { return m.part(m.N-n, n) }

func (m *Measured) part(from, n int) Measured {
	part := Measured{
		Period: Period{m.Start(from).Add(12 * time.Hour), n}, Of: map[vitals.Metric][]Day{}, Body: m.Body[from : from+n], Home: m.Home[from : from+n],
	}
	for metric, days := range m.Of {
		part.Of[metric] = days[from : from+n]
	}
	return part
}
