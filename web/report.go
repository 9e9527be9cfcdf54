package web

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/reports"
)

// reportView is what is known of some days of a resident, to read and to print.
type reportView struct {
	page
	Resident Resident
	// Who says in a line who it is, Period which days, Printed who asked for it and when.
	Who, Period, Zone, Printed string
	// Last is the last day, Spans are the lengths to choose from.
	Last  string
	Spans []option
	// Hidden says what is left out because the user may not see it.
	Hidden  []string
	Summary []fileFact
	// Heard is how much of the days is known.
	Heard     []string
	Strips    []figureView
	Figures   []figureView
	Never     string // what was not measured
	Pressures []pressureLine
	Alerts    []reportAlert
	NoAlerts  string
	// MoreAlerts says that there were others before.
	MoreAlerts bool
	Reminders  []reportReminder
	Advice     []adviceLine
	// NoAdvice says why what was advised is not shown; "" where it is.
	NoAdvice string
	// Shows says which parts there are.
	Shows Shows
}

// figureView is a chart with what it says in words.
type figureView struct {
	Title   string
	SVG     template.HTML
	Caption string
}

type pressureLine struct{ Clock, Value string }

type reportAlert struct{ Began, Name, Severity, Answered, Verdict string }

type reportReminder struct {
	What, Week                 string
	Due, OnTime, Late, Skipped int
	Missed                     int
	First                      bool
	Rows                       int
}

type adviceLine struct{ Clock, By, Text string }

const (
	usualReport, longestReport = 30, 92 // days
)

// reportSpans are the lengths to choose from.
var reportSpans = []int{7, 14, 30, 90}

func (s *Site) report(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	view := reportView{page: s.newPage(r, user, "report.link"), Resident: resident, Shows: resident.Shows}
	last, days := view.asked(r)
	facts, err := s.reports.Report(ctx, user, resident.ID, last, days)
	if err != nil {
		return fmt.Errorf("gather the report of resident %s: %w", resident.ID, err)
	}
	view.Title = view.T("report.title", "name", resident.Name)
	p := facts.Measured.Period
	view.Period = view.T("report.period", "from", p.Start(0).Format(time.DateOnly), "to", p.Start(p.N-1).Format(time.DateOnly), "n", p.N)
	view.Zone = view.T("report.zone", "zone", resident.Zone.String())
	view.Printed = view.T("report.printed", "name", user.Name, "time", view.Now.In(resident.Zone).Format("2006-01-02 15:04"))
	view.Last = p.Start(p.N - 1).Format(time.DateOnly)
	for _, n := range reportSpans {
		view.Spans = append(view.Spans, option{Value: strconv.Itoa(n), Label: view.T("report.days", "n", n), Chosen: n == p.N})
	}
	view.hide(&facts)
	if resident.Shows.File {
		if err := s.summarize(ctx, user, &view); err != nil {
			return err
		}
	}
	view.heard(&facts)
	view.draw(&facts)
	view.raised(&facts)
	view.adhered(&facts)
	if s.advices != nil {
		list, err := s.advices.Published(ctx, user, resident.ID, p.Start(0), p.End())
		if errors.Is(err, RefusedAltered) { // the rest of the report is as true as before
			view.NoAdvice, err = view.T("refusal.altered"), nil
		}
		if err != nil {
			return fmt.Errorf("list the advice for resident %s: %w", resident.ID, err)
		}
		for _, a := range list {
			view.Advice = append(view.Advice, adviceLine{a.At.In(resident.Zone).Format("2006-01-02"), a.By, view.in(a.Text)})
		}
	}
	s.render(w, http.StatusOK, "report", view)
	return nil
}

// asked is the period that is asked for: the last 30 days where it makes no sense.
func (v *reportView) asked(r *http.Request) (last time.Time, days int) {
	last = v.Now.In(v.Resident.Zone)
	if day, err := time.ParseInLocation(time.DateOnly, r.URL.Query().Get("to"), v.Resident.Zone); err == nil && day.Before(last) && day.Year() > 1900 {
		last = day
	}
	days, err := strconv.Atoi(r.URL.Query().Get("days"))
	if err != nil || days < 1 || days > longestReport {
		days = usualReport
	}
	return last, days
}

// hide says what is left out.
func (v *reportView) hide(f *reports.Report) {
	if !v.Shows.File {
		v.Hidden = append(v.Hidden, v.T("report.hidden_file"))
	}
	if !f.Vitals {
		v.Hidden = append(v.Hidden, v.T("report.hidden_vitals"))
	}
	if !f.Alerts {
		v.Hidden = append(v.Hidden, v.T("report.hidden_alerts"))
	}
}

// summarized are the kinds of entries of a file that a summary has.
var summarized = []string{"condition", "allergy", "medicine"}

