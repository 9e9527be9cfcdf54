package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// browser asks as somebody who has signed in with a password.
type browser struct {
	w       *world
	cookies string
}

func (w *world) browser(login string) browser {
	w.t.Helper()
	_, cookies, err := w.signIn("", login, "long enough")
	if err != nil {
		w.t.Fatal(err)
	}
	return browser{w, cookies[0].Name + "=" + cookies[0].Value}
}

// ask sends a request and reads what it answers into an object, unless that is nil.
func (b browser) ask(method, path, body string, status int, into any) {
	b.w.t.Helper()
	resp, text := b.w.request(method, path, body, "", "Cookie", b.cookies)
	if resp.StatusCode != status {
		b.w.t.Fatalf("%s %s: %s %s, want %d", method, path, resp.Status, text, status)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		b.w.t.Fatalf("%s %s: %v in %s", method, path, err, text)
	}
}

func TestMyAccount(t *testing.T) {
	w := newWorld(t)
	here, phone := w.browser("family"), w.browser("family")
	var sessions []api.Session
	here.ask("GET", "/api/v1/me/sessions", "", http.StatusOK, &sessions)
	if len(sessions) != 2 || sessions[0].Device != "Firefox, Linux" || sessions[0].Current == sessions[1].Current {
		t.Fatalf("%+v", sessions)
	}
	for _, s := range sessions {
		if !s.Current {
			here.ask("DELETE", "/api/v1/me/sessions/"+s.ID, "", http.StatusNoContent, nil)
			here.ask("DELETE", "/api/v1/me/sessions/"+s.ID, "", http.StatusNotFound, nil)
		}
	}
	phone.ask("GET", "/api/v1/me", "", http.StatusUnauthorized, nil)
	phone = w.browser("family")
	here.ask("DELETE", "/api/v1/me/sessions", "", http.StatusNoContent, nil)
	phone.ask("GET", "/api/v1/me", "", http.StatusUnauthorized, nil)

	var me api.Me
	here.ask("PATCH", "/api/v1/me", `{"language":"zh-cn"}`, http.StatusOK, &me)
	if me.Language != "zh-CN" || me.Role != "family" {
		t.Errorf("%+v", me)
	}
	phone = w.browser("family")
	here.ask("POST", "/api/v1/me/password", `{"before":"wrong one","password":"another one"}`, http.StatusForbidden, nil)
	here.ask("POST", "/api/v1/me/password", `{"before":"long enough","password":"short"}`, http.StatusUnprocessableEntity, nil)
	here.ask("POST", "/api/v1/me/password", `{"before":"long enough","password":"another one"}`, http.StatusNoContent, nil)
	here.ask("GET", "/api/v1/me", "", http.StatusOK, &me)
	phone.ask("GET", "/api/v1/me", "", http.StatusUnauthorized, nil)
	for range 9 { // whoever finds the browser open does not find out the password
		here.ask("POST", "/api/v1/me/password", `{"before":"a guess","password":"long enough"}`, http.StatusForbidden, nil)
	}
	resp, body := w.request("POST", "/api/v1/me/password", `{"before":"another one","password":"long enough"}`, "", "Cookie", here.cookies)
	if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("Retry-After") == "" {
		t.Errorf("after so many guesses: %s %v %s", resp.Status, resp.Header, body)
	}
}

