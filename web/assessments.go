package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// assessmentsView lists how a resident stands by each form.
type assessmentsView struct {
	page
	Resident Resident
	Due      []dueLine
	// Forms are those by which the resident was assessed.
	Forms []formLine
	// Offered are all forms that the user can fill in.
	Offered []formOffer
}

// dueLine is a form that is to be filled in.
type dueLine struct {
	Form, Title string
	Says        string
	Resident    Resident
	// Keeps is set where the user may fill it in, Named where the page is not about
	// the resident alone.
	Keeps, Named bool
}

// formOffer is a form that can be filled in.
type formOffer struct {
	ID, Title, Doubt string
}

// formLine is how a resident stands by a form: the newest assessment and the ones
// before it.
type formLine struct {
	Title string
	// Newest is what it was last, Earlier what it was before, the newest first.
	Newest  assessmentLine
	Earlier []assessmentLine
	// Trend says how the total has changed since the one before; "" where there is
	// none to compare with.
	Trend, Sign string
}

// assessmentLine is an assessment in a list.
type assessmentLine struct {
	Assessment
	Score, Band string
	// Due says when it is due again.
	Due string
}

// formText is a form's text in the page's language.
func (l *locale) formText(t forms.Text) string { return l.in(Text(t)) }

func (l *locale) formTitle(a Assessment) string {
	if a.Form == nil {
		return a.FormID
	}
	return l.formText(a.Form.Title)
}

func (p *page) assessmentLine(a Assessment) assessmentLine {
	line := assessmentLine{Assessment: a}
	if a.Scored {
		line.Score = fmt.Sprint(a.Total)
		if a.Form != nil {
			_, most := a.Form.Range()
			line.Score = p.T("assessment.score", "n", a.Total, "most", most)
		}
		_, line.Band = p.band(a)
	}
	if a.NextDue != "" {
		line.Due = p.T("assessment.next_due", "day", a.NextDue)
	}
	return line
}

// band is the band that an assessment is in, and how it is called.
func (p *page) band(a Assessment) (*forms.Band, string) {
	if a.Form != nil {
		if set, ok := a.Form.Set(a.Set); ok {
			for i := range set.Bands {
				if set.Bands[i].ID == a.Band {
					return &set.Bands[i], p.formText(set.Bands[i].Text)
				}
			}
		}
	}
	return nil, a.Band
}

// trend says how a total has changed, and names the shape that stands for it.
func (p *page) trend(before, after Assessment) (says, sign string) {
	if after.Form == nil || before.Form != after.Form || !before.Scored || !after.Scored {
		return "", ""
	}
	c := after.Form.Compare(before.Result, after.Result)
	by := max(c.By, -c.By)
	switch c.Turn {
	case forms.Better:
		return p.T("assessment.better", "n", by, "day", before.Day), "better"
	case forms.Worse:
		return p.T("assessment.worse", "n", by, "day", before.Day), "worse"
	}
	return p.T("assessment.same", "day", before.Day), "same"
}

func (p *page) dueLines(due []DueAssessment) (lines []dueLine) {
	for _, d := range due {
		line := dueLine{Form: d.Form.ID, Title: p.formText(d.Form.Title), Says: p.T("assessment.never_done"), Resident: d.Resident, Keeps: d.Keeps}
		if d.Since != "" {
			line.Says = p.T("assessment.due_since", "day", d.Since)
		}
		lines = append(lines, line)
	}
	return lines
}

// assessed is a resident with the assessments that count, the newest first.
func (s *Site) assessed(r *http.Request, user User) (resident Resident, list []Assessment, err error) {
	if resident, err = s.residents.Resident(r.Context(), user, chi.URLParam(r, "id")); err != nil {
		return resident, nil, fmt.Errorf("read the resident: %w", err)
	}
	if list, err = s.assessments.List(r.Context(), user, resident.ID); err != nil {
		return resident, nil, fmt.Errorf("list the assessments of resident %s: %w", resident.ID, err)
	}
	return resident, list, nil
}

