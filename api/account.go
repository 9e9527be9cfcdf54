package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// accountOperations are how who asks signs in.
func (a *API) accountOperations(api huma.API, get, post, patch, ask, remove describe) {
	huma.Register(api, get("read-me", "/me", "Who I am", "me"), a.readMe)
	huma.Register(api, patch("change-me", "/me", "Change the language in which I am shown the pages", "me"), a.changeMe)
	huma.Register(api, guarded(ask("change-my-password", "/me/password", "Choose another password; all my other sessions end", "me")), a.changeMyPassword)
	huma.Register(api, get("list-my-sessions", "/me/sessions", "Where I am signed in", "me"), a.listMySessions)
	huma.Register(api, remove("end-my-sessions", "/me/sessions", "Sign out everywhere but here", "me"), a.endMySessions)
	huma.Register(api, remove("end-my-session", "/me/sessions/{session}", "Sign out in one browser", "me"), a.endMySession)
	huma.Register(api, get("list-my-tokens", "/me/tokens", "My tokens, with what they may and when they were last used", "me"), a.listMyTokens)
	huma.Register(api, post("make-my-token", "/me/tokens", "Make a token for a program; it is shown this once", "me"), a.makeMyToken)
	huma.Register(api, remove("revoke-my-token", "/me/tokens/{token}", "Make a token worthless", "me"), a.revokeMyToken)
}

// guarded is an operation that answers nothing, and that can be tried too often.
func guarded(op huma.Operation) huma.Operation {
	op.DefaultStatus = http.StatusNoContent
	op.Errors = append(op.Errors, http.StatusTooManyRequests)
	return op
}

// InPerson returns who signed the request in with a password, and the session's secret.
// A token does nothing about how its user signs in: whoever has one could keep others,
// or outlive it.
func (a *API) InPerson(ctx context.Context) (records.User, string, error) {
	user, _ := UserOf(ctx)
	c, _ := ctx.Value(credentialKey).(credential)
	if user.ID == "" || c.session == "" {
		return user, "", huma.Error403Forbidden("this is for people who sign in with their password, not for tokens")
	}
	return user, c.session, nil
}

// Me is who asks.
type Me struct {
	ID       string `json:"id"`
	Login    string `json:"login"`
	Name     string `json:"name"`
	Language string `json:"language,omitempty" example:"zh-CN"`
	Role     string `json:"role" enum:"administrator,caregiver,family,expert"`
}

type meOutput struct{ Body Me }

func showMe(u records.User) *meOutput {
	return &meOutput{Me{ID: u.ID, Login: u.Login, Name: u.Name, Language: u.Language, Role: string(u.Role)}}
}

func (a *API) readMe(ctx context.Context, _ *struct{}) (*meOutput, error) {
	user, _ := UserOf(ctx)
	return showMe(user), nil
}

type changeMeInput struct {
	Body struct {
		Language string `json:"language" example:"zh-CN" doc:"Empty for the browser's"`
	}
}

func (a *API) changeMe(ctx context.Context, in *changeMeInput) (*meOutput, error) {
	user, _, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.users.SetLanguage(ctx, user.ID, in.Body.Language); err != nil {
		return nil, a.failed(ctx, "change your language", err)
	}
	if user, err = a.users.Get(ctx, user.ID); err != nil {
		return nil, a.failed(ctx, "read who you are", err)
	}
	return showMe(user), nil
}

type changePasswordInput struct {
	Body struct {
		Before   string `json:"before" maxLength:"1024" doc:"The password of now"`
		Password string `json:"password" maxLength:"1024" doc:"At least 8 characters"`
	}
}

func (a *API) changeMyPassword(ctx context.Context, in *changePasswordInput) (*struct{}, error) {
	err := a.ChangePassword(ctx, in.Body.Before, in.Body.Password)
	if wait, ok := errors.AsType[*TooManyTries](err); ok {
		return nil, tooMany(wait)
	}
	if err != nil {
		return nil, a.failed(ctx, "change your password", err)
	}
	return nil, nil
}

func tooMany(t *TooManyTries) error {
	return huma.ErrorWithHeaders(huma.Error429TooManyRequests(t.Error()), http.Header{"Retry-After": {t.seconds()}})
}

// ChangePassword gives whoever signed in another password, when they know the one of
// before, and signs them out everywhere else. It is a [TooManyTries] when that was
// guessed too often: whoever finds a browser open is not to find out the password.
func (a *API) ChangePassword(ctx context.Context, before, password string) error {
	user, session, err := a.InPerson(ctx)
	if err != nil {
		return err
	}
	keys := map[string]allowance{"password " + user.ID: loginAllowance}
	if wait := a.tries.count(a.now(), keys); wait > 0 {
		return &TooManyTries{wait}
	}
	err = a.users.ChangePassword(ctx, user.ID, before, password, session)
	if !errors.Is(err, records.ErrForbidden) {
		a.tries.takeBack(a.now(), keys)
	}
	return err
}

// Session is a browser in which somebody is signed in.
type Session struct {
	ID        string    `json:"id"`
	Device    string    `json:"device,omitempty" doc:"The family of the browser, and of what it runs on" example:"Firefox, Android"`
	Address   string    `json:"address,omitempty" doc:"Where on the network the sign-in came from"`
	CreatedAt time.Time `json:"created_at"`
	UsedAt    time.Time `json:"used_at" doc:"Within five minutes"`
	ExpiresAt time.Time `json:"expires_at"`
	Current   bool      `json:"current" doc:"It is the one that asks"`
}

type sessionsOutput struct{ Body []Session }

func (a *API) listMySessions(ctx context.Context, _ *struct{}) (*sessionsOutput, error) {
	user, secret, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.users.Sessions(ctx, user.ID, secret)
	if err != nil {
		return nil, a.failed(ctx, "list your sessions", err)
	}
	out := &sessionsOutput{Body: []Session{}}
	for _, s := range list {
		out.Body = append(out.Body, Session{s.ID, s.Device, s.Address, s.CreatedAt, s.UsedAt, s.ExpiresAt, s.Current})
	}
	return out, nil
}

func (a *API) endMySessions(ctx context.Context, _ *struct{}) (*struct{}, error) {
	user, secret, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.users.EndSessions(ctx, user.ID, secret, user.ID); err != nil {
		return nil, a.failed(ctx, "sign you out elsewhere", err)
	}
	return nil, nil
}

// SessionPath names a session.
type SessionPath struct {
	Session string `path:"session" doc:"Session id"`
}

func (a *API) endMySession(ctx context.Context, in *SessionPath) (*struct{}, error) {
	user, _, err := a.InPerson(ctx)
	if err != nil {
		return nil, err
	}
	if err := a.users.EndOneSession(ctx, user.ID, in.Session); err != nil {
		return nil, a.failed(ctx, "sign you out there", err)
	}
	return nil, nil
}
