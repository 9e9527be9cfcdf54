package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/panels"
)

var (
	urgencies = []string{"routine", "soon", "urgent"}
	turns     = []string{"blind", "in_turn"}
)

// askView is the form for a question to experts.
type askView struct {
	page
	Resident Resident
	Asking
	Said  url.Values
	Wrong map[string]string
}

// Here is where the form is, with the advice that is to be looked at again.
func (v *askView) Here() string {
	at := "/residents/" + v.Resident.ID + "/consultations/new"
	if again := v.Said.Get("reviews"); again != "" {
		at += "?" + url.Values{"reviews": {again}}.Encode()
	}
	return at
}

// options are a list to choose from, by the beginning of their keys.
func (l *locale) options(prefix string, values []string, chosen string) (list []option) {
	for _, value := range values {
		list = append(list, option{value, l.T(prefix + value), value == chosen})
	}
	return list
}

// Urgencies are how soon an answer is wanted.
func (v *askView) Urgencies() []option {
	return v.options("consultation.urgency_", urgencies, v.Said.Get("urgency"))
}

// Turns are who of the experts sees what others said.
func (v *askView) Turns() []option {
	chosen := v.Said.Get("mode")
	if chosen == "" {
		chosen = turns[0]
	}
	return v.options("consultation.mode_", turns, chosen)
}

// To are the panels to choose from.
func (v *askView) To() (list []option) {
	for _, p := range v.Panels {
		var with []string
		for _, m := range p.Members {
			with = append(with, m.Speciality)
		}
		list = append(list, option{p.ID, p.Name + " (" + strings.Join(with, v.T("list.and")) + ")", p.ID == v.Said.Get("panel")})
	}
	return list
}

// Again are the advice that could be looked at again.
func (v *askView) Again() []option {
	list := []option{{"", v.T("ask.reviews_none"), v.Said.Get("reviews") == ""}}
	for _, a := range v.Reviews {
		label := a.SignedAt.In(v.Resident.Zone).Format(time.DateOnly) + " " + short(a.Guidance.Plain.In(v.Tag))
		list = append(list, option{a.ID, label, a.ID == v.Said.Get("reviews")})
	}
	return list
}

// short is the beginning of a text.
func short(text string) string {
	const most = 60
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

// Papers are the documents that can be put to the question.
func (v *askView) Papers() (list []option) {
	for _, d := range v.Documents {
		list = append(list, option{d.ID, words(d.Title, v.T("choice.sort."+d.Sort), d.On), slices.Contains(v.Said["document"], d.ID)})
	}
	return list
}

func (s *Site) askPanel(w http.ResponseWriter, r *http.Request, user User) error {
	said := url.Values{}
	if again := r.URL.Query().Get("reviews"); again != "" {
		said.Set("reviews", again)
	}
	return s.showAsk(w, r, user, http.StatusOK, said, nil)
}

func (s *Site) showAsk(w http.ResponseWriter, r *http.Request, user User, status int, said url.Values, fault PanelFault) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	view := askView{page: s.newPage(r, user, "ask.title"), Resident: resident, Said: said}
	if view.Asking, err = s.panels.Asking(r.Context(), user, resident.ID); err != nil {
		return fmt.Errorf("look what can be asked about resident %s: %w", resident.ID, err)
	}
	view.Wrong = view.wrong(fault, nil)
	s.render(w, status, "ask", &view)
	return nil
}

// panelFields are the fields of panels' forms of which something may be wrong.
var panelFields = []string{
	"question", "due", "urgency", "mode", "text", "reasons", "answer", "confidence", "plain", "review_by", "change", "changes", "reason", "note", "next", "name", "members", "openers", "opinions", "documents", "other",
}

// wrong says what is wrong with each field; of changes it is at the rows of the form at
// which they stand.
func (l *locale) wrong(fault PanelFault, rows []string) map[string]string {
	says := map[string]string{}
	for _, field := range fault {
		var i int
		if n, _ := fmt.Sscanf(field, "changes[%d]", &i); n == 1 && i < len(rows) {
			says[rows[i]] = l.T("panel.wrong_change")
			continue
		}
		field, _, _ = strings.Cut(field, ".")
		field, _, _ = strings.Cut(field, "[")
		known := "other"
		for _, name := range panelFields {
			if name == field {
				known = name
			}
		}
		says[known] = l.T("panel.wrong_" + known)
	}
	return says
}

func (s *Site) putQuestion(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	said := r.PostForm
	q := panels.Question{
		Panel: said.Get("panel"), Text: said.Get("question"), Urgency: panels.Urgency(said.Get("urgency")), Mode: panels.Mode(said.Get("mode")), Reviews: said.Get("reviews"), Documents: said["document"],
	}
	if day := said.Get("due"); day != "" {
		at, err := time.ParseInLocation(time.DateOnly, day, resident.Zone)
		if err != nil {
			return s.showAsk(w, r, user, http.StatusUnprocessableEntity, said, PanelFault{"due"})
		}
		q.Due = at.Add(18 * time.Hour) // by the evening of the day
	}
	id, err := s.panels.Ask(r.Context(), user, resident.ID, q)
	if fault, ok := errors.AsType[PanelFault](err); ok {
		return s.showAsk(w, r, user, http.StatusUnprocessableEntity, said, fault)
	}
	if err != nil {
		return fmt.Errorf("put a question about resident %s: %w", resident.ID, err)
	}
	http.Redirect(w, r, "/residents/"+chi.URLParam(r, "id")+"/consultations#c-"+id, http.StatusSeeOther)
	return nil
}
