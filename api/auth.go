package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
)

// The cookies: of a person's session, and of a browser in which somebody has signed in
// before. Over HTTPS their names say that no other site, or part of a site, can have
// set them (RFC 6265bis, the prefix __Host-).
const (
	sessionCookie = "anxin_session"
	browserCookie = "anxin_browser"
)

// SessionLength is how long a sign-in lasts at most.
const SessionLength = 30 * 24 * time.Hour

type contextKey int

const (
	userKey contextKey = iota
	credentialKey
	addressKey
)

// credential is how a request signed in, so that a stream can look again
// whether that still holds.
type credential struct{ token, session string }

// UserOf returns who signed the request in.
func UserOf(ctx context.Context) (records.User, bool) {
	u, ok := ctx.Value(userKey).(records.User)
	return u, ok
}

// authenticate finds out who asks. It lets everybody pass: what needs a user
// says so. A wrong token is refused at once rather than taken for none.
func (a *API) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var c credential
		if header := r.Header.Get("Authorization"); header != "" {
			scheme, token, _ := strings.Cut(header, " ")
			if !strings.EqualFold(scheme, "Bearer") {
				unauthorized(w, "want Authorization: Bearer and a token; anxin user token makes one")
				return
			}
			c.token = strings.TrimSpace(token)
		} else if c.session = a.valueOf(r, sessionCookie); c.session != "" {
			if !sameOrigin(r) {
				writeProblem(w, http.StatusForbidden, "the request comes from a page of another site")
				return
			}
		}
		address := a.from(r)
		ctx := context.WithValue(r.Context(), addressKey, address)
		r = r.WithContext(audit.In(ctx, pieceOf(r, address, c)))
		r.RemoteAddr = net.JoinHostPort(address, "0") // for those who count by it
		if c == (credential{}) {
			next.ServeHTTP(w, r)
			return
		}
		user, err := a.userBy(r.Context(), c)
		switch {
		case err == nil:
			if err := a.mayAsk(r, user); err != nil {
				writeError(w, err)
				return
			}
			ctx := a.access.Begin(context.WithValue(r.Context(), userKey, user))
			defer a.finish(ctx)
			r = r.WithContext(context.WithValue(ctx, credentialKey, c))
		case !errors.Is(err, records.ErrSignIn):
			// Not the client's fault, who is to keep the token and try again.
			if r.Context().Err() == nil {
				a.log.ErrorContext(r.Context(), "look for who signs in", "error", err)
			}
			writeProblem(w, http.StatusServiceUnavailable, "who signs in cannot be found out now; try again")
			return
		case c.token != "":
			unauthorized(w, "the token is not known, or has expired")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// mayAsk asks the one check whether whoever signed in may do more than read, where a
// request does.
func (a *API) mayAsk(r *http.Request, u records.User) error {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil
	}
	if err := a.access.MayChange(r.Context(), u); err != nil {
		return a.failed(r.Context(), "check the access", err)
	}
	return nil
}

// pieceOf is what the audit says of a request, without its values.
func pieceOf(r *http.Request, address string, c credential) audit.Piece {
	pattern := chi.RouteContext(r.Context()).RoutePattern()
	p := audit.Piece{Via: audit.Page, What: r.Method + " " + pattern, Address: address, Session: c.session}
	switch {
	case pattern == "/api/v1/events":
		p.Via = audit.Stream
	case strings.HasPrefix(pattern, "/api/"):
		p.Via = audit.API
	}
	return p
}

// finish writes down what the lists of a request have shown.
func (a *API) finish(ctx context.Context) {
	// A client that went away has seen what it was sent.
	if err := a.access.Finish(context.WithoutCancel(ctx)); err != nil {
		a.log.ErrorContext(ctx, "write down who has seen what", "error", err)
	}
}

func (a *API) userBy(ctx context.Context, c credential) (records.User, error) {
	if c.token != "" {
		return a.users.ByToken(ctx, c.token)
	}
	return a.users.BySession(ctx, c.session)
}

