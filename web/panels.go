package web

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records/panels"
)

// panelsView lists the panels, with a form for a new one.
type panelsView struct {
	page
	Panels []panels.Panel
	Form   panelForm
}

// panelView is a panel.
type panelView struct {
	page
	Form     panelForm
	Figures  figuresView
	Versions []panelVersion
}

type panelVersion struct {
	Version           int
	When, Who, Reason string
}

// panelForm is a panel that is being said.
type panelForm struct {
	*locale
	panels.Panel
	Action  string
	Choices PanelChoices
	Wrong   map[string]string
}

// A form has some empty rows, and rows for as many experts as panels usually have.
const (
	moreRows     = 2
	usualMembers = 4
)

// memberRow is an expert in a form.
type memberRow struct {
	N          int
	Users      []option
	Speciality string
	Chair      bool
}

// Rows are the experts, and empty rows for more.
func (f panelForm) Rows() (rows []memberRow) {
	for i := range max(len(f.Members)+moreRows, usualMembers) {
		row := memberRow{N: i + 1, Users: []option{{Label: f.T("panel.nobody")}}}
		chosen := ""
		if i < len(f.Members) {
			chosen, row.Speciality, row.Chair = f.Members[i].User, f.Members[i].Speciality, f.Members[i].Chair
		}
		for _, e := range f.Choices.Experts {
			name := e.Name
			if !e.Only {
				name = f.T("panel.staff", "name", e.Name)
			}
			row.Users = append(row.Users, option{e.ID, name, e.ID == chosen})
		}
		rows = append(rows, row)
	}
	return rows
}

// openerRow is a rule that puts questions, in a form.
type openerRow struct {
	N            int
	Rules        []option
	Alerts, Days int
}

// OpenerRows are the rules, and empty rows for more.
func (f panelForm) OpenerRows() (rows []openerRow) {
	for i := range len(f.Openers) + moreRows {
		row := openerRow{N: i + 1, Rules: []option{{Label: f.T("panel.no_rule")}}, Alerts: 5, Days: 7}
		chosen := ""
		if i < len(f.Openers) {
			chosen, row.Alerts, row.Days = f.Openers[i].Rule, f.Openers[i].Alerts, f.Openers[i].Days
		}
		for _, r := range f.Choices.Rules {
			row.Rules = append(row.Rules, option{r.ID, f.in(r.Name), r.ID == chosen})
		}
		rows = append(rows, row)
	}
	return rows
}

func (s *Site) panelList(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showPanels(w, r, user, http.StatusOK, panels.Panel{Active: true}, nil)
}

func (s *Site) showPanels(w http.ResponseWriter, r *http.Request, user User, status int, said panels.Panel, fault PanelFault) error {
	all, err := s.panels.All(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list the panels: %w", err)
	}
	choices, err := s.panels.Choices(r.Context(), user)
	if err != nil {
		return fmt.Errorf("look who can be in a panel: %w", err)
	}
	view := panelsView{page: s.newPage(r, user, "panels.title"), Panels: all}
	view.Form = panelForm{locale: view.locale, Panel: said, Action: "/panels", Choices: choices, Wrong: view.wrong(fault, nil)}
	s.render(w, status, "panels", view)
	return nil
}

func (s *Site) panel(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showPanel(w, r, user, http.StatusOK, nil, nil)
}

func (s *Site) showPanel(w http.ResponseWriter, r *http.Request, user User, status int, said *panels.Panel, fault PanelFault) error {
	file, err := s.panels.Panel(r.Context(), user, chi.URLParam(r, "id"))
	if err != nil {
		return fmt.Errorf("read the panel: %w", err)
	}
	choices, err := s.panels.Choices(r.Context(), user)
	if err != nil {
		return fmt.Errorf("look who can be in a panel: %w", err)
	}
	view := panelView{page: s.newPage(r, user, "panels.title")}
	view.Title = file.Name
	view.Figures = view.figures(view.T("panel.figures"), &file.Figures)
	for _, v := range file.Versions {
		view.Versions = append(view.Versions, panelVersion{
			v.Version, v.ChangedAt.UTC().Format(minuteLayout + " MST"), cmp.Or(file.Names[v.ChangedBy], view.T("panel.command_line")), v.Reason,
		})
	}
	shown := file.Panel
	shown.Reason = ""
	if said != nil {
		shown = *said
	}
	view.Form = panelForm{locale: view.locale, Panel: shown, Action: "/panels/" + file.ID, Choices: choices, Wrong: view.wrong(fault, nil)}
	s.render(w, status, "panel", view)
	return nil
}

func (s *Site) keepPanel(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	p, from := panelOf(r.PostForm)
	p.ID = chi.URLParam(r, "id")
	id, err := s.panels.KeepPanel(r.Context(), user, p, from)
	if fault, ok := errors.AsType[PanelFault](err); ok {
		p.Version = from
		if p.ID == "" {
			return s.showPanels(w, r, user, http.StatusUnprocessableEntity, p, fault)
		}
		return s.showPanel(w, r, user, http.StatusUnprocessableEntity, &p, fault)
	}
	if err != nil {
		return fmt.Errorf("keep the panel: %w", err)
	}
	http.Redirect(w, r, "/panels/"+id, http.StatusSeeOther)
	return nil
}

// panelOf reads the form; rows without a user or rule are left out.
func panelOf(form url.Values) (p panels.Panel, from int) {
	p = panels.Panel{Name: form.Get("name"), Active: form.Get("active") != "", Reason: strings.TrimSpace(form.Get("reason"))}
	for i := 1; form.Has("member_" + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		if user := form.Get("member_" + n); user != "" {
			p.Members = append(p.Members, panels.Member{User: user, Speciality: form.Get("speciality_" + n), Chair: form.Get("chair") == n})
		}
	}
	for i := 1; form.Has("rule_" + strconv.Itoa(i)); i++ {
		n := strconv.Itoa(i)
		if rule := form.Get("rule_" + n); rule != "" {
			alerts, _ := strconv.Atoi(form.Get("alerts_" + n)) // anything else is refused as none
			days, _ := strconv.Atoi(form.Get("days_" + n))
			p.Openers = append(p.Openers, panels.Opener{Rule: rule, Alerts: alerts, Days: days})
		}
	}
	from, _ = strconv.Atoi(form.Get("version"))
	return p, from
}
