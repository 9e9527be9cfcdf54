package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web/charts"
)

// banded are the metrics that are drawn as a band of each day.
var banded = []vitals.Metric{
	vitals.HeartRate, vitals.SpO2, vitals.RespiratoryRate, vitals.BodyTemperature, vitals.GlucoseFasting, vitals.Glucose2hPostprandial, vitals.GlucoseRandom, vitals.GlucoseCGM,
}

// partOfDay is how many hours something must be heard of a day before its sum counts as
// that of a day.
const partOfDay = 10

// heard says how much of the days is known.
func (v *reportView) heard(f *reports.Report) {
	if !f.Vitals {
		return
	}
	m, all := &f.Measured, f.Measured.N
	v.Heard = append(v.Heard, v.T("report.body_heard", "n", daysHeard(m.Body), "all", all))
	v.Strips = append(v.Strips, v.strip(m, v.T("report.body_strip"), m.Body))
	if n := daysHeard(m.Home); n > 0 {
		v.Heard = append(v.Heard, v.T("report.home_heard", "n", n, "all", all))
		v.Strips = append(v.Strips, v.strip(m, v.T("report.home_strip"), m.Home))
	}
	if i, ok := m.Day(f.Since); ok && i > 0 {
		v.Heard = append(v.Heard, v.T("report.since", "day", f.Since.In(v.Resident.Zone).Format(time.DateOnly)))
	}
	for _, s := range f.Situations {
		from, to := s.From.In(v.Resident.Zone).Format("2006-01-02 15:04"), s.To.In(v.Resident.Zone).Format("2006-01-02 15:04")
		if s.Kind == "hospital" {
			v.Heard = append(v.Heard, v.T("report.hospital", "from", from, "to", to))
		} else {
			v.Heard = append(v.Heard, v.T("report.away", "from", from, "to", to))
		}
	}
}

func daysHeard(hours []int) (n int) {
	for _, h := range hours {
		if h > 0 {
			n++
		}
	}
	return n
}

func (v *reportView) strip(m *reports.Measured, title string, hours []int) figureView {
	shares := make([]float64, m.N)
	for i, h := range hours {
		shares[i] = float64(h) / m.Hours(i)
	}
	return figureView{Title: title, SVG: template.HTML(charts.Strip(charts.Frame{Title: title, Days: dayLabels(m.Period)}, shares))}
}

// dayLabels are month and day of each.
func dayLabels(p reports.Period) []string {
	labels := make([]string, p.N)
	for i := range labels {
		labels[i] = p.Start(i).Format("01-02")
	}
	return labels
}

// draw makes the charts of what was measured, and says what was not.
func (v *reportView) draw(f *reports.Report) {
	if !f.Vitals {
		return
	}
	m := &f.Measured
	var never []string
	for _, metric := range banded {
		if days, ok := m.Of[metric]; ok {
			v.Figures = append(v.Figures, v.band(f, metric, days))
		} else if metric < vitals.GlucoseRandom || metric == vitals.SpO2 {
			never = append(never, metric.Info().Display(v.Tag))
		}
	}
	if len(f.Pressures) > 0 {
		v.Figures = append(v.Figures, v.pressures(f))
	} else {
		never = append(never, v.T("report.pressure"))
	}
	if len(f.Weights) > 0 {
		v.Figures = append(v.Figures, v.weights(f))
	} else {
		never = append(never, vitals.BodyWeight.Info().Display(v.Tag))
	}
	for _, metric := range []vitals.Metric{vitals.StepCount, vitals.SleepDuration} {
		if days, ok := m.Of[metric]; ok {
			v.Figures = append(v.Figures, v.bars(f, metric, days))
		} else {
			never = append(never, metric.Info().Display(v.Tag))
		}
	}
	if len(never) > 0 {
		v.Never = v.T("report.never", "names", strings.Join(never, v.T("list.and")))
	}
}

// frame is what stands around the chart of a metric.
func (v *reportView) frame(f *reports.Report, title string, metrics ...vitals.Metric) charts.Frame {
	frame := charts.Frame{ID: metrics[0].String(), Title: title, Days: dayLabels(f.Measured.Period), Unit: v.unit(metrics[0])}
	if r := metrics[0].Info().Resolution; r < 1 {
		frame.Decimals = 1
	}
	for _, metric := range metrics {
		for _, l := range f.Limits[metric] {
			sign := "> "
			if l.Lower {
				sign = "< "
			}
			frame.Limits = append(frame.Limits, charts.Limit{Value: l.Value, Label: sign + metric.Format(l.Value)})
		}
	}
	return frame
}

