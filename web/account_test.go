package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/web"
)

// TestAccountForms sends the forms about how people sign in, as a browser without
// scripts does.
func TestAccountForms(t *testing.T) {
	token := url.Values{"label": {"wall"}, "scope": {"status", "vitals"}, "days": {"90"}}
	for _, tc := range []struct {
		name, path string
		form       url.Values
		prepare    func(*accountBook)
		status     int
		says       string
	}{
		{name: "sign out there", path: "/account/sessions/s-2/end", status: 303},
		{name: "sign out where nobody is", path: "/account/sessions/s-9/end", status: 404},
		{name: "sign out elsewhere", path: "/account/sessions/end", status: 303},
		{name: "another password", path: "/account/password", form: url.Values{"before": {password}, "password": {"battery staple"}}, status: 303},
		{name: "a wrong one of before", path: "/account/password", form: url.Values{"before": {"x"}, "password": {"battery staple"}}, status: 422, says: "The password of now is another"},
		{name: "a short one", path: "/account/password", form: url.Values{"before": {password}, "password": {"x"}}, status: 422, says: "at least 8"},
		{name: "too many", path: "/account/password", form: url.Values{"before": {"x"}}, prepare: func(b *accountBook) { b.wait = true }, status: 422, says: "tried too often"},
		{name: "language", path: "/account/language", form: url.Values{"language": {"zh-CN"}}, status: 303},
		{name: "no language", path: "/account/language", form: url.Values{"language": {"xx"}}, status: 422},
		{name: "a token", path: "/account/tokens", form: token, status: 200, says: `<p class="secret">anxin_secret</p>`},
		{name: "a token for nothing", path: "/account/tokens", form: url.Values{"label": {"x"}, "days": {"90"}}, status: 422, says: "at least one thing"},
		{name: "a token for ever", path: "/account/tokens", form: url.Values{"scope": {"status"}, "days": {"9999"}}, status: 422},
		{name: "a token for a scope that is none", path: "/account/tokens", form: url.Values{"scope": {"all"}, "days": {"90"}}, status: 422},
		{name: "revoke", path: "/account/tokens/t-1/revoke", status: 303},
		{name: "invite", path: "/users", form: url.Values{"role": {"family"}, "name": {"Hong"}, "resident": {"r-zhao"}, "relation": {"family"}}, status: 200, says: `<p class="secret">http://example.com/welcome/fresh</p>`},
		{name: "invite by e-mail", path: "/users", form: url.Values{"role": {"family"}, "email": {"hong@example.org"}}, status: 200, says: "The invitation was sent."},
		{name: "invite as nothing", path: "/users", form: url.Values{"role": {"nurse"}}, status: 422},
		{name: "invite as a stranger", path: "/users", form: url.Values{"role": {"family"}, "resident": {"r-zhao"}, "relation": {"friend"}}, status: 422},
		{name: "take back", path: "/invitations/i-1/take-back", status: 303},
		{name: "role", path: "/users/u-2", form: url.Values{"do": {"role"}, "role": {"caregiver"}}, status: 303},
		{name: "the last administrator", path: "/users/u-1", form: url.Values{"do": {"role"}, "role": {"family"}}, status: 422, says: "Nobody else could manage"},
		{name: "disable", path: "/users/u-2", form: url.Values{"do": {"disable"}}, status: 303},
		{name: "sign somebody out", path: "/users/u-2", form: url.Values{"do": {"sign-out"}}, status: 303},
		{name: "a role that is none", path: "/users/u-2", form: url.Values{"do": {"role"}, "role": {"nurse"}}, status: 422},
		{name: "do nothing", path: "/users/u-2", form: url.Values{"do": {"dance"}}, status: 422},
		{name: "reset", path: "/users/u-2/reset", status: 200, says: `<p class="secret">https://anxin.example.org/reset/fresh</p>`},
		{name: "no such user", path: "/users/u-9/reset", status: 404},
		{name: "not an administrator", path: "/users/u-2", form: url.Values{"do": {"disable"}}, prepare: func(b *accountBook) { b.manages = false }, status: 404},
		{name: "a family invites", path: "/users", form: url.Values{"role": {"administrator"}}, prepare: func(b *accountBook) { b.manages = false }, status: 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := newNeighbourhood(t, atNoon)
			if tc.prepare != nil {
				tc.prepare(n.accounts)
			}
			if tc.form == nil {
				tc.form = url.Values{}
			}
			tc.form.Set("next", "/account")
			w := ask(n.handler(t, assets), request{method: http.MethodPost, path: tc.path, form: tc.form, cookies: []*http.Cookie{n.signedIn(t)}})
			if w.Code != tc.status || tc.status == 303 && w.Header().Get("Location") != "/account" || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d to %q, want %d saying %q:\n%s", w.Code, w.Header().Get("Location"), tc.status, tc.says, w.Body)
			}
			if w.Header().Get("Cache-Control") != "no-store" {
				t.Error("it may be kept in a cache")
			}
		})
	}
}