// summarize says who it is, with what matters most of the file.
func (s *Site) summarize(ctx context.Context, user User, view *reportView) error {
	resident := view.Resident
	file, err := s.files.File(ctx, user, resident.ID, mostOnFile)
	if err != nil {
		return fmt.Errorf("read the file of resident %s: %w", resident.ID, err)
	}
	view.Who = view.who(resident, file)
	for _, kind := range summarized {
		i := slices.IndexFunc(file.Sections, func(f FileSection) bool { return f.Kind == kind })
		if i < 0 {
			continue
		}
		section := view.fileSection(file.Sections[i], resident)
		said := view.T("file.nothing")
		if lines := entriesIn(&section); len(lines) > 0 {
			said = strings.Join(lines, "\n")
		}
		view.Summary = append(view.Summary, fileFact{section.Title, said})
	}
	assessed, err := s.assessments.List(ctx, user, resident.ID)
	if err != nil {
		return fmt.Errorf("list the assessments of resident %s: %w", resident.ID, err)
	}
	if lines := view.assessed(assessed); len(lines) > 0 {
		view.Summary = append(view.Summary, fileFact{view.T("resident.assessments"), strings.Join(lines, "\n")})
	}
	around, err := s.people.Circle(ctx, user, resident.ID)
	if errors.Is(err, ErrNotFound) {
		return nil // who may see the file need not be one of them
	}
	if err != nil {
		return fmt.Errorf("read the care team of resident %s: %w", resident.ID, err)
	}
	var lines []string
	for _, m := range around.Members {
		lines = append(lines, strings.TrimSpace(view.T("relation."+string(m.Relation))+": "+m.Name+" "+m.Phone))
	}
	if len(lines) > 0 {
		view.Summary = append(view.Summary, fileFact{view.T("file.around"), strings.Join(lines, "\n")})
	}
	return nil
}

// entriesIn are the entries of a section, each with its facts in a line.
func entriesIn(section *fileSectionView) (lines []string) {
	for _, e := range section.Lines {
		said := []string{e.Title}
		for _, f := range e.Facts {
			said = append(said, f.Label+": "+strings.ReplaceAll(f.Value, "\n", " "))
		}
		lines = append(lines, strings.Join(said, " · "))
	}
	if section.More > 0 {
		lines = append(lines, section.l.T("file.more", "n", section.More))
	}
	return lines
}

// assessed are the newest assessments by each form, with what has changed since the one
// before.
func (p *page) assessed(all []Assessment) (lines []string) {
	known := map[string]bool{}
	for i, a := range all {
		if known[a.FormID] {
			continue
		}
		known[a.FormID] = true
		line := p.assessmentLine(a)
		said := []string{p.formTitle(a), a.Day, line.Band, line.Score}
		if j := slices.IndexFunc(all[i+1:], func(b Assessment) bool { return b.FormID == a.FormID }); j >= 0 {
			changed, _ := p.trend(all[i+1+j], a)
			said = append(said, changed)
		}
		lines = append(lines, strings.Join(slices.DeleteFunc(said, func(s string) bool { return s == "" }), " · "))
	}
	return lines
}

// raised lists alerts.
func (v *reportView) raised(f *reports.Report) {
	if !f.Alerts {
		return
	}
	v.MoreAlerts = f.MoreRaised
	for _, a := range f.Raised {
		line := reportAlert{
			Began: a.Began.In(v.Resident.Zone).Format("2006-01-02 15:04"), Name: v.in(Text(a.Name)), Severity: v.T("severity." + Severity(a.Severity).String()),
			Answered: v.T("report.nobody"), Verdict: v.T("report.by_itself"),
		}
		if a.Answered >= 0 {
			line.Answered = v.T("report.less_than_minute")
			if a.Answered >= time.Minute {
				line.Answered = v.span(a.Answered)
			}
		}
		switch {
		case a.Ended.IsZero():
			line.Verdict = v.T("report.open")
		case a.Verdict != "":
			line.Verdict = v.T("verdict." + a.Verdict)
		}
		if a.Calls > 0 {
			line.Name += " · " + v.T("report.calls", "n", a.Calls)
		}
		v.Alerts = append(v.Alerts, line)
	}
	if len(v.Alerts) == 0 {
		v.NoAlerts = v.T("report.no_alerts")
		if f.Vitals && slices.Contains(f.Measured.Body, 0) {
			v.NoAlerts += " " + v.T("report.unheard")
		}
	}
}

// adhered lists how reminders went.
func (v *reportView) adhered(f *reports.Report) {
	for _, a := range f.Reminders {
		for i, w := range a.Weeks {
			v.Reminders = append(v.Reminders, reportReminder{
				What: v.in(Text(a.What)), Week: w.Days(time.UTC).Start(0).Format(time.DateOnly), Due: w.Due, OnTime: w.OnTime, Late: w.Late, Skipped: w.Skipped, Missed: w.Miss,
				First: i == 0, Rows: len(a.Weeks),
			})
		}
	}
}
