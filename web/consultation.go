package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/panels"
)

// consultationView is a question: to an expert with what they go by and the form for
// their opinion or advice, to those who look after the resident with what came of it.
type consultationView struct {
	page
	C *Consultation
	// Who says in a line who it is about, and Printed when the page was made; "" for
	// experts, who are not to know.
	Who, Printed string
	// Q is the question as people read it, with what came of it.
	Q questionView
	// Facts say what is asked, and how; Experts who was.
	Facts    []fileFact
	Experts  []expertLine
	Evidence *evidenceView
	Points   []pointLine
	Opinions []opinionLine
	// Speaks and Advises are set where that is the user's to do now; Spoken where they
	// have given an opinion, whose place another takes.
	Speaks, Spoken, Advises bool
	Form                    viewForm
}

// expertLine is an expert who is asked; Unreached says that they could not be told so,
// and Contact is where that can be put right.
type expertLine struct{ Name, State, Reason, Unreached, Contact string }

// pointLine is how the experts stand on something.
type pointLine struct {
	Words  string
	Differ bool
}

// opinionLine is what an expert has signed.
type opinionLine struct {
	Name, Answer, Confidence string
	Text, Reasons            string
	Changes                  []string
	Signed, Seal             string
	Mine                     bool
}

func (s *Site) consultation(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showConsultation(w, r, user, http.StatusOK, url.Values{}, nil, nil)
}

// showConsultation shows a question, with a form that was not kept if there is one.
func (s *Site) showConsultation(w http.ResponseWriter, r *http.Request, user User, status int, said url.Values, fault PanelFault, rows []string) error {
	c, err := s.panels.Consultation(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the consultation: %w", err)
	}
	view := &consultationView{page: s.newPage(r, user, "consultation.title"), C: &c}
	view.Path = "/consultations/" + c.ID
	if c.Whom.Shows.File {
		if view.Who, view.Printed, err = s.onPaper(r.Context(), &view.page, c.Whom); err != nil {
			return err
		}
	}
	zone := view.zone()
	view.Q = view.question(&c, zone)
	view.Facts = []fileFact{
		{view.T("consultation.panel"), c.PanelName},
		{view.T("consultation.urgency"), view.T("consultation.urgency_" + string(c.Urgency))},
		{view.T("consultation.due"), c.DueAt.In(zone).Format(minuteLayout + " MST")},
		{view.T("consultation.mode"), view.T("consultation.mode_" + string(c.Mode))},
	}
	for _, seat := range c.Seats {
		line := expertLine{Name: c.Names[seat.User] + " (" + seat.Speciality + ")", State: view.T("consultation.seat_" + string(seat.State)), Reason: seat.Reason}
		if way, is := c.Unreached[seat.User]; is {
			line.Unreached, line.Contact = view.unreached(seat.User, way)
		}
		view.Experts = append(view.Experts, line)
	}
	for _, point := range c.Points {
		view.Points = append(view.Points, pointLine{view.does(point.Change, point.Words), !point.Agreed})
	}
	figures := user.Staff || c.Mine != nil // the family reads it in plain words
	if figures && c.Evidence != nil {
		view.Evidence = view.evidenceView(c.Evidence, c.Consultation.Evidence, c.DocumentsGone, s.files.Diagnoses(), zone)
	}
	for i := range c.Opinions {
		if figures {
			view.Opinions = append(view.Opinions, view.opinion(i, zone))
		}
	}
	if mine := c.Mine; mine != nil {
		view.Speaks, view.Spoken, view.Advises = mine.MyTurn, mine.Mine.State == panels.Spoke, mine.Whole
	}
	view.Form = viewForm{locale: view.locale, Said: said, Wrong: view.wrong(fault, rows), Evidence: c.Evidence, Zone: zone, Now: view.Now}
	view.Form.gather(&c)
	s.render(w, status, "consultation", view)
	return nil
}

// unreached says that an expert could not be told that a question waits for them, what
// to do about it, and where; "" where nothing can be done on a page.
func (v *consultationView) unreached(expert string, way WayOut) (says, contact string) {
	switch {
	case expert == v.User.ID:
		return v.T("consultation.unreached_self"), MyContact
	case way.Contact != "":
		return v.T("consultation.unreached"), way.Contact
	case way.Staff:
		return v.T("consultation.unreached_no_contact"), ""
	}
	return v.T("consultation.unreached_ask"), ""
}

// zone is the resident's, which experts are told without who it is.
func (v *consultationView) zone() *time.Location {
	if v.C.Whom.Zone != nil {
		return v.C.Whom.Zone
	}
	if v.C.Evidence != nil {
		if zone, err := time.LoadLocation(v.C.Evidence.Person.TimeZone); err == nil {
			return zone
		}
	}
	return time.UTC
}

func (v *consultationView) opinion(i int, zone *time.Location) opinionLine {
	o := &v.C.Opinions[i]
	line := opinionLine{
		Name: v.C.Names[o.Expert] + " (" + o.Speciality + ")", Answer: v.T("opinion.answer_" + string(o.View.Answer)), Confidence: v.T("opinion.confidence_" + string(o.View.Confidence)),
		Text: o.View.Text, Reasons: o.View.Reasons, Seal: o.Seal, Mine: o.Expert == v.User.ID,
		Signed: v.T("opinion.signed", "time", o.SignedAt.In(zone).Format(minuteLayout), "n", o.Version),
	}
	for k, words := range v.C.Words[i] {
		line.Changes = append(line.Changes, v.does(&o.View.Changes[k], words))
	}
	return line
}

