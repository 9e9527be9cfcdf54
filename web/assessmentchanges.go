package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// changeLine is what has changed of an item.
type changeLine struct {
	Text, Before, After string
	Turn, Says          string
}

// changes are the items of which a later assessment says something else.
func (p *page) changes(before, after Assessment) (lines []changeLine) {
	if after.Form == nil || before.Form != after.Form {
		return nil
	}
	for _, c := range after.Form.Compare(before.Result, after.Result).Items {
		if c.Turn != forms.Same {
			lines = append(lines, p.changeLine(c))
		}
	}
	return lines
}

func (p *page) changeLine(c forms.ItemChange) changeLine {
	line := changeLine{Text: p.formText(c.Item.Text), Before: "—", After: "—", Turn: string(c.Turn)}
	if c.Before != nil {
		line.Before = p.answer(c.Item, *c.Before)
	}
	if c.After != nil {
		line.After = p.answer(c.Item, *c.After)
	}
	by := max(c.Points, -c.Points)
	switch c.Turn {
	case forms.Better:
		line.Says = p.T("item.better", "n", by)
	case forms.Worse:
		line.Says = p.T("item.worse", "n", by)
	case forms.Changed:
		line.Says = p.T("item.changed")
		if unit := c.Item.Unit; c.Before != nil && c.After != nil && unit != "" {
			line.Says = fmt.Sprintf("%+.*f %s", c.Item.Decimals, c.After.Number-c.Before.Number, p.unitSign(unit))
		}
	}
	return line
}

// changesView compares two assessments by one form.
type changesView struct {
	page
	Resident      Resident
	Form          string
	Before, After assessmentLine
	Befores       []option
	Afters        []option
	Trend, Sign   string
	Lines         []changeLine
}

// assessmentChanges compares an assessment with an earlier one: the one before it,
// unless another was chosen.
func (s *Site) assessmentChanges(w http.ResponseWriter, r *http.Request, user User) error {
	resident, list, err := s.assessed(r, user)
	if err != nil {
		return err
	}
	find := func(id string) (Assessment, bool) {
		i := slices.IndexFunc(list, func(a Assessment) bool { return a.ID == id })
		if i < 0 {
			return Assessment{}, false
		}
		return list[i], true
	}
	after, ok := find(cmp.Or(r.URL.Query().Get("after"), chi.URLParam(r, "assessment")))
	if !ok {
		return ErrNotFound
	}
	before, ok := find(r.URL.Query().Get("since"))
	if r.URL.Query().Get("since") == "" {
		before, ok = assessmentBefore(list, after)
	}
	if !ok || before.FormID != after.FormID {
		return ErrNotFound
	}
	if before.Day > after.Day {
		before, after = after, before
	}
	view := changesView{page: s.newPage(r, user, "assessments.changes"), Resident: resident}
	view.Form, view.Before, view.After = view.formTitle(after), view.assessmentLine(before), view.assessmentLine(after)
	view.Trend, view.Sign = view.trend(before, after)
	for _, a := range list {
		if a.FormID != after.FormID {
			continue
		}
		line := view.assessmentLine(a)
		label := strings.TrimSpace(a.Day + " " + line.Score)
		view.Befores = append(view.Befores, option{Value: a.ID, Label: label, Chosen: a.ID == before.ID})
		view.Afters = append(view.Afters, option{Value: a.ID, Label: label, Chosen: a.ID == after.ID})
	}
	if after.Form != nil && before.Form == after.Form {
		for _, c := range after.Form.Compare(before.Result, after.Result).Items {
			view.Lines = append(view.Lines, view.changeLine(c))
		}
	}
	s.render(w, http.StatusOK, "assessment-changes", view)
	return nil
}
