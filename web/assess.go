package web

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/assessments/forms"
)

// assessView is a form that is being filled in.
type assessView struct {
	page
	Resident Resident
	Form     *forms.Form
	Hint     string
	Doubt    string
	// Action is where it is sent, Back where it leads without that.
	Action, Back string
	Wrong        string // what is wrong with the whole
	Parts        []itemPart
	Modes        []option
	Today        string
	Sheet        Sheet
	// Usual says when it is due again where nobody says so.
	Usual string
	// Points says that what is chosen tells what it counts: not where the resident
	// reads along.
	Points bool
	// Wide is set for a long form of measurements, which are laid out side by side.
	Wide bool
	// Correcting is the version that is corrected, 0 for a new assessment; Reason is
	// why.
	Correcting int
	Reason     string
	Withdrawn  bool
}

// itemPart is a part of a form.
type itemPart struct {
	Heading string
	Items   []itemField
}

// itemField is one item with what was answered so far.
type itemField struct {
	ID, Text       string
	Kind           forms.Kind
	Required       bool
	Doubt          bool
	Options        []itemOption
	Value          string // of a number or a text
	Unit           string
	Min, Max, Step string
	Wrong          string
}

// itemOption is something that can be chosen.
type itemOption struct {
	Value  int
	Text   string
	Chosen bool
	// Points are what it adds to the total; Counts is set where it adds any.
	Points int
	Counts bool
}