func TestMyTokens(t *testing.T) {
	w := newWorld(t)
	b := w.browser("administrator")
	var made struct {
		api.Token
		Secret string
	}
	b.ask("POST", "/api/v1/me/tokens", `{"label":"wall","scopes":["vitals","status"]}`, http.StatusCreated, &made)
	if len(made.Scopes) != 2 || made.Service || made.Changes || made.ExpiresAt == nil || time.Until(*made.ExpiresAt) < 364*24*time.Hour {
		t.Errorf("%+v", made)
	}
	if resp, body := w.request("GET", "/api/v1/residents/li/latest", "", made.Secret); resp.StatusCode != http.StatusOK {
		t.Errorf("%s %s", resp.Status, body)
	}
	var list []api.Token
	b.ask("GET", "/api/v1/me/tokens", "", http.StatusOK, &list)
	if len(list) != 2 || list[1].UsedAt == nil || list[1].Label != "wall" {
		t.Errorf("%+v", list)
	}
	b.ask("POST", "/api/v1/me/tokens", `{"scopes":["all"]}`, http.StatusUnprocessableEntity, nil)
	b.ask("POST", "/api/v1/me/tokens", `{}`, http.StatusUnprocessableEntity, nil)
	b.ask("DELETE", "/api/v1/me/tokens/"+made.ID, "", http.StatusNoContent, nil)
	if resp, _ := w.request("GET", "/api/v1/residents/li/latest", "", made.Secret); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a revoked one: %s", resp.Status)
	}
	// What a token is, another cannot say.
	for _, path := range []string{"/api/v1/me/tokens", "/api/v1/me/sessions"} {
		if resp, _ := w.request("GET", path, "", w.tokens[records.Administrator]); resp.StatusCode != http.StatusForbidden {
			t.Errorf("GET %s with a token: %s", path, resp.Status)
		}
	}
}

// forVitals are what an administrator's token for vitals and status may ask for; all
// else that there is refuses it, also what comes to be.
var forVitals = map[string]int{
	"GET /api/v1/residents": 200, "GET /api/v1/residents/{id}/latest": 200, "GET /api/v1/residents/{id}/readings": 200,
	"GET /api/v1/residents/{id}": 200, "GET /api/v1/residents/{id}/duty": 200, "GET /api/v1/residents/{id}/care-team": 200,
	"GET /api/v1/residents/{id}/situations": 200, "GET /api/v1/residents/{id}/situations/history": 200, "GET /api/v1/situations": 200,
	"GET /api/v1/alerts": 200, "GET /api/v1/alerts/{id}": 404, "GET /api/v1/deliveries/{id}": 404, "GET /api/v1/alerts/{id}/deliveries": 404, "GET /api/v1/alerts/{id}/escalation": 404, // none of those that there are
	"GET /api/v1/metrics": 200, "GET /api/v1/diagnoses": 200, "GET /api/v1/me": 200, "GET /api/v1/events": 200,
	"GET /api/v1/holidays": 200, "GET /api/v1/reminder-presets": 200, "GET /api/v1/consent-texts/{purpose}": 200,
	"GET /api/v1/forms": 200, "GET /api/v1/forms/{id}": 404, // of nobody
	"GET /api/v1/residents/{id}/weeks/{week}": 200,                                   // what was measured in it, and no more
	"GET /api/v1/panels":                      200, "GET /api/v1/consultations": 200, // none of its own
	"GET /api/v1/consultations/{id}": 404, "GET /api/v1/consultations/{id}/advice": 404, "GET /api/v1/consultations/{id}/effect": 404,
	"GET /api/v1/consultations/{id}/evidence": 404, "GET /api/v1/consultations/{id}/documents/{n}": 404, "GET /api/v1/consultations/{id}/opinions": 404, // of nobody
	"GET /api/v1/assessments/due": 200, // none of those whose files it may not see
}