// stillSignedIn looks again whether the request's sign-in holds.
func (a *API) stillSignedIn(ctx context.Context) bool {
	c, ok := ctx.Value(credentialKey).(credential)
	if !ok {
		return false
	}
	_, err := a.userBy(ctx, c)
	return !errors.Is(err, records.ErrSignIn) // a database that is away has ended no session
}

// sameOrigin reports whether a request that changes something comes from our
// own pages: browsers send the cookie with requests of other sites' forms too.
func sameOrigin(r *http.Request) bool {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return true
	}
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin" || site == "none"
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true // not a browser of the last ten years
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func unauthorized(w http.ResponseWriter, detail string) {
	w.Header().Set("WWW-Authenticate", `Bearer realm="Anxin"`)
	writeProblem(w, http.StatusUnauthorized, detail)
}

const needSignIn = "sign in, or send a token: Authorization: Bearer"

// requireUser guards what is not an operation of huma's.
func (a *API) requireUser(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := UserOf(r.Context()); !ok {
			unauthorized(w, needSignIn)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// requireAdministrator guards the profiler, which shows the inside of the program.
func (a *API) requireAdministrator(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := a.mayManage(r.Context()); err != nil {
			writeError(w, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// humaRequireUser guards every operation.
func (a *API) humaRequireUser(api huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if _, ok := UserOf(ctx.Context()); !ok {
			ctx.SetHeader("WWW-Authenticate", `Bearer realm="Anxin"`)
			_ = huma.WriteErr(api, ctx, http.StatusUnauthorized, needSignIn)
			return
		}
		next(ctx)
	}
}

// SignIn checks a login and password and starts a session: the cookies to set.
// After too many that failed it is a [TooManyTries] without a look.
func (a *API) SignIn(r *http.Request, login, password string) (records.User, []*http.Cookie, error) {
	ctx := r.Context()
	browser := a.valueOf(r, browserCookie)
	known, err := a.users.KnowsBrowser(ctx, login, browser)
	if err != nil {
		return records.User{}, nil, err
	}
	keys := signInKeys(login, addressOf(ctx))
	if known {
		keys = browserKeys(browser)
	}
	if wait := a.tries.count(a.now(), keys); wait > 0 {
		return records.User{}, nil, &TooManyTries{wait}
	}
	user, err := a.users.Authenticate(ctx, login, password)
	if !errors.Is(err, records.ErrSignIn) {
		a.tries.takeBack(a.now(), keys)
	}
	if err != nil {
		return records.User{}, nil, err
	}
	session := records.Session{UserID: user.ID, Device: deviceOf(r.UserAgent()), Address: addressOf(ctx), ExpiresAt: time.Now().Add(SessionLength)}
	secret, err := a.users.StartSession(ctx, session, a.valueOf(r, sessionCookie))
	if err != nil {
		return records.User{}, nil, err
	}
	if browser, err = a.users.KnowBrowser(ctx, user.ID, browser); err != nil {
		return records.User{}, nil, err
	}
	return user, []*http.Cookie{a.cookie(sessionCookie, secret, SessionLength), a.cookie(browserCookie, browser, records.BrowserLife)}, nil
}

// SignOut ends the request's session: the cookie that removes it.
func (a *API) SignOut(r *http.Request) (*http.Cookie, error) {
	gone := a.cookie(sessionCookie, "", -time.Second)
	secret := a.valueOf(r, sessionCookie)
	if secret == "" {
		return gone, nil
	}
	return gone, a.users.EndSession(r.Context(), secret)
}

func (a *API) cookie(name, value string, age time.Duration) *http.Cookie {
	return &http.Cookie{
		Name: a.cookieName(name), Value: value, Path: "/", MaxAge: int(age.Seconds()),
		HttpOnly: true, Secure: a.secure, SameSite: http.SameSiteLaxMode,
	}
}

func (a *API) cookieName(name string) string {
	if a.secure {
		return "__Host-" + name
	}
	return name
}

// valueOf is what the request's cookie of that name holds, "" without one.
func (a *API) valueOf(r *http.Request, name string) string {
	cookie, err := r.Cookie(a.cookieName(name))
	if err != nil {
		return ""
	}
	return cookie.Value
}