func (s *Site) assessmentList(w http.ResponseWriter, r *http.Request, user User) error {
	resident, list, err := s.assessed(r, user)
	if err != nil {
		return err
	}
	due, err := s.assessments.Due(r.Context(), user, resident.ID)
	if err != nil {
		return fmt.Errorf("look what is due of resident %s: %w", resident.ID, err)
	}
	view := assessmentsView{page: s.newPage(r, user, "assessments.title"), Resident: resident}
	view.Due = view.dueLines(due)
	at := map[string]int{}
	for _, a := range list {
		line := view.assessmentLine(a)
		i, known := at[a.FormID]
		if !known {
			at[a.FormID] = len(view.Forms)
			view.Forms = append(view.Forms, formLine{Title: view.formTitle(a), Newest: line})
			continue
		}
		one := &view.Forms[i]
		if len(one.Earlier) == 0 {
			one.Trend, one.Sign = view.trend(a, one.Newest.Assessment)
		}
		one.Earlier = append(one.Earlier, line)
	}
	if s.assessments.Keeps(r.Context(), user, resident.ID) {
		for _, f := range s.assessments.Forms() {
			view.Offered = append(view.Offered, formOffer{ID: f.ID, Title: view.formText(f.Title), Doubt: view.doubt(f, s.assessments.BandSet(f))})
		}
	}
	s.render(w, http.StatusOK, "assessments", view)
	return nil
}

// doubt says what of a form was not compared with its source; "" when all was.
func (l *locale) doubt(f *forms.Form, set string) string {
	bands, scored := f.Set(set)
	items := f.IsVerified() && !slices.ContainsFunc(f.Items, func(i forms.Item) bool { return !f.Knows(&i) })
	switch {
	case !items && scored && !bands.IsVerified():
		return l.T("form.doubt_both")
	case !items:
		return l.T("form.doubt_items")
	case scored && !bands.IsVerified():
		return l.T("form.doubt_bands")
	}
	return ""
}

type dueView struct {
	page
	Lines []dueLine
}

// dueList is what is due of all residents whom the user may see.
func (s *Site) dueList(w http.ResponseWriter, r *http.Request, user User) error {
	due, err := s.assessments.Due(r.Context(), user)
	if err != nil {
		return fmt.Errorf("look which assessments are due: %w", err)
	}
	view := dueView{page: s.newPage(r, user, "assessments.due_title")}
	view.Lines = view.dueLines(due)
	for i := range view.Lines {
		view.Lines[i].Named = true
	}
	s.render(w, http.StatusOK, "assessments-due", view)
	return nil
}

// assessmentView is one assessment.
type assessmentView struct {
	page
	Resident Resident
	assessmentLine
	Form   string // its title
	Source string // the norm, in English
	Doubt  string
	By     string
	How    string
	// Keeps is set where the user may correct it.
	Keeps bool
	// Then is the form that is to follow; the zero one for none.
	Then  formOffer
	Parts []answerPart
	// Trend says what has changed since the one before, with its id.
	Trend, Sign, Before string
	Versions            []versionLine
}

// answerPart is a part of a form with what was answered.
type answerPart struct {
	Heading string
	Lines   []answerLine
}

type answerLine struct {
	Text, Answer string
	Points       string // "" where it adds none
	Doubt        bool
}

// versionLine is a version of an assessment.
type versionLine struct {
	Version           int
	When, Stamp, Says string
	Reason            string
	// Changes are what it says otherwise than the version before.
	Changes []changeLine
}

