package web

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-chi/chi/v5"
)

// doorView is a page for somebody who cannot sign in yet.
type doorView struct {
	page
	// Says is what is to be known, Error what was wrong.
	Says, Error string
	// Form is set while there is something to fill in.
	Form        bool
	Login, Name string
	As          string
}

// throughDoor guards pages whose address holds a secret: it goes into no Referer, and
// into no index.
func (s *Site) throughDoor(show func(w http.ResponseWriter, r *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("X-Robots-Tag", "noindex")
		show(w, r)
	}
}

// closed is a door behind which there is nothing.
func (s *Site) closed(w http.ResponseWriter, r *http.Request, status int, key string) {
	view := doorView{page: s.newPage(r, User{}, "door.title")}
	view.Says = view.T(key)
	s.render(w, status, "door", view)
}

func (s *Site) showWelcome(w http.ResponseWriter, r *http.Request) {
	i, err := s.doors.Invited(r.Context(), chi.URLParam(r, "secret"))
	if err != nil {
		s.noDoor(w, r, err)
		return
	}
	view := s.welcomePage(r, i)
	view.Name = i.Name
	s.render(w, http.StatusOK, "welcome", view)
}

func (s *Site) welcomePage(r *http.Request, i Invitation) doorView {
	view := doorView{page: s.newPage(r, User{Language: i.Language}, "welcome.title"), Form: true}
	view.As = view.T("role." + i.Role)
	if i.Resident != "" {
		view.As = view.T("relation." + string(i.Relation))
	}
	return view
}

func (s *Site) welcome(w http.ResponseWriter, r *http.Request) {
	secret := chi.URLParam(r, "secret")
	i, err := s.doors.Invited(r.Context(), secret)
	if err != nil {
		s.noDoor(w, r, err)
		return
	}
	view := s.welcomePage(r, i)
	view.Login, view.Name = strings.TrimSpace(r.PostFormValue("login")), strings.TrimSpace(r.PostFormValue("name"))
	err = s.doors.Accept(r.Context(), secret, Acceptance{Login: view.Login, Name: view.Name, Language: view.Tag, Password: r.PostFormValue("password")})
	if err != nil {
		s.again(w, r, "welcome", view, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

func (s *Site) showReset(w http.ResponseWriter, r *http.Request) {
	if err := s.doors.ResetOf(r.Context(), chi.URLParam(r, "secret")); err != nil {
		s.noDoor(w, r, err)
		return
	}
	s.render(w, http.StatusOK, "reset", doorView{page: s.newPage(r, User{}, "reset.title"), Form: true})
}

func (s *Site) useReset(w http.ResponseWriter, r *http.Request) {
	if err := s.doors.UseReset(r.Context(), chi.URLParam(r, "secret"), r.PostFormValue("password")); err != nil {
		s.again(w, r, "reset", doorView{page: s.newPage(r, User{}, "reset.title"), Form: true}, err)
		return
	}
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}

// again shows a form once more, with what was wrong with it.
func (s *Site) again(w http.ResponseWriter, r *http.Request, name string, view doorView, err error) {
	refused, ok := errors.AsType[Refusal](err)
	if !ok {
		s.noDoor(w, r, err)
		return
	}
	view.Error = view.T("refusal." + refused.Code)
	s.render(w, http.StatusUnprocessableEntity, name, view)
}

func (s *Site) noDoor(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, ErrNoLink) && !s.missed.allow(r, s.now()) {
		s.closed(w, r, http.StatusTooManyRequests, "tap.too_many")
		return
	}
	if errors.Is(err, ErrNoLink) {
		s.closed(w, r, http.StatusNotFound, "door.none")
		return
	}
	s.fail(w, r, err)
}

func (s *Site) showForgot(w http.ResponseWriter, r *http.Request) {
	view := doorView{page: s.newPage(r, User{}, "forgot.title"), Form: s.doors.MayForget()}
	if !view.Form {
		view.Says = view.T("forgot.ask")
	}
	s.render(w, http.StatusOK, "forgot", view)
}

// forgot answers the same whether the login is anybody's or not.
func (s *Site) forgot(w http.ResponseWriter, r *http.Request) {
	view := doorView{page: s.newPage(r, User{}, "forgot.title")}
	status, key := http.StatusOK, "forgot.sent"
	err := s.doors.Forgot(r.Context(), r.PostFormValue("login"))
	if _, ok := errors.AsType[Waits](err); ok {
		status, key = http.StatusTooManyRequests, "tap.too_many"
	} else if err != nil {
		s.fail(w, r, err)
		return
	}
	view.Says = view.T(key)
	s.render(w, status, "forgot", view)
}
