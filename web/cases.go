package web

import (
	"fmt"
	"net/http"
	"time"

	"github.com/anxin-care/anxin/records/panels"
)

// casesView is the board of an expert.
type casesView struct {
	page
	Board panels.Board
	Cases []caseLine
	// Of are the figures of the panels.
	Of []figuresView
}

// caseLine is a case on the board.
type caseLine struct {
	ID, Question, Panel, Urgency string
	// Due says by when it is due, Does what it waits for.
	Due, Does  string
	Mine, Late bool
	Disagreed  bool
}

// figuresView is how a panel does, by months; Name is its heading.
type figuresView struct {
	*locale
	Name, Now string
	Months    []monthLine
}

type monthLine struct {
	Month                     string
	Asked, Advised, Disagreed int
	// FirstOpinion and ToAdvice are how long half of them took at most.
	FirstOpinion, ToAdvice string
}

// mostMonths is how many months of figures pages show.
const mostMonths = 6

func (s *Site) cases(w http.ResponseWriter, r *http.Request, user User) error {
	board, err := s.panels.Cases(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list the cases: %w", err)
	}
	view := casesView{page: s.newPage(r, user, "cases.title"), Board: board.Board}
	for i := range board.Cases {
		view.Cases = append(view.Cases, view.caseLine(&board.Cases[i]))
	}
	for _, one := range board.Panels {
		view.Of = append(view.Of, view.figures(one.Name, &one.Figures))
	}
	s.render(w, http.StatusOK, "cases", view)
	return nil
}

func (p *page) caseLine(c *panels.Case) caseLine {
	line := caseLine{ID: c.ID, Question: c.Question, Panel: c.PanelName, Urgency: p.T("consultation.urgency_" + string(c.Urgency)), Due: p.due(c.DueAt), Late: c.Overdue(p.Now)}
	line.Disagreed = c.Chair && c.Status == panels.Answered && c.Disagreed
	switch {
	case c.MyTurn && c.Mine.State == panels.Asked:
		line.Does, line.Mine = p.T("cases.your_opinion"), true
	case c.Whole:
		line.Does, line.Mine = p.T("cases.your_advice"), true
	case c.Mine.State == panels.Spoke:
		line.Does = p.T("cases.others")
	case c.Seated:
		line.Does = p.T("cases.turn")
	default:
		line.Does = p.T("cases.experts")
	}
	return line
}

// due says how long there is still, or how late it is.
func (p *page) due(at time.Time) string {
	if wait := at.Sub(p.Now); wait > 0 {
		return p.T("cases.due_in", "span", p.span(wait))
	}
	return p.T("cases.late_by", "span", p.span(p.Now.Sub(at)))
}

func (p *page) figures(name string, f *panels.Figures) figuresView {
	v := figuresView{locale: p.locale, Name: name, Now: p.T("cases.now", "waiting", f.Waiting, "disagreed", f.Disagreed, "overdue", f.Overdue)}
	took := func(d time.Duration, n int) string {
		if n == 0 {
			return "—"
		}
		return p.span(d)
	}
	for _, m := range f.Months[:min(len(f.Months), mostMonths)] {
		v.Months = append(v.Months, monthLine{
			Month: m.Month, Asked: m.Opened, Advised: m.Advised, Disagreed: m.Disagreed,
			FirstOpinion: took(m.FirstOpinion.Median, m.FirstOpinion.N), ToAdvice: took(m.ToAdvice.Median, m.ToAdvice.N),
		})
	}
	return v
}