func (s *Site) assessment(w http.ResponseWriter, r *http.Request, user User) error {
	resident, list, err := s.assessed(r, user)
	if err != nil {
		return err
	}
	versions, err := s.assessments.Versions(r.Context(), user, resident.ID, chi.URLParam(r, "assessment"))
	if err != nil {
		return fmt.Errorf("read the assessment: %w", err)
	}
	a := versions[0]
	view := assessmentView{page: s.newPage(r, user, "assessments.title"), Resident: resident}
	view.assessmentLine, view.Form, view.By = view.page.assessmentLine(a), view.formTitle(a), cmp.Or(a.Assessor, a.By.Name)
	view.Title, view.How = view.Form, view.T("mode."+string(a.Mode))
	view.Keeps = s.assessments.Keeps(r.Context(), user, resident.ID)
	if a.Form != nil {
		view.Source, view.Doubt = a.Form.Standard, view.doubt(a.Form, a.Set)
		if band, _ := view.band(a); band != nil && band.Then != "" {
			view.Then = formOffer{ID: band.Then, Title: band.Then}
			for _, f := range s.assessments.Forms() {
				if f.ID == band.Then {
					view.Then.Title = view.formText(f.Title)
				}
			}
		}
	}
	view.Parts = view.answers(a)
	if before, ok := assessmentBefore(list, a); ok {
		view.Trend, view.Sign = view.trend(before, a)
		view.Before = before.ID
	}
	for i, v := range versions {
		line := versionLine{Version: v.Version, When: clock(v.ChangedAt, view.Now, resident.Zone), Stamp: v.ChangedAt.In(resident.Zone).Format(time.DateTime), Reason: v.Reason}
		line.Says = view.T("assessment.version", "n", v.Version, "name", v.ChangedBy.Name)
		if v.Withdrawn {
			line.Says = view.T("assessment.version_withdrawn", "n", v.Version, "name", v.ChangedBy.Name)
		}
		if i+1 < len(versions) {
			line.Changes = view.changes(versions[i+1], v)
		}
		view.Versions = append(view.Versions, line)
	}
	s.render(w, http.StatusOK, "assessment", view)
	return nil
}

// assessmentBefore finds in a list, the newest first, the assessment before another by the
// same form.
func assessmentBefore(list []Assessment, than Assessment) (Assessment, bool) {
	at := slices.IndexFunc(list, func(a Assessment) bool { return a.ID == than.ID })
	if at < 0 {
		return Assessment{}, false
	}
	for _, a := range list[at+1:] {
		if a.FormID == than.FormID {
			return a, true
		}
	}
	return Assessment{}, false
}

// answers are what was answered, by the parts of the form; by the ids of the items
// where the form is not known any more.
func (p *page) answers(a Assessment) []answerPart {
	parts := []answerPart{{}}
	last := func() *answerPart { return &parts[len(parts)-1] }
	if a.Form == nil {
		for id, answer := range a.Answers {
			last().Lines = append(last().Lines, answerLine{Text: id, Answer: p.answer(nil, answer)})
		}
		slices.SortFunc(last().Lines, func(x, y answerLine) int { return cmp.Compare(x.Text, y.Text) })
		return parts
	}
	for i := range a.Form.Items {
		item := &a.Form.Items[i]
		if heading := p.formText(item.Heading); heading != "" {
			parts = append(parts, answerPart{Heading: heading})
		}
		answer, ok := a.Answers[item.ID]
		if !ok {
			continue
		}
		line := answerLine{Text: p.formText(item.Text), Answer: p.answer(item, answer), Doubt: !a.Form.Knows(item)}
		if points, counts := a.Form.Points(item, answer); counts {
			line.Points = fmt.Sprint(points)
		}
		last().Lines = append(last().Lines, line)
	}
	return slices.DeleteFunc(parts, func(part answerPart) bool { return len(part.Lines) == 0 })
}

// answer is an answer in words.
func (p *page) answer(item *forms.Item, a forms.Answer) string {
	option := func(value int) string {
		if item != nil {
			if o, ok := item.Option(value); ok {
				return p.formText(o.Text)
			}
		}
		return fmt.Sprint(value)
	}
	switch {
	case a.Kind == forms.Words:
		return a.Text
	case a.Kind == forms.Several:
		var chosen []string
		for _, value := range a.Chosen {
			chosen = append(chosen, option(value))
		}
		return strings.Join(chosen, p.T("list.and"))
	case item == nil:
		return fmt.Sprint(a.Number)
	case item.Kind == forms.Choice:
		return option(int(a.Number))
	}
	return strings.TrimSpace(fmt.Sprintf("%.*f %s", item.Decimals, a.Number, p.unitSign(item.Unit)))
}
