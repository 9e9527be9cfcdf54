package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
)

// tokenDays are how long a token can be made to last.
var tokenDays = []int{30, 90, 365}

// accountView is how somebody signs in.
type accountView struct {
	page
	Sessions []sessionLine
	Tokens   []tokenLine
	// Secret is that of the token which was just made, to be seen this once.
	Secret string
}

type sessionLine struct {
	Session
	Called, Since, Last string
}

type tokenLine struct {
	Token
	May, Last, Until string
}

// Kinds are the kinds of data to choose from.
func (v accountView) Kinds() []option {
	var list []option
	for _, s := range scopes {
		list = append(list, option{Value: s, Label: v.T("scope." + s), Chosen: s == "status" || s == "vitals"})
	}
	return list
}

// Days are how long a token is to last.
func (v accountView) Days() []option {
	var list []option
	for _, n := range tokenDays {
		list = append(list, option{Value: strconv.Itoa(n), Label: v.span(time.Duration(n) * 24 * time.Hour), Chosen: n == 365})
	}
	return list
}

// Tongues are the languages to choose from.
func (v accountView) Tongues() []option {
	list := []option{{Value: "", Label: v.T("account.browsers_language"), Chosen: v.User.Language == ""}}
	for _, l := range v.Languages {
		list = append(list, option{Value: l.Tag, Label: l.Name(), Chosen: v.User.Language == l.Tag})
	}
	return list
}

func (s *Site) account(w http.ResponseWriter, r *http.Request, user User) error {
	return s.showAccount(w, r, user, "")
}

func (s *Site) showAccount(w http.ResponseWriter, r *http.Request, user User, secret string) error {
	ctx := r.Context()
	view := accountView{page: s.newPage(r, user, "account.title"), Secret: secret}
	view.Path = "/account"
	sessions, err := s.self.Sessions(ctx)
	if err != nil {
		return fmt.Errorf("list sessions: %w", err)
	}
	for _, one := range sessions {
		line := sessionLine{Session: one, Called: one.Device, Since: one.Began.UTC().Format(time.DateOnly), Last: view.age(view.Now.Sub(one.Used))}
		if line.Called == "" {
			line.Called = view.T("account.unknown_device")
		}
		view.Sessions = append(view.Sessions, line)
	}
	tokens, err := s.self.Tokens(ctx)
	if err != nil {
		return fmt.Errorf("list tokens: %w", err)
	}
	for _, one := range tokens {
		view.Tokens = append(view.Tokens, view.tokenLine(one))
	}
	s.render(w, http.StatusOK, "account", view)
	return nil
}

// tokenLine says what a token may, and when it was used.
func (v accountView) tokenLine(t Token) tokenLine {
	line := tokenLine{Token: t, Last: v.T("token.never_used"), Until: v.T("token.no_end")}
	if line.Label == "" {
		line.Label = v.T("token.unnamed")
	}
	if !t.Used.IsZero() {
		line.Last = v.T("token.used", "age", v.age(v.Now.Sub(t.Used)))
	}
	if !t.Expires.IsZero() {
		line.Until = v.T("token.until", "day", t.Expires.UTC().Format(time.DateOnly))
	}
	kinds := make([]string, len(t.Scopes))
	for i, scope := range t.Scopes {
		kinds[i] = v.T("scope." + scope)
	}
	if t.Service {
		kinds = append(kinds, v.T("token.service"))
	}
	how := v.T("token.reads")
	if t.Changes {
		how = v.T("token.changes")
	}
	line.May = how + v.T("token.of") + v.list(kinds)
	return line
}

// list is words one after the other.
func (l *locale) list(words []string) string {
	text := ""
	for i, word := range words {
		if i > 0 {
			text += l.T("list.and")
		}
		text += word
	}
	return text
}

func (s *Site) endSession(ctx context.Context, _ User, id string, _ *http.Request) error {
	return s.self.EndSession(ctx, id)
}

func (s *Site) endOthers(ctx context.Context, _ User, _ string, _ *http.Request) error {
	return s.self.EndOthers(ctx)
}

func (s *Site) changePassword(ctx context.Context, _ User, _ string, r *http.Request) error {
	err := s.self.ChangePassword(ctx, r.PostFormValue("before"), r.PostFormValue("password"))
	if _, ok := errors.AsType[Waits](err); ok {
		return RefusedGuesses
	}
	return err
}

// setLanguage keeps the user's language. What was chosen in this browser gives way to it.
func (s *Site) setLanguage(w http.ResponseWriter, r *http.Request, _ User) error {
	language := r.PostFormValue("language")
	if language != "" && !slices.ContainsFunc(s.languages, func(l *locale) bool { return l.Tag == language }) {
		return fmt.Errorf("%w: language %q", errForm, language)
	}
	if err := s.self.SetLanguage(r.Context(), language); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{Name: languageCookie, Path: "/", MaxAge: -1, HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, "/account", http.StatusSeeOther)
	return nil
}

// makeToken makes a token and shows its secret on the page, which no cache keeps.
func (s *Site) makeToken(w http.ResponseWriter, r *http.Request, user User) error {
	if err := r.ParseForm(); err != nil {
		return fmt.Errorf("%w: %w", errForm, err)
	}
	label, err := text(r, "label")
	if err != nil {
		return err
	}
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || !slices.Contains(tokenDays, days) {
		return fmt.Errorf("%w: days %q", errForm, r.PostFormValue("days"))
	}
	t := Token{
		Label: label, Scopes: r.PostForm["scope"], Service: r.PostFormValue("service") != "", Changes: r.PostFormValue("changes") != "",
		Expires: s.now().Add(time.Duration(days) * 24 * time.Hour),
	}
	for _, scope := range t.Scopes {
		if !slices.Contains(scopes, scope) {
			return fmt.Errorf("%w: scope %q", errForm, scope)
		}
	}
	secret, err := s.self.MakeToken(r.Context(), t)
	if err != nil {
		return err
	}
	return s.showAccount(w, r, user, secret)
}

func (s *Site) revokeToken(ctx context.Context, _ User, _ string, r *http.Request) error {
	return s.self.RevokeToken(ctx, chi.URLParam(r, "token"))
}