func (v *reportView) band(f *reports.Report, metric vitals.Metric, days []reports.Day) figureView {
	spreads := make([]*charts.Spread, len(days))
	whole := reports.Day{}
	known := 0
	for i, d := range days {
		if d.Count == 0 {
			continue
		}
		spreads[i] = &charts.Spread{Min: d.Min, Mean: d.Mean(), Max: d.Max}
		if known == 0 {
			whole.Min, whole.Max = d.Min, d.Max
		}
		whole.Count, whole.Sum = whole.Count+d.Count, whole.Sum+d.Sum
		whole.Min, whole.Max = min(whole.Min, d.Min), max(whole.Max, d.Max)
		known++
	}
	title := metric.Info().Display(v.Tag)
	caption := v.T("report.figure", "mean", metric.Format(whole.Mean()), "min", metric.Format(whole.Min), "max", metric.Format(whole.Max), "unit", v.unit(metric), "n", known, "all", len(days))
	frame := v.frame(f, title+". "+caption, metric)
	return figureView{title, template.HTML(charts.Band(frame, spreads)), caption}
}

// listedPressures is how many measurings are written out.
const listedPressures = 28

func (v *reportView) pressures(f *reports.Report) figureView {
	p := f.Measured.Period
	var pairs []charts.Pair
	var upper, lower float64
	high, low := f.Pressures[0], f.Pressures[0]
	for _, one := range f.Pressures {
		pairs = append(pairs, charts.Pair{Day: p.Moment(one.At), Upper: one.Systolic, Lower: one.Diastolic})
		upper, lower = upper+one.Systolic, lower+one.Diastolic
		if one.Systolic > high.Systolic {
			high = one
		}
		if one.Systolic < low.Systolic {
			low = one
		}
	}
	value := func(one reports.Pressure) string {
		return vitals.BPSystolic.Format(one.Systolic) + "/" + vitals.BPDiastolic.Format(one.Diastolic)
	}
	n := float64(len(pairs))
	title := v.T("report.pressure")
	caption := v.T("report.pressures", "n", len(pairs), "mean", value(reports.Pressure{Systolic: upper / n, Diastolic: lower / n}), "high", value(high), "low", value(low), "unit", v.unit(vitals.BPSystolic))
	if f.MorePressures {
		caption += " " + v.T("report.newest", "n", len(pairs))
	}
	for _, one := range f.Pressures[max(0, len(f.Pressures)-listedPressures):] {
		v.Pressures = append(v.Pressures, pressureLine{one.At.In(v.Resident.Zone).Format("01-02 15:04"), value(one)})
	}
	frame := v.frame(f, title+". "+caption, vitals.BPSystolic, vitals.BPDiastolic)
	return figureView{title, template.HTML(charts.Pairs(frame, pairs)), caption}
}

func (v *reportView) weights(f *reports.Report) figureView {
	p := f.Measured.Period
	var points, trend []charts.Point
	for _, w := range f.Weights {
		points = append(points, charts.Point{Day: p.Moment(w.At), Value: w.Value})
	}
	title := vitals.BodyWeight.Info().Display(v.Tag)
	first, last := f.Weights[0], f.Weights[len(f.Weights)-1]
	caption := v.T("report.weights", "n", len(points), "last", vitals.BodyWeight.Format(last.Value), "day", last.At.In(v.Resident.Zone).Format(time.DateOnly))
	if from, to, ok := reports.Trend(p, f.Weights); ok {
		trend = []charts.Point{{Day: p.Moment(first.At), Value: from}, {Day: p.Moment(last.At), Value: to}}
		caption += " " + v.T("report.trend", "change", fmt.Sprintf("%+.1f", to-from), "from", first.At.In(v.Resident.Zone).Format("01-02"), "to", last.At.In(v.Resident.Zone).Format("01-02"))
	}
	return figureView{title, template.HTML(charts.Points(v.frame(f, title+". "+caption, vitals.BodyWeight), points, trend)), caption}
}

// bars are what a day adds up to: of steps the sum, of sleep its longest.
func (v *reportView) bars(f *reports.Report, metric vitals.Metric, days []reports.Day) figureView {
	bars := make([]charts.Bar, len(days))
	total, known, part := 0.0, 0, 0
	for i, d := range days {
		if d.Count == 0 {
			continue
		}
		bars[i] = charts.Bar{Value: d.Sum, Known: true, Part: f.Measured.Body[i] < partOfDay}
		if metric == vitals.SleepDuration {
			bars[i] = charts.Bar{Value: d.Max / 60, Known: true}
		}
		if bars[i].Part {
			part++
			continue
		}
		total += bars[i].Value
		known++
	}
	title := metric.Info().Display(v.Tag)
	frame := v.frame(f, title, metric)
	caption := v.T("report.steps", "mean", int(total/float64(max(1, known))+0.5), "n", known, "all", len(days))
	if metric == vitals.SleepDuration {
		frame.Unit = v.unitSign("h")
		caption = v.T("report.sleep", "mean", fmt.Sprintf("%.1f", total/float64(max(1, known))), "n", known, "all", len(days))
	}
	if part > 0 {
		caption += " " + v.T("report.part", "n", part)
	}
	frame.Title = title + ". " + caption
	return figureView{title, template.HTML(charts.Bars(frame, bars)), caption}
}
