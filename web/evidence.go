package web

import (
	"cmp"
	"fmt"
	"html/template"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web/charts"
)

// evidenceView is what experts go by, to read.
type evidenceView struct {
	// Frozen says when it was, Hash is its SHA-256.
	Frozen, Hash string
	Person       []fileFact
	Conditions   []string
	Medicines    []string
	Allergies    []string
	Figures      []figureView
	Alerts       []frozenAlert
	// MoreAlerts is how many are not shown.
	MoreAlerts int
	Limits     []fileFact
	Rules      []string
	// Plans say how often what is measured, Reminders what the resident is reminded of.
	Plans     []fileFact
	Reminders []string
	Scores    []fileFact
	Weeks     []frozenWeek
	Documents []frozenDocument
	Earlier   *earlierView
}

// frozenDocument is a document that was put to the question; At is where it is, "" of one
// that is gone.
type frozenDocument struct{ Says, At string }

type frozenAlert struct{ Began, Name, Severity, Verdict string }

type frozenWeek struct {
	Monday, What               string
	Due, OnTime, Late, NotDone int
}

type earlierView struct {
	Signed, Text string
	Changes      []string
}

// mostFrozenAlerts is how many alerts of the evidence the page shows.
const mostFrozenAlerts = 40

// drawnLimits are the thresholds that are drawn into the chart of a metric.
var drawnLimits = map[vitals.Metric][]string{
	vitals.HeartRate: {"hr.low", "hr.high"}, vitals.SpO2: {"spo2.low"}, vitals.BPSystolic: {"bp.low.systolic", "bp.high.systolic"},
	vitals.BPDiastolic: {"bp.low.diastolic", "bp.high.diastolic"}, vitals.BodyTemperature: {"temperature.low", "temperature.fever"},
	vitals.RespiratoryRate: {"rr.low", "rr.high"}, vitals.GlucoseFasting: {"glucose.low", "glucose.fasting"}, vitals.GlucoseRandom: {"glucose.low", "glucose.high"},
}

func (p *page) evidenceView(e *panels.Evidence, hash string, gone map[int]bool, diagnoses []Diagnosis, zone *time.Location) *evidenceView {
	frozen := e.FrozenAt.In(zone).Format(minuteLayout + " MST")
	v := &evidenceView{Frozen: p.T("evidence.frozen", "time", frozen, "n", e.File.Version), Hash: hash}
	if e.File.Version == 0 {
		v.Frozen = p.T("evidence.frozen_empty", "time", frozen)
	}
	if e.Person.Age != nil {
		v.Person = append(v.Person, fileFact{p.T("evidence.age"), fmt.Sprint(*e.Person.Age)})
	}
	v.Person = append(v.Person, fileFact{p.T("evidence.sex"), p.T("sex." + cmp.Or(e.Person.Sex, "unknown"))})
	for _, c := range e.File.Conditions {
		v.Conditions = append(v.Conditions, p.frozenCondition(c, diagnoses))
	}
	for _, m := range e.File.Medicines {
		says := words(m.Name, m.Strength, m.Dose, p.schedule(ReminderPlan{Schedule: m.Schedule}), m.For)
		if m.Critical {
			says += " · " + p.T("evidence.time_critical")
		}
		v.Medicines = append(v.Medicines, says)
	}
	for _, a := range e.File.Allergies {
		says := words(a.Substance, a.Reaction)
		if a.Severity != "" {
			says += " · " + p.T("choice.severity."+a.Severity)
		}
		v.Allergies = append(v.Allergies, says)
	}
	for _, series := range e.Chart.Metrics {
		if m, ok := vitals.ParseMetric(series.Metric); ok {
			v.Figures = append(v.Figures, p.frozenChart(e, &series, m, zone))
		}
	}
	for _, a := range e.Alerts[:min(len(e.Alerts), mostFrozenAlerts)] {
		line := frozenAlert{Began: a.BeganAt.In(zone).Format(minuteLayout), Name: p.sentence(a.Name), Severity: p.T("severity." + a.Severity)}
		if a.Verdict != "" {
			line.Verdict = p.T("verdict." + a.Verdict)
		}
		v.Alerts = append(v.Alerts, line)
	}
	v.MoreAlerts = len(e.Alerts) - len(v.Alerts)
	for _, name := range slices.Sorted(maps.Keys(e.Care.Thresholds)) {
		says := fmt.Sprint(e.Care.Thresholds[name])
		if _, own := e.Care.Limits[name]; own {
			says += " · " + p.T("evidence.own")
		}
		v.Limits = append(v.Limits, fileFact{p.limit(name), says})
	}
	for _, name := range e.Care.Conditions {
		v.Rules = append(v.Rules, p.called(&panels.Change{Kind: panels.OfCondition, Target: name}))
	}
	for _, metric := range slices.Sorted(maps.Keys(e.Care.Planned)) {
		c := panels.Change{Kind: panels.OfPlan, Target: metric}
		v.Plans = append(v.Plans, fileFact{p.called(&c), p.was(&c, e.Care.Planned[metric])})
	}
	for _, r := range e.Reminders {
		v.Reminders = append(v.Reminders, p.reminded(r))
	}
	for _, s := range e.Scores {
		total := "—"
		if s.Total != nil {
			total = fmt.Sprint(*s.Total)
		}
		v.Scores = append(v.Scores, fileFact{p.sentence(s.Name), words(total, p.sentence(s.Band), s.Day.String())})
	}
	for _, w := range e.Adherence {
		v.Weeks = append(v.Weeks, frozenWeek{Monday: w.Monday.String(), What: w.What, Due: w.Due, OnTime: w.OnTime, Late: w.Late, NotDone: w.Skipped + w.Missed})
	}
	for _, d := range e.Documents {
		one := frozenDocument{At: fmt.Sprintf("/consultations/%s/documents/%d", e.Subject, d.N)}
		one.Says = p.T("evidence.document", "n", d.N, "sort", p.T("choice.sort."+d.Sort), "type", strings.ToUpper(d.Type[strings.Index(d.Type, "/")+1:]), "size", size(d.Size))
		if gone[d.N] {
			one.Says, one.At = p.T("evidence.document_gone", "n", d.N, "sort", p.T("choice.sort."+d.Sort)), ""
		}
		v.Documents = append(v.Documents, one)
	}
	if e.Earlier != nil {
		v.Earlier = &earlierView{Signed: e.Earlier.SignedAt.In(zone).Format(time.DateOnly), Text: e.Earlier.Text}
		for _, d := range e.Earlier.Changes {
			v.Earlier.Changes = append(v.Earlier.Changes, p.does(&d.Change, d.Change.Words("", "")))
		}
	}
	return v
}