// asked is a question in which the user is asked now.
func (s *Site) asked(r *http.Request, user User, id string) (Consultation, error) {
	c, err := s.panels.Consultation(r.Context(), user, id)
	if err == nil && (c.Mine == nil || c.Evidence == nil) {
		err = ErrNotFound
	}
	if err != nil {
		return c, fmt.Errorf("read the consultation: %w", err)
	}
	return c, nil
}

// signOpinion keeps what an expert says. They go back to their board: with the last
// opinion the case is theirs no more.
func (s *Site) signOpinion(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	form, id := r.PostForm, chi.URLParam(r, "id")
	c, err := s.asked(r, user, id)
	if err != nil {
		return err
	}
	changes, rows, fault := changesOf(form, c.Evidence)
	if len(fault) == 0 {
		err := s.panels.Speak(r.Context(), user, id, panels.View{
			Answer: panels.Answer(form.Get("answer")), Confidence: panels.Confidence(form.Get("confidence")), Text: form.Get("text"), Reasons: form.Get("reasons"), Changes: changes,
		})
		var is bool
		if fault, is = errors.AsType[PanelFault](err); err != nil && !is {
			return fmt.Errorf("sign the opinion: %w", err)
		}
	}
	if len(fault) > 0 {
		return s.showConsultation(w, r, user, http.StatusUnprocessableEntity, form, fault, rows)
	}
	http.Redirect(w, r, "/cases", http.StatusSeeOther)
	return nil
}

func (s *Site) declineToAnswer(w http.ResponseWriter, r *http.Request, user User) error {
	return s.sayReason(w, r, user, "/cases", s.panels.DeclineToAnswer)
}

func (s *Site) withdrawQuestion(w http.ResponseWriter, r *http.Request, user User) error {
	return s.sayReason(w, r, user, "/consultations/"+chi.URLParam(r, "id"), s.panels.Withdraw)
}

// sayReason does what needs a reason and no more.
func (s *Site) sayReason(w http.ResponseWriter, r *http.Request, user User, next string, do func(ctx context.Context, user User, id, reason string) error) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	err := do(r.Context(), user, chi.URLParam(r, "id"), r.PostForm.Get("reason"))
	if fault, is := errors.AsType[PanelFault](err); is {
		return s.showConsultation(w, r, user, http.StatusUnprocessableEntity, r.PostForm, fault, nil)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// publishAdvice keeps what the chair says for the panel: the changes that were picked of
// the opinions, and those that were added.
func (s *Site) publishAdvice(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	form, id := r.PostForm, chi.URLParam(r, "id")
	c, err := s.asked(r, user, id)
	if err != nil {
		return err
	}
	var changes []panels.Change
	var rows []string
	for _, p := range picksOf(&c) {
		for _, chosen := range form["pick"] {
			if chosen == p.key {
				changes, rows = append(changes, p.change), append(rows, "changes")
			}
		}
	}
	added, at, fault := changesOf(form, c.Evidence)
	changes, rows = append(changes, added...), append(rows, at...)
	if len(fault) == 0 {
		err := s.panels.Advise(r.Context(), user, id, Advising{
			Text: form.Get("text"), Plain: panels.Text{EN: form.Get("plain_en"), ZH: form.Get("plain_zh")}, ReviewBy: form.Get("review_by"), Changes: changes, Seen: form["seen"],
		})
		var is bool
		if fault, is = errors.AsType[PanelFault](err); err != nil && !is {
			return fmt.Errorf("publish the advice: %w", err)
		}
	}
	if len(fault) > 0 {
		return s.showConsultation(w, r, user, http.StatusUnprocessableEntity, form, fault, rows)
	}
	http.Redirect(w, r, "/cases", http.StatusSeeOther)
	return nil
}

// decideChange accepts or declines a change that is advised.
func (s *Site) decideChange(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	id, form := chi.URLParam(r, "id"), r.PostForm
	n, err := strconv.Atoi(chi.URLParam(r, "n"))
	if err != nil {
		return ErrNotFound
	}
	switch form.Get("do") {
	case "accept":
		var now *string
		if form.Has("now") {
			seen := form.Get("now")
			now = &seen
		}
		err = s.panels.AcceptChange(r.Context(), user, id, n, form.Get("reason"), now)
	case "decline":
		err = s.panels.DeclineChange(r.Context(), user, id, n, form.Get("reason"))
	default:
		return fmt.Errorf("%w: neither accepted nor declined", errForm)
	}
	if fault, is := errors.AsType[PanelFault](err); is {
		form.Set("decided", strconv.Itoa(n))
		return s.showConsultation(w, r, user, http.StatusUnprocessableEntity, form, fault, nil)
	}
	if err != nil {
		return fmt.Errorf("decide on change %d: %w", n, err)
	}
	http.Redirect(w, r, "/consultations/"+id+"#advice", http.StatusSeeOther)
	return nil
}

func (s *Site) reviewAdvice(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	id := chi.URLParam(r, "id")
	err := s.panels.Review(r.Context(), user, id, r.PostForm.Get("note"), r.PostForm.Get("next_day"))
	if fault, is := errors.AsType[PanelFault](err); is {
		return s.showConsultation(w, r, user, http.StatusUnprocessableEntity, r.PostForm, fault, nil)
	}
	if err != nil {
		return fmt.Errorf("say that the advice was looked at: %w", err)
	}
	http.Redirect(w, r, "/consultations/"+id+"#advice", http.StatusSeeOther)
	return nil
}
