package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"
)

// sexes are those to choose from.
var sexes = []string{"female", "male", "other", "unknown"}

// identityForm is who somebody is, to be filled in.
type identityForm struct {
	Identity
	l     *locale
	Homes []Place
	// Fixed: somebody else says where they live.
	Fixed bool
}

// Sexes are those to choose from.
func (f identityForm) Sexes() (list []option) {
	for _, sex := range sexes {
		list = append(list, option{Value: sex, Label: f.l.T("sex." + sex), Chosen: sex == f.Sex || sex == "unknown" && f.Sex == ""})
	}
	return list
}

// Places are the homes to choose from.
func (f identityForm) Places() []option {
	list := []option{{Value: "", Label: f.l.T("identity.no_home"), Chosen: f.Home == ""}}
	for _, home := range f.Homes {
		list = append(list, option{Value: home.ID, Label: home.Name, Chosen: home.ID == f.Home})
	}
	return list
}

type identityView struct {
	page
	Resident Resident
	File     IdentityFile
	Form     identityForm
	Versions []saidLine
	Merges   []mergedLine
}

type saidLine struct{ Clock, By, Says, Reason string }

type mergedLine struct {
	Merged
	Says, Undone string
}

func (s *Site) identity(w http.ResponseWriter, r *http.Request, user User) error {
	resident, err := s.fileOf(r, user)
	if err != nil {
		return err
	}
	file, err := s.identities.Identity(r.Context(), user, resident.ID)
	if err != nil {
		return fmt.Errorf("read who resident %s is: %w", resident.ID, err)
	}
	view := identityView{page: s.newPage(r, user, "identity.title"), Resident: resident, File: file}
	view.Title = view.T("identity.of", "name", resident.Name)
	view.Form = identityForm{Identity: file.Identity, l: view.locale, Homes: file.Homes, Fixed: len(file.Homes) == 0}
	for _, v := range file.Versions {
		by := v.By
		if by == "" {
			by = view.T("identity.by_nobody")
		}
		view.Versions = append(view.Versions, saidLine{minute(v.At, resident.Zone), by, view.identityIn(v.Identity), v.Reason})
	}
	view.Merges = view.mergedLines(file.Merges, resident)
	s.render(w, http.StatusOK, "identity", view)
	return nil
}

// identityIn is who somebody is, in a line.
func (l *locale) identityIn(is Identity) string {
	parts := []string{is.Name, is.Born}
	if is.Sex != "" && is.Sex != "unknown" {
		parts = append(parts, l.T("sex."+is.Sex))
	}
	parts = append(parts, strings.TrimSpace(is.HomeName+" "+is.Room), is.Called, is.Phone, is.TimeZone, is.Language)
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

func (p *page) mergedLines(list []Merged, resident Resident) (lines []mergedLine) {
	for _, m := range list {
		line := mergedLine{Merged: m}
		values := []any{"name", m.Other.Name, "time", minute(m.At, resident.Zone), "by", m.By}
		if m.Other.ID == resident.ID {
			values[1] = m.Survivor.Name
		}
		line.Says = p.T("merged.with", values...)
		if !m.UndoneAt.IsZero() {
			line.Undone = p.T("merged.undone", "time", minute(m.UndoneAt, resident.Zone), "by", m.UndoneBy)
		}
		lines = append(lines, line)
	}
	return lines
}

func readIdentity(r *http.Request) Identity {
	field := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	return Identity{
		Name: field("name"), Born: field("born"), Sex: field("sex"), Home: field("home"), Room: field("room"), Called: field("called"),
		TimeZone: field("time_zone"), Language: field("language"), Phone: field("phone"), IDNumber: field("id_number"),
	}
}

func (s *Site) correctIdentity(ctx context.Context, user User, resident string, r *http.Request) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(r.PostFormValue("version"))
	if err != nil {
		return fmt.Errorf("%w: version %q", errForm, r.PostFormValue("version"))
	}
	return s.identities.Correct(ctx, user, resident, readIdentity(r), reason, from)
}

func (s *Site) undoMerge(ctx context.Context, user User, resident string, r *http.Request) error {
	reason, err := text(r, "reason")
	if err != nil {
		return err
	}
	return s.identities.Undo(ctx, user, resident, chi.URLParam(r, "merge"), reason)
}

// newcomerView is the form for somebody new, with who may be the same person.
type newcomerView struct {
	page
	Form   identityForm
	Alike  []alikeView
	Hidden string
	// Asked are those who were shown.
	Asked []string
}

// alikeView is somebody as they are compared.
type alikeView struct {
	Likeness
	Facts  []fileFact
	Why    string
	Strong bool
}

// alike shows somebody as they are compared.
func (l *locale) alike(who Likeness) alikeView {
	v := alikeView{Likeness: who, Strong: who.Likely}
	for _, f := range []fileFact{
		{l.T("identity.name"), who.Name}, {l.T("identity.born"), who.Born}, {l.T("identity.sex"), l.T("sex." + cmp.Or(who.Sex, "unknown"))}, {l.T("identity.home"), strings.TrimSpace(who.HomeName + " " + who.Room)},
		{l.T("identity.phone"), who.Phone}, {l.T("identity.id_number"), who.IDNumber}, {l.T("identity.address"), who.Address},
	} {
		if f.Value != "" {
			v.Facts = append(v.Facts, f)
		}
	}
	said := make([]string, len(who.Reasons))
	for i, reason := range who.Reasons {
		said[i] = l.T("alike." + reason)
	}
	v.Why = strings.Join(said, l.T("list.and"))
	return v
}

func (s *Site) showNewcomer(w http.ResponseWriter, r *http.Request, user User) error {
	return s.newcomer(w, r, user, Identity{}, Alike{}, http.StatusOK)
}

func (s *Site) newcomer(w http.ResponseWriter, r *http.Request, user User, is Identity, found Alike, status int) error {
	homes, err := s.identities.Homes(r.Context(), user)
	if err != nil {
		return fmt.Errorf("list homes: %w", err)
	}
	view := newcomerView{page: s.newPage(r, user, "newcomer.title")}
	view.Form = identityForm{Identity: is, l: view.locale, Homes: homes}
	for _, who := range found.People {
		view.Alike = append(view.Alike, view.alike(who))
		view.Asked = append(view.Asked, who.ID)
	}
	if found.Hidden > 0 {
		view.Hidden = view.T("newcomer.hidden")
	}
	s.render(w, status, "newcomer", view)
	return nil
}

func (s *Site) addNewcomer(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	is := readIdentity(r)
	id, found, err := s.identities.New(r.Context(), user, is, r.PostForm["not"])
	if err != nil {
		return err
	}
	if id == "" {
		return s.newcomer(w, r, user, is, found, http.StatusConflict)
	}
	http.Redirect(w, r, "/residents/"+id, http.StatusSeeOther)
	return nil
}
