package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/vitals"
)

type alertView struct {
	page
	Line   alertLine
	Whole  string // the alert that it is a part of
	Source string
	// Unreached are residents of whom nobody can be told.
	Unreached []unreachedLine
	Steps     []stepLine
	Said      []commentLine
	Told      []toldLine
	// Moving is set while more is to be heard soon of those who are told.
	Moving bool
	// Telling is nil while nobody was told.
	Telling *tellingView
	// Scene says who was there when, CanArrive that the user may say so.
	Scene     string
	CanArrive bool
	Seen      []seenLine
	Score     *scoreView
	// Charts are of what the rule is about, Others of what else was measured.
	Charts, Others []evidence
}

// stepLine is a step of an alert's life in words.
type stepLine struct {
	Clock, Stamp string
	Text, Reason string
}

type unreachedLine struct {
	ID, Name, Severity string
}

type commentLine struct {
	Clock, Stamp string
	By, Text     string
}

// seenLine is a reading that a rule saw.
type seenLine struct {
	Label, Value, Unit, Clock, Stamp string
	Doubts                           []string
}

type scoreView struct {
	Total, Scale int
	Risk         string
	Version      string
	Parts        []scorePart
}

type scorePart struct {
	Label, Value string
	Points       int
}

// evidence is a chart of what was measured around an alert. The script draws it
// from what stands in it: it is the same for ever.
type evidence struct {
	chart
	// Readings are its series and what is drawn over them, as JSON.
	Readings string
	// Bounds are its thresholds in words.
	Bounds []string
}

func (s *Site) alert(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	file, err := s.alerts.Alert(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the alert: %w", err)
	}
	who := Resident{Zone: file.Zone}
	if file.Resident != "" {
		if who, err = s.residents.Resident(ctx, user, file.Resident); err != nil {
			return fmt.Errorf("read the resident of alert %s: %w", file.ID, err)
		}
	}
	view := alertView{page: s.newPage(r, user, "alerts.title"), Whole: file.Whole, Source: file.Source}
	view.Line = view.alertLine(file.Alert, who)
	view.Line.ShowWho, view.Line.Alike = true, file.Alike
	view.Title, view.Line.Reason = view.Line.Called, view.in(file.Why)
	for _, u := range file.Unreached {
		view.Unreached = append(view.Unreached, unreachedLine{u.ID, u.Name, view.T("severity." + u.Severity.String())})
	}
	for _, step := range file.Steps {
		view.Steps = append(view.Steps, view.stepLine(step, who.Zone))
	}
	for _, c := range file.Comments {
		view.Said = append(view.Said, commentLine{Clock: clock(c.At, view.Now, who.Zone), Stamp: stamp(c.At, who.Zone), By: c.By.Name, Text: c.Text})
	}
	if s.told != nil {
		told, err := s.told.Told(ctx, user, file.ID)
		if err != nil {
			return fmt.Errorf("read who was told of alert %s: %w", file.ID, err)
		}
		for _, t := range told {
			view.Told = append(view.Told, view.toldLine(t, who.Zone))
			view.Moving = view.Moving || t.moving(view.Now)
		}
	}
	view.Telling = view.tellingView(file.Telling, who.Zone)
	if !file.Scene.IsZero() {
		view.Scene = view.T("scene.was", "name", file.Arrived.Name, "time", clock(file.Scene, view.Now, who.Zone))
	}
	view.CanArrive = view.Line.Mine && file.ResolvedAt.IsZero() && file.Scene.IsZero()
	for _, seen := range file.Seen {
		view.Seen = append(view.Seen, view.seenLine(seen, who.Zone))
	}
	view.Score = view.scoreView(file)
	if view.Charts, view.Others, err = view.evidence(file); err != nil {
		return fmt.Errorf("draw the evidence of alert %s: %w", file.ID, err)
	}
	data := view.live("alert.js", who.Zone)
	data.Zone = who.Zone.String()
	s.render(w, http.StatusOK, "alert", view)
	return nil
}

// stamp is a whole time in a zone.
func stamp(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("2006-01-02 15:04:05 MST")
}

func (p *page) stepLine(s Step, zone *time.Location) stepLine {
	line := stepLine{
		Clock: clock(s.At, p.Now, zone), Stamp: stamp(s.At, zone), Reason: s.Reason,
		Text: p.T("step."+string(s.Kind), "name", s.By.Name, "time", clock(s.Until, p.Now, zone),
			"severity", p.T("severity."+s.Severity.String()), "verdict", p.T("verdict."+string(s.Verdict)), "what", p.readings(s.Seen, zone)),
	}
	if s.What != "" {
		line.Text = p.T("step.another", "what", titles.In(s.What, p.Tag), "time", clock(s.Due, p.Now, zone))
	}
	return line
}

