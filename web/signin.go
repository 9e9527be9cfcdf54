package web

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type signInView struct {
	page
	Login string
	Next  string
	Error string
}

// signInPath is the sign-in's address, with where to go on afterwards.
func signInPath(next string) string {
	if next == "/" {
		return "/sign-in"
	}
	return "/sign-in?" + url.Values{"next": {next}}.Encode()
}

// localPath is next when it is a path of this site, else the board: a link to
// the sign-in must not send people to another site.
func localPath(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n\t") {
		return "/"
	}
	return next
}

func (s *Site) showSignIn(w http.ResponseWriter, r *http.Request) {
	next := localPath(r.URL.Query().Get("next"))
	if _, ok := s.accounts.UserOf(r.Context()); ok {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	s.render(w, http.StatusOK, "sign-in", signInView{page: s.newPage(r, User{}, "signin.title"), Next: next})
}

func (s *Site) signIn(w http.ResponseWriter, r *http.Request) {
	view := signInView{
		page: s.newPage(r, User{}, "signin.title"), Login: strings.TrimSpace(r.PostFormValue("login")), Next: localPath(r.PostFormValue("next")),
	}
	// The page is shown at the address of the form, which has no next in it.
	view.Path = signInPath(view.Next)
	password := r.PostFormValue("password")
	if view.Login == "" || password == "" {
		view.Error = view.T("signin.empty")
		s.render(w, http.StatusUnprocessableEntity, "sign-in", view)
		return
	}
	cookies, err := s.accounts.SignIn(r, view.Login, password)
	var waits Waits
	switch {
	case errors.As(err, &waits):
		wait := max(waits.RetryAfter(), time.Second)
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
		view.Error = view.T("signin.slow", "span", view.span(wait+time.Minute-1))
		s.render(w, http.StatusTooManyRequests, "sign-in", view)
	case errors.Is(err, ErrWrongPassword):
		view.Error = view.T("signin.wrong")
		s.render(w, http.StatusUnauthorized, "sign-in", view)
	case err != nil:
		s.log.ErrorContext(r.Context(), "sign in", "error", err)
		view.Error = view.T("signin.failed")
		s.render(w, http.StatusServiceUnavailable, "sign-in", view)
	default:
		for _, cookie := range cookies {
			http.SetCookie(w, cookie)
		}
		http.Redirect(w, r, view.Next, http.StatusSeeOther)
	}
}

func (s *Site) signOut(w http.ResponseWriter, r *http.Request) {
	cookie, err := s.accounts.SignOut(r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	http.SetCookie(w, cookie)
	http.Redirect(w, r, "/sign-in", http.StatusSeeOther)
}
