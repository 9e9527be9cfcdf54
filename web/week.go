package web

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/reports"
)

// weekView is what a week of a resident was like: in words for the family, in figures for
// who cares.
type weekView struct {
	page
	Resident      Resident
	Before, After string // where the weeks beside it are; After is "" for the newest
	Words         []string
	Figures       []weekFigure
	Heard         []figureView
	Alerts        []reportAlert
	Reminders     []reports.Reminder
	Shows         Shows
}

// weekFigure is what a metric comes to in a week.
type weekFigure struct {
	Name, Value, Range, Usual, Change string
	Days                              int
	// Notable is set where it lies outside of the person's own spread.
	Notable bool
}

func (s *Site) week(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	view := weekView{page: s.newPage(r, user, "week.link"), Resident: resident}
	newest := reports.WeekOf(view.Now.In(resident.Zone))
	week := newest.Plus(-1)
	if name := chi.URLParam(r, "week"); name != "latest" {
		if week, err = reports.ParseWeek(name); err != nil || newest.Days(resident.Zone).Start(0).Before(week.Days(resident.Zone).Start(0)) {
			return fmt.Errorf("%w: week %q", ErrNotFound, name)
		}
	}
	f, err := s.reports.Week(ctx, user, resident.ID, week)
	if err != nil {
		return fmt.Errorf("gather week %s of resident %s: %w", week, resident.ID, err)
	}
	at := "/residents/" + resident.ID + "/weeks/"
	view.Before = at + week.Plus(-1).String()
	if week != newest {
		view.After = at + week.Plus(1).String()
	}
	view.Title = view.in(Text(f.Title()))
	for _, line := range f.Words() {
		view.Words = append(view.Words, view.in(Text(line)))
	}
	view.Shows = Shows{Vitals: f.Vitals, Alerts: f.Alerts}
	for _, one := range reports.Figures(&f.Measured) {
		view.Figures = append(view.Figures, view.figure(&one))
	}
	// The report has the same lists, of another length.
	days := reports.Report{Vitals: f.Vitals, Alerts: f.Alerts, Raised: f.Raised, Now: f.Now}
	days.Measured.Period = f.Days()
	if f.Vitals {
		days.Measured = f.Measured.Last(7)
	}
	lists := reportView{page: view.page, Resident: resident}
	lists.heard(&days)
	lists.raised(&days)
	view.Heard, view.Alerts, view.Reminders = lists.Strips, lists.Alerts, f.Reminders
	s.render(w, http.StatusOK, "week", view)
	return nil
}

// What a reminder is called in the language of the page.
func (v weekView) What(r reports.Reminder) string { return v.in(Text(r.What)) }

func (p *page) figure(f *reports.Figure) weekFigure {
	m, unit := f.Metric, p.unit(f.Metric)
	line := weekFigure{Name: m.Info().Display(p.Tag), Days: f.Days, Value: p.T("week.too_few"), Notable: f.Notable()}
	if f.Known {
		line.Value = m.Format(f.Value) + " " + unit
	}
	if f.Readings > 0 {
		line.Range = m.Format(f.Min) + " – " + m.Format(f.Max)
	}
	if f.Weeks > 0 {
		line.Usual = p.T("week.usually", "usual", m.Format(f.Usual), "spread", m.Format(f.Spread), "n", f.Weeks)
	}
	if f.Compared() {
		sign := ""
		if f.Change() > 0 {
			sign = "+"
		}
		line.Change = sign + m.Format(f.Change())
	}
	return line
}