// readings are some readings in words, each with its time.
func (p *page) readings(all []vitals.Reading, zone *time.Location) string {
	said := make([]string, len(all))
	for i, r := range all {
		said[i] = fmt.Sprintf("%s · %s · %s", r.Metric.Info().Display(p.Tag), p.text(r), r.At.In(zone).Format("15:04:05"))
	}
	return strings.Join(said, "; ")
}

func (p *page) seenLine(r vitals.Reading, zone *time.Location) seenLine {
	line := seenLine{
		Label: r.Metric.Info().Display(p.Tag), Value: p.text(r), Unit: p.unit(r.Metric),
		Clock: clock(r.At, p.Now, zone), Stamp: stamp(r.At, zone),
	}
	for _, name := range r.Marks.Names() {
		// "Less than" and "more than" stand in the value itself.
		if name != "below" && name != "above" {
			line.Doubts = append(line.Doubts, p.T("mark."+name))
		}
	}
	return line
}

// scoreView sets a score beside the values that it was made of.
func (p *page) scoreView(file AlertFile) *scoreView {
	if file.Score == nil {
		return nil
	}
	view := &scoreView{Total: file.Score.Total, Scale: file.Score.Scale, Version: file.Score.Version, Risk: p.T("risk." + file.Score.Risk)}
	for _, part := range file.Score.Parts {
		line := scorePart{Label: part.Metric.Info().Display(p.Tag), Value: "—", Points: part.Points}
		if i := slices.IndexFunc(file.Seen, func(r vitals.Reading) bool { return r.Metric == part.Metric }); i >= 0 {
			line.Value = p.text(file.Seen[i])
			if unit := p.unit(part.Metric); unit != "" {
				line.Value += " " + unit
			}
		}
		view.Parts = append(view.Parts, line)
	}
	return view
}

// around is how long before and after an alert began its evidence reaches.
const around = 30 * time.Minute

// evidence makes the charts of what was measured around an alert: of what it is
// about, those with a threshold first, and of the rest. Where it is about none of
// them, all are shown.
func (p *page) evidence(file AlertFile) (about, others []evidence, err error) {
	var seen []evidence
	for _, series := range file.Series {
		made, err := p.evidenceChart(file, series)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case len(made.Bounds) > 0:
			about = append(about, made)
		case slices.ContainsFunc(file.Seen, func(r vitals.Reading) bool { return r.Metric == series.Metric }):
			seen = append(seen, made)
		default:
			others = append(others, made)
		}
	}
	if about = append(about, seen...); len(about) == 0 {
		return others, nil, nil
	}
	return about, others, nil
}

// evidenceData is what the script is given of one chart. Times are in Unix seconds.
type evidenceData struct {
	From   float64         `json:"from"`
	To     float64         `json:"to"`
	Began  float64         `json:"began"`
	Points []evidencePoint `json:"points"`
	Bounds []evidenceBound `json:"bounds"`
}

type evidencePoint struct {
	At      float64 `json:"at"`
	Value   float64 `json:"value"`
	Doubted bool    `json:"doubted,omitempty"`
}

type evidenceBound struct {
	Value float64 `json:"value"`
	Label string  `json:"label"`
}

func (p *page) evidenceChart(file AlertFile, series Series) (evidence, error) {
	blank := p.blank(series.Metric)
	blank.Parts = []part{{Metric: series.Metric.String()}}
	made := evidence{chart: newChart(p.locale, series.Metric, blank)}
	data := evidenceData{
		From: seconds(file.BeganAt.Add(-around)), Began: seconds(file.BeganAt),
		// What is still to come is not drawn as if it were known.
		To:     seconds(earlier(file.BeganAt.Add(around), p.Now)),
		Points: []evidencePoint{}, Bounds: []evidenceBound{},
	}
	for _, point := range series.Points {
		// What was kept with the alert is shown, also what lies further out.
		data.From, data.To = min(data.From, seconds(point.At)), max(data.To, seconds(point.At))
		data.Points = append(data.Points, evidencePoint{At: seconds(point.At), Value: point.Value, Doubted: point.Marked})
	}
	for _, b := range file.Bounds {
		if b.Metric == series.Metric {
			label := p.boundLabel(b)
			data.Bounds = append(data.Bounds, evidenceBound{Value: b.Value, Label: label})
			made.Bounds = append(made.Bounds, label)
		}
	}
	text, err := json.Marshal(data)
	made.Readings = string(text)
	return made, err
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// boundLabel is a threshold as it is written beside its line.
func (p *page) boundLabel(b Bound) string {
	label := opSigns[b.Op] + " " + b.Metric.Format(b.Value)
	if b.Fn != "" {
		label = p.T("fn."+b.Fn, "span", p.span(b.Span)) + " " + label
	}
	return label
}

// opSigns write comparisons as people do.
var opSigns = map[string]string{">=": "≥", "<=": "≤", ">": ">", "<": "<", "==": "=", "!=": "≠"}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
