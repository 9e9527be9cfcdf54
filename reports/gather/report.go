package gather

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

const (
	// mostPressures and mostWeights bound what is drawn one by one.
	mostPressures, mostWeights = 400, 400
)

// Report gathers some days of a resident for a user, as [Gatherer.Week] does.
func (g *Gatherer) Report(ctx context.Context, who records.User, resident string, last time.Time, n int) (f reports.Report, err error) {
	scope, err := g.scope(ctx, who, resident, records.Vitals|records.Alerts|records.File)
	if err != nil {
		return f, err
	}
	r, err := g.Residents.Get(ctx, resident)
	if err != nil {
		return f, err
	}
	days := reports.Until(last.In(r.Zone()), n)
	f = reports.Report{Measured: reports.Measured{Period: days}, Since: r.CreatedAt, Now: g.Now()}
	all, within := errgroup.WithContext(ctx)
	if scope.Has(records.Vitals) {
		all.Go(func() (err error) {
			f.Measured, err = reports.Measure(within, g.Past, resident, days)
			return err
		})
		all.Go(func() (err error) {
			f.Pressures, f.MorePressures, err = g.pressures(within, resident, days)
			return err
		})
		all.Go(func() error {
			list, err := g.values(within, resident, vitals.BodyWeight, days, mostWeights)
			for _, one := range list {
				f.Weights = append(f.Weights, reports.Weight{At: one.At, Value: one.Number})
			}
			return err
		})
	}
	if scope.Has(records.Vitals | records.File) {
		all.Go(func() (err error) {
			f.Limits, err = g.limits(within, resident)
			return err
		})
	}
	if scope.Has(records.Alerts) {
		all.Go(func() (err error) {
			f.Raised, f.MoreRaised, err = g.raised(within, resident, days)
			return err
		})
		all.Go(func() (err error) {
			f.Reminders, err = g.adherence(within, resident, days)
			return err
		})
	}
	all.Go(func() (err error) {
		f.Situations, err = g.situations(within, resident, days)
		return err
	})
	if err := all.Wait(); err != nil {
		return f, fmt.Errorf("gather the report of resident %s: %w", resident, err)
	}
	f.Vitals, f.Alerts = scope.Has(records.Vitals), scope.Has(records.Alerts)
	return f, nil
}

// values are the newest readings of some days that are fit to be shown as measured.
func (g *Gatherer) values(ctx context.Context, resident string, m vitals.Metric, days reports.Period, most int) (list []vitals.Reading, err error) {
	q := timeline.Query{Resident: resident, Metric: m, From: days.Start(0), To: days.End(), Limit: most, Newest: true}
	for r, err := range g.Past.Range(ctx, q) {
		if err != nil {
			return nil, fmt.Errorf("read %s of resident %s: %w", m, resident, err)
		}
		if !r.Marks.Unfit() {
			list = append(list, r)
		}
	}
	return list, nil
}

// pressures are measurings with both values: of one device at one time.
func (g *Gatherer) pressures(ctx context.Context, resident string, days reports.Period) (pairs []reports.Pressure, more bool, err error) {
	upper, err := g.values(ctx, resident, vitals.BPSystolic, days, mostPressures+1)
	if err != nil {
		return nil, false, err
	}
	lower, err := g.values(ctx, resident, vitals.BPDiastolic, days, mostPressures+1)
	if err != nil {
		return nil, false, err
	}
	type measuring struct {
		device string
		at     int64
	}
	of := map[measuring]float64{}
	for _, r := range lower {
		of[measuring{r.Device, r.At.UnixMilli()}] = r.Number
	}
	for _, r := range upper {
		if diastolic, ok := of[measuring{r.Device, r.At.UnixMilli()}]; ok {
			pairs = append(pairs, reports.Pressure{At: r.At, Systolic: r.Number, Diastolic: diastolic})
		}
	}
	more = len(pairs) > mostPressures
	return pairs[max(0, len(pairs)-mostPressures):], more, nil
}

// limitsOf are the thresholds that belong to a metric: the lower one and the upper, "" for
// none. They are those from which on an alert is raised at all.
var limitsOf = map[vitals.Metric][2]string{
	vitals.HeartRate: {"hr.low", "hr.high"}, vitals.BPSystolic: {"bp.low.systolic", "bp.high.systolic"}, vitals.BPDiastolic: {"", "bp.high.diastolic"},
	vitals.SpO2: {"spo2.low", ""}, vitals.RespiratoryRate: {"rr.low", "rr.high"}, vitals.BodyTemperature: {"temperature.low", "temperature.raised"},
	vitals.GlucoseFasting: {"glucose.low", "glucose.high"}, vitals.Glucose2hPostprandial: {"glucose.low", "glucose.high"}, vitals.GlucoseRandom: {"glucose.low", "glucose.high"},
	vitals.GlucoseCGM: {"glucose.low", "glucose.high"},
}

// limits are the resident's own thresholds, or those of their conditions.
func (g *Gatherer) limits(ctx context.Context, resident string) (map[vitals.Metric][]reports.Limit, error) {
	care, err := g.Care.Care(ctx, resident)
	if err != nil {
		return nil, err
	}
	has := func(condition string) bool { return slices.Contains(care.Conditions, condition) }
	all := map[vitals.Metric][]reports.Limit{}
	for metric, names := range limitsOf {
		for i, name := range names {
			if v, ok := rules.Limit(name, care.Limits, has); ok {
				all[metric] = append(all[metric], reports.Limit{Lower: i == 0, Value: v})
			}
		}
	}
	return all, nil
}