func TestATokenWithBoundsWalksEveryRoute(t *testing.T) {
	w := newWorld(t)
	admin, err := w.users.ByLogin(t.Context(), "administrator")
	if err != nil {
		t.Fatal(err)
	}
	secret, _, err := w.users.IssueToken(t.Context(), records.Token{
		UserID: admin.ID, Bound: records.Bound{Bounded: true, Scope: records.Status | records.Vitals},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	err = chi.Walk(w.api.Router(), func(method, route string, _ http.Handler, _ ...func(http.Handler) http.Handler) error {
		if open[route] || method == http.MethodHead {
			return nil
		}
		name := method + " " + route
		want, ok := forVitals[name]
		if !ok {
			want = http.StatusForbidden
		}
		if route == "/api/v1/events" {
			method = http.MethodHead // it would never end
		}
		path := named.Replace(route)
		if strings.HasSuffix(route, "/readings") {
			path += "?metric=heart_rate"
		}
		if resp, body := w.request(method, path, bodies[name], secret); resp.StatusCode != want {
			t.Errorf("%s: %s %s, want %d", name, resp.Status, body, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Behind one proxy all have one address. Who guesses there keeps nobody out who has
// signed in before.
func TestGuessingKeepsNobodyOut(t *testing.T) {
	w := newWorld(t)
	_, cookies, err := w.signIn("", "caregiver", "long enough")
	if err != nil {
		t.Fatal(err)
	}
	known := cookies[1]
	if known.MaxAge != int(records.BrowserLife.Seconds()) || !known.HttpOnly {
		t.Errorf("%+v", known)
	}
	tooMany := func(err error) bool { var many *api.TooManyTries; return errors.As(err, &many) }
	for range 15 {
		if _, _, err := w.signIn("", "caregiver", "a guess"); err == nil {
			t.Fatal("the guess was right")
		}
	}
	if _, _, err := w.signIn("", "caregiver", "long enough"); !tooMany(err) {
		t.Errorf("in a new browser: %v", err)
	}
	_, cookies, err = w.signIn("", "caregiver", "long enough", known)
	if err != nil {
		t.Fatalf("in her own browser: %v", err)
	}
	// The cookie is hers alone, and good for her login alone; and it was replaced.
	if _, _, err := w.signIn("", "caregiver", "long enough", known); !tooMany(err) {
		t.Errorf("with the cookie of before: %v", err)
	}
	for range 15 {
		if _, _, err = w.signIn("", "administrator", "a guess", cookies[1]); err == nil {
			t.Fatal("the guess was right")
		}
	}
	if !tooMany(err) {
		t.Errorf("with another's cookie one can guess on: %v", err)
	}
	for range 15 { // whoever has it, as a stolen tablet does, guesses no more than others
		_, _, err = w.signIn("", "caregiver", "a guess", cookies[1])
	}
	if !tooMany(err) {
		t.Errorf("in her browser one can guess on: %v", err)
	}
}

func TestCookiesOverHTTPS(t *testing.T) {
	w := newWorld(t, func(c *api.Config) { c.SecureCookies = true })
	_, cookies, err := w.signIn("", "family", "long enough")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.Secure || !c.HttpOnly || c.Path != "/" || c.Domain != "" || c.SameSite != http.SameSiteLaxMode {
			t.Errorf("%+v", c)
		}
	}
	if resp, _ := w.request("GET", "/api/v1/me", "", "", "Cookie", cookies[0].Name+"="+cookies[0].Value); resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	// What another part of the site could have set is nobody's session.
	if resp, _ := w.request("GET", "/api/v1/me", "", "", "Cookie", "anxin_session="+cookies[0].Value); resp.StatusCode != http.StatusUnauthorized {
		t.Error(resp.Status)
	}
}

// letters keeps what would be sent.
type letters struct {
	sent    chan string
	failing bool
}

func (l *letters) Check(address string) error {
	if !strings.Contains(address, "@") {
		return errors.New("has no @")
	}
	return nil
}

func (l *letters) Invite(_ context.Context, address, language, link string) error {
	if l.failing {
		return errors.New("the mail server is away")
	}
	l.sent <- address + " " + language + " " + link
	return nil
}

func (l *letters) Reset(ctx context.Context, address, language, link string) error {
	return l.Invite(ctx, address, language, link)
}

func TestInvitingOverTheAPI(t *testing.T) {
	mail := &letters{sent: make(chan string, 10)}
	w := newWorld(t, func(c *api.Config) { c.Letters, c.PublicURL = mail, "https://anxin.example.org/" })
	b := w.browser("administrator")
	var made struct {
		api.Invitation
		Link string
	}
	b.ask("POST", "/api/v1/invitations", `{"role":"family","resident":"li","relation":"family","name":"Hong"}`, http.StatusCreated, &made)
	secret, ok := strings.CutPrefix(made.Link, "https://anxin.example.org/welcome/")
	if !ok || made.Resident != "li" {
		t.Fatalf("%+v", made)
	}
	if _, err := w.users.Accept(t.Context(), secret, records.Acceptance{Login: "hong", Password: "long enough", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	w.browser("hong").ask("GET", "/api/v1/residents/li/latest", "", http.StatusOK, nil)

	made.Link = ""
	b.ask("POST", "/api/v1/invitations", `{"role":"caregiver","email":"wu@example.org","language":"zh-CN"}`, http.StatusCreated, &made)
	if got := <-mail.sent; made.Link != "" || !strings.HasPrefix(got, "wu@example.org zh-CN https://anxin.example.org/welcome/") {
		t.Errorf("%+v %s", made, got)
	}
	b.ask("POST", "/api/v1/invitations", `{"role":"caregiver","email":"wu"}`, http.StatusUnprocessableEntity, nil)
	mail.failing = true
	b.ask("POST", "/api/v1/invitations", `{"role":"caregiver","email":"zhou@example.org"}`, http.StatusInternalServerError, nil)
	var list []api.Invitation
	b.ask("GET", "/api/v1/invitations", "", http.StatusOK, &list)
	if len(list) != 1 || list[0].Email != "wu@example.org" {
		t.Errorf("%+v", list)
	}
	b.ask("DELETE", "/api/v1/invitations/"+list[0].ID, "", http.StatusNoContent, nil)
	b.ask("DELETE", "/api/v1/invitations/"+list[0].ID, "", http.StatusNotFound, nil)

	w = newWorld(t)
	w.browser("administrator").ask("POST", "/api/v1/invitations", `{"role":"caregiver","email":"wu@example.org"}`, http.StatusConflict, nil)
	w.browser("caregiver").ask("POST", "/api/v1/invitations", `{"role":"caregiver"}`, http.StatusForbidden, nil)
}

func TestUsersOverTheAPI(t *testing.T) {
	w := newWorld(t)
	b, nurse := w.browser("administrator"), w.browser("caregiver")
	var users []api.User
	b.ask("GET", "/api/v1/users", "", http.StatusOK, &users)
	ids := map[string]string{}
	for _, u := range users {
		ids[u.Login] = u.ID
	}
	path := "/api/v1/users/" + ids["caregiver"]
	b.ask("DELETE", path+"/sessions", "", http.StatusNoContent, nil)
	nurse.ask("GET", "/api/v1/me", "", http.StatusUnauthorized, nil)

	var link api.Link
	b.ask("POST", path+"/reset", "", http.StatusCreated, &link)
	secret, ok := strings.CutPrefix(link.Link, "/reset/")
	if !ok {
		t.Fatalf("%+v", link)
	}
	if _, err := w.users.UseReset(t.Context(), secret, "even longer"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.signIn("", "caregiver", "even longer"); err != nil {
		t.Error(err)
	}
	var tokens []api.Token
	b.ask("GET", path+"/tokens", "", http.StatusOK, &tokens)
	if len(tokens) != 1 || len(tokens[0].Scopes) != 5 || !tokens[0].Changes {
		t.Errorf("%+v", tokens)
	}
	var u api.User
	b.ask("PATCH", path, `{"disabled":true}`, http.StatusOK, &u)
	if resp, _ := w.request("GET", "/api/v1/me", "", w.tokens[records.Caregiver]); u.DisabledAt == nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("disabled: %+v, the token: %s", u, resp.Status)
	}
	u = api.User{}
	b.ask("PATCH", path, `{"disabled":false,"role":"expert"}`, http.StatusOK, &u)
	if u.DisabledAt != nil || u.Role != "expert" {
		t.Errorf("%+v", u)
	}
	b.ask("DELETE", path+"/tokens/"+tokens[0].ID, "", http.StatusNoContent, nil)
	b.ask("PATCH", "/api/v1/users/"+ids["administrator"], `{"disabled":true}`, http.StatusConflict, nil)
}

// Who asks for another password is told nothing, and written to if there is an address.
func TestForgotten(t *testing.T) {
	mail := &letters{sent: make(chan string, 10)}
	w := newWorld(t, func(c *api.Config) { c.Letters, c.PublicURL = mail, "https://anxin.example.org" })
	ctx := t.Context()
	family, err := w.users.ByLogin(ctx, "family")
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.people.AddContact(ctx, records.Contact{Name: "Hong", User: family.ID, TimeZone: "Asia/Shanghai"})
	if err != nil {
		t.Fatal(err)
	}
	forgot := func(login string) {
		t.Helper()
		if err := w.api.Forgot(ctx, login); err != nil {
			t.Fatalf("%s: %v", login, err)
		}
		w.api.AwaitLetters()
	}
	channel, err := w.people.AddChannel(ctx, records.Channel{Contact: c.ID, Kind: records.Email, Address: "hong@example.org"})
	if err != nil {
		t.Fatal(err)
	}
	forgot("family")
	if len(mail.sent) > 0 {
		t.Errorf("to an address that nobody has confirmed: %s", <-mail.sent)
	}
	if err := w.people.ChannelConfirmed(ctx, w.records, channel.ID, noon); err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"ghost", "caregiver", "", "\xff"} {
		forgot(login)
	}
	if len(mail.sent) > 0 {
		t.Errorf("to whom: %s", <-mail.sent)
	}
	forgot(" Family")
	got := <-mail.sent
	secret, ok := strings.CutPrefix(got, "hong@example.org  https://anxin.example.org/reset/")
	if !ok {
		t.Fatal(got)
	}
	for range 5 {
		forgot("family")
	}
	if len(mail.sent) != 1 { // three an hour, with the one that had no address
		t.Errorf("%d more letters", len(mail.sent))
	}
	if _, err := w.users.UseReset(ctx, secret, "another one"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.signIn("", "family", "another one"); err != nil {
		t.Error(err)
	}
	var many *api.TooManyTries
	for i := 0; i < 30 && err == nil; i++ {
		err = w.api.Forgot(ctx, "ghost")
		w.api.AwaitLetters()
	}
	if !errors.As(err, &many) {
		t.Errorf("one address asks on and on: %v", err)
	}
}

// Who is disabled, or signed out, hears nothing more on a stream that is open.
func TestStreamsEndWithTheirSignIn(t *testing.T) {
	w := newWorld(t)
	b := w.browser("caregiver")
	for what, c := range map[string]struct {
		login, header, value string
		end                  func(id string) error
	}{
		"signed out": {"caregiver", "Cookie", b.cookies, func(id string) error { return w.users.EndSessions(t.Context(), id, "", "") }},
		"disabled":   {"family", "Authorization", "Bearer " + w.tokens[records.Family], func(id string) error { return w.users.Disable(t.Context(), id, "") }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel() // each waits for some seconds
			user, err := w.users.ByLogin(t.Context(), c.login)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			req, err := http.NewRequestWithContext(ctx, "GET", w.server.URL+"/api/v1/events", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set(c.header, c.value)
			resp, err := http.DefaultClient.Do(req)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatalf("%v %v", resp, err)
			}
			defer resp.Body.Close()
			began := time.Now()
			if err := c.end(user.ID); err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadAll(resp.Body); err != nil {
				t.Errorf("the stream did not end by itself: %v", err)
			}
			t.Logf("it ended after %s", time.Since(began).Round(time.Millisecond))
		})
	}
}