// words are what is said, without what is not.
func words(all ...string) string {
	return strings.Join(slices.DeleteFunc(all, func(s string) bool { return s == "" }), " · ")
}

// frozenCondition is what the resident is ill with, by the name of its code where it has
// no other.
func (l *locale) frozenCondition(c panels.Condition, diagnoses []Diagnosis) string {
	name := c.Name
	for _, d := range diagnoses {
		if d.Code == c.Code && name == "" {
			name = l.in(d.Called)
		}
	}
	says := words(name, c.Code)
	if c.Severity != "" {
		says += " · " + l.T("choice.severity."+c.Severity)
	}
	if c.Since != "" {
		says += " · " + l.T("evidence.since", "day", c.Since)
	}
	return says
}

// frozenChart draws the days of a metric.
func (p *page) frozenChart(e *panels.Evidence, series *panels.Series, m vitals.Metric, zone *time.Location) figureView {
	title := m.Info().Display(p.Tag)
	frame := charts.Frame{ID: m.String(), Title: title, Unit: p.unit(m)}
	if m.Info().Resolution < 1 {
		frame.Decimals = 1
	}
	for _, name := range drawnLimits[m] {
		if value, ok := e.Care.Thresholds[name]; ok {
			frame.Limits = append(frame.Limits, charts.Limit{Value: value, Label: m.Format(value)})
		}
	}
	of := map[string]panels.Day{}
	for _, d := range series.Days {
		of[d.Day.String()] = d
	}
	var spreads []*charts.Spread
	var bars []charts.Bar
	last := e.Chart.To.In(zone).Format(time.DateOnly)
	for day := e.Chart.From.In(zone); ; day = day.AddDate(0, 0, 1) {
		name := day.Format(time.DateOnly)
		frame.Days = append(frame.Days, day.Format("01-02"))
		d, ok := of[name]
		if bars = append(bars, charts.Bar{Value: math.Round(d.Mean * float64(d.N)), Known: ok}); ok {
			spreads = append(spreads, &charts.Spread{Min: d.Min, Mean: d.Mean, Max: d.Max})
		} else {
			spreads = append(spreads, nil)
		}
		if name >= last {
			break
		}
	}
	drawn := charts.Band(frame, spreads)
	if m.Info().Kind == vitals.Counter { // a mean of parts of a day says nothing
		drawn = charts.Bars(frame, bars)
	}
	return figureView{Title: title, SVG: template.HTML(drawn), Caption: p.T("evidence.days", "n", len(series.Days))}
}