func (s *Site) assess(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.residents.Resident(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	if !s.assessments.Keeps(r.Context(), user, resident.ID) {
		return ErrNotFound
	}
	f, err := s.form(chi.URLParam(r, "form"))
	if err != nil {
		return err
	}
	today := s.now().In(resident.Zone).Format(time.DateOnly)
	s.renderSheet(w, http.StatusOK, s.newSheet(r, user, resident, f, Sheet{Day: today}))
	return nil
}

// form is one that can be filled in.
func (s *Site) form(id string) (*forms.Form, error) {
	all := s.assessments.Forms()
	i := slices.IndexFunc(all, func(f *forms.Form) bool { return f.ID == id })
	if i < 0 {
		return nil, ErrNotFound
	}
	return all[i], nil
}

// newSheet is a page with a form to be filled in.
func (s *Site) newSheet(r *http.Request, user User, resident Resident, f *forms.Form, sheet Sheet) assessView {
	view := assessView{page: s.newPage(r, user, "assessments.title"), Resident: resident, Form: f, Sheet: sheet}
	view.Title, view.Hint, view.Doubt = view.formText(f.Title), view.formText(f.Hint), view.doubt(f, s.assessments.BandSet(f))
	view.Back = "/residents/" + resident.ID + "/assessments"
	view.Action = view.Back + "/new/" + f.ID
	view.Today = view.Now.In(resident.Zone).Format(time.DateOnly)
	view.Usual = view.T("sheet.due_never")
	if f.Every > 0 {
		view.Usual = view.T("sheet.due_usual", "n", f.Every)
	}
	view.Wide = f.Scoring == nil
	view.Points = f.Scoring != nil && (f.Allows(forms.Observed) || f.Allows(forms.Proxy))
	return view
}

// renderSheet shows the form with what was answered so far, and what is wrong with
// that.
func (s *Site) renderSheet(w http.ResponseWriter, status int, view assessView, wrong ...forms.Complaint) {
	f := view.Form
	view.Parts = []itemPart{{}}
	for i := range f.Items {
		item := &f.Items[i]
		if heading := view.formText(item.Heading); heading != "" {
			view.Parts = append(view.Parts, itemPart{Heading: heading})
		}
		if item.Kind != forms.Computed {
			part := &view.Parts[len(view.Parts)-1]
			part.Items = append(part.Items, view.field(item, wrong))
		}
	}
	view.Parts = slices.DeleteFunc(view.Parts, func(part itemPart) bool { return len(part.Items) == 0 })
	for _, m := range forms.Modes() {
		if f.Allows(m) {
			view.Modes = append(view.Modes, option{Value: string(m), Label: view.T("mode." + string(m)), Chosen: m == view.Sheet.Mode})
		}
	}
	if len(view.Modes) == 1 {
		view.Modes[0].Chosen = true
	}
	if view.Points {
		view.Script = "assess.js"
	}
	s.render(w, status, "assess", view)
}

func (v *assessView) field(item *forms.Item, wrong forms.Complaints) itemField {
	field := itemField{
		ID: item.ID, Text: v.formText(item.Text), Kind: item.Kind, Required: !item.Optional, Doubt: !v.Form.Knows(item), Unit: v.unitSign(item.Unit),
	}
	answer := v.Sheet.Answers[item.ID]
	for _, o := range item.Choices {
		line := itemOption{Value: o.Value, Text: v.formText(o.Text)}
		line.Points, line.Counts = v.Form.Points(item, forms.Said(float64(o.Value)))
		line.Chosen = answer.Kind == forms.Number && answer.Number == float64(o.Value) || slices.Contains(answer.Chosen, o.Value)
		field.Options = append(field.Options, line)
	}
	if item.Kind == forms.Number {
		field.Min, field.Max, field.Step = number(*item.Min), number(*item.Max), number(math.Pow10(-item.Decimals))
		if answer.Kind == forms.Number {
			field.Value = number(answer.Number)
		}
	}
	if answer.Kind == forms.Words {
		field.Value = answer.Text
	}
	if about := wrong.Of(item.ID); len(about) > 0 {
		field.Wrong = v.complaint(item, about[0])
	}
	return field
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// complaint says what is wrong with an answer.
func (v *assessView) complaint(item *forms.Item, c forms.Complaint) string {
	switch c.Kind {
	case forms.Missing:
		return v.T("complaint.missing")
	case forms.OutOfRange:
		return v.T("complaint.out_of_range", "min", number(*item.Min), "max", number(*item.Max))
	case forms.TooFine:
		return v.T("complaint.too_fine", "n", item.Decimals)
	case forms.NotOver:
		if under, ok := v.Form.Item(item.Over); ok {
			return v.T("complaint.not_over", "other", v.formText(under.Text))
		}
	case forms.TooLong:
		return v.T("complaint.too_long")
	}
	return v.T("complaint.not_allowed")
}

// readSheet reads what was filled in, with all that is wrong with the answers.
func (s *Site) readSheet(r *http.Request, f *forms.Form) (Sheet, forms.Complaints, error) {
	if err := r.ParseForm(); err != nil {
		return Sheet{}, nil, fmt.Errorf("%w: %w", errForm, err)
	}
	sheet := Sheet{Mode: forms.Mode(r.PostFormValue("_mode")), Day: strings.TrimSpace(r.PostFormValue("_day")), NextDue: strings.TrimSpace(r.PostFormValue("_next_due"))}
	var err error
	if sheet.Assessor, err = text(r, "_assessor"); err != nil {
		return sheet, nil, err
	}
	if sheet.Note, err = text(r, "_note"); err != nil {
		return sheet, nil, err
	}
	var unread forms.Complaints
	sheet.Answers, unread = f.Read(r.PostForm)
	_, err = f.Score(sheet.Answers, "")
	var wrong forms.Complaints
	if err != nil && !errors.As(err, &wrong) {
		return sheet, nil, err
	}
	// What could not be read is not missing as well.
	wrong = slices.DeleteFunc(wrong, func(c forms.Complaint) bool { return len(unread.Of(c.Item)) > 0 })
	return sheet, append(unread, wrong...), nil
}

// keepSheet keeps a form that was filled in, or shows it once more with what is
// wrong: nothing that was answered is lost.
func (s *Site) keepSheet(w http.ResponseWriter, r *http.Request, user User) error {
	ctx := r.Context()
	resident, err := s.residents.Resident(ctx, user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the resident: %w", err)
	}
	f, err := s.form(chi.URLParam(r, "form"))
	if err != nil {
		return err
	}
	sheet, wrong, err := s.readSheet(r, f)
	if err != nil {
		return err
	}
	id, err := "", error(nil)
	if len(wrong) == 0 {
		id, err = s.assessments.Record(ctx, user, resident.ID, f.ID, sheet)
	}
	return s.kept(w, r, s.newSheet(r, user, resident, f, sheet), wrong, id, err)
}

// kept leads to what was kept, or shows the form once more.
func (s *Site) kept(w http.ResponseWriter, r *http.Request, view assessView, wrong forms.Complaints, id string, err error) error {
	var refused Refusal
	switch {
	case len(wrong) > 0:
		view.Wrong = view.T("sheet.wrong", "n", len(wrong))
	case errors.As(err, &refused):
		view.Wrong = view.T("refusal." + refused.Code)
	case err != nil:
		return err
	default:
		http.Redirect(w, r, "/residents/"+view.Resident.ID+"/assessments/"+id, http.StatusSeeOther)
		return nil
	}
	s.renderSheet(w, http.StatusUnprocessableEntity, view, wrong...)
	return nil
}

// newest is an assessment as it holds now, with its form.
func (s *Site) newest(r *http.Request, user User) (resident Resident, a Assessment, err error) {
	if resident, err = s.residents.Resident(r.Context(), user, chi.URLParam(r, "id")); err != nil {
		return resident, a, fmt.Errorf("read the resident: %w", err)
	}
	versions, err := s.assessments.Versions(r.Context(), user, resident.ID, chi.URLParam(r, "assessment"))
	if err != nil {
		return resident, a, fmt.Errorf("read the assessment: %w", err)
	}
	// What is not known any more cannot be filled in.
	if versions[0].Form == nil || !s.assessments.Keeps(r.Context(), user, resident.ID) {
		return resident, a, ErrNotFound
	}
	return resident, versions[0], nil
}

// newCorrection is a page with an assessment to be corrected.
func (s *Site) newCorrection(r *http.Request, user User, resident Resident, a Assessment, sheet Sheet) assessView {
	view := s.newSheet(r, user, resident, a.Form, sheet)
	view.Back += "/" + a.ID
	view.Action, view.Correcting, view.Withdrawn = view.Back+"/correct", a.Version, a.Withdrawn
	return view
}

func (s *Site) correctSheet(w http.ResponseWriter, r *http.Request, user User) error {
	resident, a, err := s.newest(r, user)
	if err != nil {
		return err
	}
	s.renderSheet(w, http.StatusOK, s.newCorrection(r, user, resident, a, Sheet{
		Answers: a.Answers, Mode: a.Mode, Day: a.Day, NextDue: a.NextDue, Assessor: cmp.Or(a.Assessor, a.By.Name), Note: a.Note,
	}))
	return nil
}

func (s *Site) keepCorrection(w http.ResponseWriter, r *http.Request, user User) error {
	resident, a, err := s.newest(r, user)
	if err != nil {
		return err
	}
	sheet, wrong, err := s.readSheet(r, a.Form)
	if err != nil {
		return err
	}
	reason, err := text(r, "_reason")
	if err != nil {
		return err
	}
	version, err := strconv.Atoi(r.PostFormValue("_version"))
	if err != nil {
		return fmt.Errorf("%w: version %q", errForm, r.PostFormValue("_version"))
	}
	withdrawn := r.PostFormValue("_withdrawn") != ""
	if sheet.Assessor == a.By.Name { // it was the user, and still is
		sheet.Assessor = ""
	}
	if len(wrong) == 0 {
		err = s.assessments.Correct(r.Context(), user, resident.ID, a.ID, version, sheet, reason, withdrawn)
	}
	view := s.newCorrection(r, user, resident, a, sheet)
	view.Correcting, view.Reason, view.Withdrawn = version, reason, withdrawn
	view.Sheet.Assessor = cmp.Or(sheet.Assessor, a.By.Name)
	return s.kept(w, r, view, wrong, a.ID, err)
}