// What a form says is what is done.
func TestWhatComesOfAccountForms(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	post := func(path string, form url.Values) {
		t.Helper()
		if w := ask(h, request{method: http.MethodPost, path: path, form: form, cookies: []*http.Cookie{n.signedIn(t)}}); w.Code >= 400 {
			t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	post("/account/tokens", url.Values{"label": {" wall "}, "scope": {"alerts"}, "changes": {"yes"}, "days": {"30"}})
	if got := n.accounts.tokens[2]; got.Label != "wall" || !slices.Equal(got.Scopes, []string{"alerts"}) || !got.Changes || got.Service || got.Expires.Sub(noon).Hours() != 30*24 {
		t.Errorf("%+v", got)
	}
	post("/users", url.Values{"role": {"family"}, "name": {" Hong "}, "language": {"zh-CN"}, "contact": {"c-gang"}, "relation": {"family_manager"}})
	post("/users", url.Values{"role": {"family"}, "resident": {"r-zhao"}, "relation": {"family_manager"}, "email": {" a@example.org "}})
	want := []web.Invitation{
		{Name: "Hong", Role: "family", Language: "zh-CN", Contact: "c-gang"}, // a relation is to somebody
		{Role: "family", Email: "a@example.org", Resident: "r-zhao", Relation: "family_manager"},
	}
	if !slices.Equal(n.accounts.invited, want) {
		t.Errorf("%+v", n.accounts.invited)
	}
	post("/account/language", url.Values{"language": {"zh-CN"}})
	post("/users/u-2", url.Values{"do": {"disable"}})
	post("/users/u-3", url.Values{"do": {"enable"}})
	if a := n.accounts; a.language != "zh-CN" || !a.accounts[1].Disabled || a.accounts[2].Disabled {
		t.Errorf("%q %+v", a.language, a.accounts)
	}
}

// TestDoors is what people do who cannot sign in yet.
func TestDoors(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, tc := range []struct {
		name, method, path string
		form               url.Values
		status             int
		says               string
	}{
		{name: "an invitation", method: "GET", path: "/welcome/good", status: 200, says: "You were invited as: family."},
		{name: "no invitation", method: "GET", path: "/welcome/guess", status: 404, says: "does not work any more"},
		{name: "accept none", method: "POST", path: "/welcome/guess", form: url.Values{"login": {"min"}, "password": {"long enough"}}, status: 404, says: "does not work any more"},
		{name: "a login that is taken", method: "POST", path: "/welcome/good", form: url.Values{"name": {"赵敏"}, "login": {login}, "password": {"long enough"}}, status: 422, says: `value="赵敏"`},
		{name: "a short password", method: "POST", path: "/welcome/good", form: url.Values{"name": {"赵敏"}, "login": {"min"}, "password": {"x"}}, status: 422, says: "at least 8"},
		{name: "accept", method: "POST", path: "/welcome/good", form: url.Values{"name": {" 赵敏 "}, "login": {" min "}, "password": {"long enough"}}, status: 303},
		{name: "a reset", method: "GET", path: "/reset/good", status: 200, says: "New password"},
		{name: "no reset", method: "GET", path: "/reset/guess", status: 404, says: "does not work any more"},
		{name: "use none", method: "POST", path: "/reset/guess", form: url.Values{"password": {"long enough"}}, status: 404},
		{name: "a short one", method: "POST", path: "/reset/good", form: url.Values{"password": {"x"}}, status: 422, says: "at least 8"},
		{name: "use it", method: "POST", path: "/reset/good", form: url.Values{"password": {"long enough"}}, status: 303},
		{name: "forgotten", method: "POST", path: "/forgot", form: url.Values{"login": {"fang"}}, status: 200, says: "a link is on its way"},
		{name: "forgotten by nobody", method: "POST", path: "/forgot", form: url.Values{"login": {"ghost"}}, status: 200, says: "a link is on its way"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(h, request{method: tc.method, path: tc.path, form: tc.form})
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) || tc.status == 303 && w.Header().Get("Location") != "/sign-in" {
				t.Errorf("%d to %q, want %d saying %q\n%s", w.Code, w.Header().Get("Location"), tc.status, tc.says, w.Body)
			}
			if secret := tc.path != "/forgot"; secret && (w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("X-Robots-Tag") != "noindex") {
				t.Errorf("the secret in the address may get about: %v", w.Header())
			}
		})
	}
	if a := n.accounts; len(a.accepted) != 1 || a.accepted[0] != (web.Acceptance{Login: "min", Name: "赵敏", Language: "en", Password: "long enough"}) || !slices.Equal(a.passwords, []string{"long enough"}) {
		t.Errorf("%+v %q", a.accepted, a.passwords)
	}
	n.accounts.wait, n.accounts.mails = true, false
	if w := ask(h, request{method: "POST", path: "/forgot", form: url.Values{"login": {"fang"}}}); w.Code != http.StatusTooManyRequests {
		t.Errorf("too often: %d", w.Code)
	}
	if w := ask(h, request{path: "/forgot"}); !strings.Contains(w.Body.String(), "Ask whoever runs this service") || strings.Contains(w.Body.String(), "<input id=\"login\"") {
		t.Errorf("where nobody is written to: %s", w.Body)
	}
}
