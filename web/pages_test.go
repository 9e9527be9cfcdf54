package web_test

import (
	"bytes"
	"flag"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/web"
)

var update = flag.Bool("update", false, "write the golden files anew")

// assets stand in for the built ones, whose names change with what is in them.
var assets = fstest.MapFS{
	"manifest.json":      {Data: []byte(`{"board.js": "board-1.js", "resident.js": "resident-1.js", "alerts.js": "alerts-1.js", "alert.js": "alert-1.js", "reminders.js": "reminders-1.js", "assess.js": "assess-1.js", "contact.js": "contact-1.js", "sw.js": "sw-1.js", "icon.png": "icon-1.png", "style.css": "style-1.css", "icon.svg": "icon-1.svg"}`)},
	"assets/board-1.js":  {Data: []byte("// board")},
	"assets/sw-1.js":     {Data: []byte("// worker")},
	"assets/icon-1.png":  {Data: []byte("png")},
	"assets/style-1.css": {Data: []byte("body {}")},
}

func atNoon() time.Time { return noon }

type request struct {
	method, path string
	form         url.Values
	headers      map[string]string
	cookies      []*http.Cookie
}

func ask(h http.Handler, q request) *httptest.ResponseRecorder {
	if q.method == "" {
		q.method = http.MethodGet
	}
	r := httptest.NewRequest(q.method, q.path, strings.NewReader(q.form.Encode()))
	if q.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range q.headers {
		r.Header.Set(name, value)
	}
	for _, cookie := range q.cookies {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPagesLookAsBefore(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.trouble()
	h := n.handler(t, assets)
	for _, language := range []string{"en", "zh-CN"} {
		for name, path := range map[string]string{
			"board": "/", "resident": "/residents/r-zhao", "sign-in": "/sign-in?next=/residents/r-zhao",
			"alerts": "/alerts", "reminders": "/reminders", "alert": "/alerts/01OXYGEN", "alert-part": "/alerts/01BREATH", "alert-resolved": "/alerts/01FALL",
			"care-team": "/residents/r-zhao/care-team", "plans": "/residents/r-zhao/reminders", "plan": "/residents/r-zhao/reminders/m1", "me": "/contacts/me", "contact": "/contacts/c-fang", "teams": "/teams", "account": "/account", "users": "/users", "welcome": "/welcome/good", "reset": "/reset/good", "forgot": "/forgot", "roster": "/teams/t-1", "response": "/reports/response",
			"consents": "/residents/r-zhao/consents", "looks": "/residents/r-zhao/looks", "emergency": "/emergency?home=10-101", "emergencies": "/emergencies",
			"rights": "/residents/r-zhao/rights", "erasures": "/erasures", "processing": "/processing",
			"assessments": "/residents/r-zhao/assessments", "assessment": "/residents/r-zhao/assessments/a-new", "assessment-screen": "/residents/r-zhao/assessments/a-mood", "assessment-gone": "/residents/r-zhao/assessments/a-gone",
			"assessment-changes": "/residents/r-zhao/assessments/a-new/changes", "assess": "/residents/r-zhao/assessments/new/self_care", "assess-correct": "/residents/r-zhao/assessments/a-new/correct", "assessments-due": "/assessments",
			"identity": "/residents/r-zhao/identity", "newcomer": "/new-resident", "duplicates": "/duplicates", "merge": "/residents/r-zhao/merge?other=r-old",
			"consultations": "/residents/r-zhao/consultations", "ask": "/residents/r-zhao/consultations/new", "ask-no-consent": "/residents/r-brown/consultations/new", "case": "/consultations/c-open",
			"case-answered": "/consultations/c-answered", "consultation-late": "/consultations/c-late", "consultation": "/consultations/c-advised", "cases": "/cases", "panels": "/panels", "panel": "/panels/hearts",
			"file": "/residents/r-zhao/file", "report": "/residents/r-zhao/report", "report-unknown": "/residents/r-brown/report?days=7", "week": "/residents/r-zhao/weeks/latest", "worn": "/devices/band-1/worn",
			"file-kind": "/residents/r-zhao/file/condition", "file-one": "/residents/r-zhao/file/particulars", "file-entry": "/residents/r-zhao/file/note/e-7",
		} {
			var cookies []*http.Cookie
			if !slices.Contains([]string{"sign-in", "welcome", "reset", "forgot"}, name) {
				cookies = append(cookies, n.signedIn(t))
			}
			w := ask(h, request{path: path, cookies: cookies, headers: map[string]string{"Accept-Language": language}})
			if w.Code != http.StatusOK {
				t.Fatalf("%s in %s: status %d", name, language, w.Code)
			}
			golden := filepath.Join("testdata", name+"."+language+".golden.html")
			if *update {
				if err := os.WriteFile(golden, w.Body.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), w.Body.String()); diff != "" {
				t.Errorf("%s in %s has changed (-was +is); if it should have, run with -update:\n%s", name, language, diff)
			}
		}
	}
}

func TestPagesNeedASignIn(t *testing.T) {
	h := newNeighbourhood(t, atNoon).handler(t, assets)
	for path, want := range map[string]string{
		"/":                        "/sign-in",
		"/?q=li":                   "/sign-in?next=%2F%3Fq%3Dli",
		"/residents/r-li?range=7d": "/sign-in?next=%2Fresidents%2Fr-li%3Frange%3D7d",
		"/alerts":                  "/sign-in?next=%2Falerts",
		"/alerts/01CUFF":           "/sign-in?next=%2Falerts%2F01CUFF",

		"/residents/r-li/care-team":           "/sign-in?next=%2Fresidents%2Fr-li%2Fcare-team",
		"/contacts/me":                        "/sign-in?next=%2Fcontacts%2Fme",
		"/residents/r-zhao/assessments/a-new": "/sign-in?next=%2Fresidents%2Fr-zhao%2Fassessments%2Fa-new",
		"/assessments":                        "/sign-in?next=%2Fassessments",
		"/teams":                              "/sign-in?next=%2Fteams",
		"/teams/t-1":                          "/sign-in?next=%2Fteams%2Ft-1",
		"/account":                            "/sign-in?next=%2Faccount",
		"/users":                              "/sign-in?next=%2Fusers",
	} {
		w := ask(h, request{path: path})
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s without a sign-in: %d to %q, want to %q", path, w.Code, got, want)
		}
		if body := w.Body.String(); strings.Contains(body, "李秀英") {
			t.Errorf("%s without a sign-in names a resident: %s", path, body)
		}
	}
}

func TestSignIn(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, tc := range []struct {
		name            string
		login, password string
		next            string
		failing         bool
		status          int
		location, says  string
	}{
		{name: "right", login: login, password: password, next: "/residents/r-li", status: 303, location: "/residents/r-li"},
		{name: "login with a blank", login: " nurse ", password: password, status: 303, location: "/"},
		{name: "wrong password", login: login, password: "wrong", status: 401, says: "do not belong together"},
		{name: "unknown login", login: "nobody", password: password, status: 401, says: "do not belong together"},
		{name: "nothing", status: 422, says: "Please enter"},
		{name: "no password", login: login, status: 422, says: "Please enter"},
		{name: "our fault", login: login, password: password, failing: true, status: 503, says: "in a moment"},
		{name: "to another site", login: login, password: password, next: "https://example.org/", status: 303, location: "/"},
		{name: "to another host", login: login, password: password, next: "//example.org/", status: 303, location: "/"},
		{name: "to another host, disguised", login: login, password: password, next: `/\example.org/`, status: 303, location: "/"},
		{name: "to a script", login: login, password: password, next: "javascript:alert(1)", status: 303, location: "/"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n.failing = tc.failing
			w := ask(h, request{method: http.MethodPost, path: "/sign-in", form: url.Values{"login": {tc.login}, "password": {tc.password}, "next": {tc.next}}})
			if w.Code != tc.status || w.Header().Get("Location") != tc.location || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d to %q, want %d to %q, saying %q:\n%s", w.Code, w.Header().Get("Location"), tc.status, tc.location, tc.says, w.Body)
			}
			if signedIn := len(w.Result().Cookies()) > 0; signedIn != (tc.status == 303) {
				t.Errorf("a session was given: %v", signedIn)
			}
			if strings.Contains(w.Body.String(), password) {
				t.Error("the page repeats the password")
			}
			if tc.status == 401 && !strings.Contains(w.Body.String(), fmt.Sprintf("value=%q", tc.login)) {
				t.Error("the login must be typed again")
			}
		})
	}
}

func TestSignInTooOften(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.guessed = true
	h := n.handler(t, assets)
	for language, says := range map[string]string{"en": "wait 2 min", "zh-CN": "请等待 2 分钟"} {
		w := ask(h, request{method: http.MethodPost, path: "/sign-in", form: url.Values{"login": {login}, "password": {password}}, headers: map[string]string{"Accept-Language": language}})
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "90" || !strings.Contains(w.Body.String(), says) || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s: %d %v %s", language, w.Code, w.Header(), w.Body)
		}
	}
}

func TestSignInHoldsBackDisguisedHosts(t *testing.T) {
	h := newNeighbourhood(t, atNoon).handler(t, assets)
	for _, next := range []string{"http:example.org", "///example.org", "/\t/example.org", "%2f/example.org", "example.org", "/..//example.org/"} {
		w := ask(h, request{method: http.MethodPost, path: "/sign-in", form: url.Values{"login": {login}, "password": {password}, "next": {next}}})
		here, _ := url.Parse("https://anxin.example/sign-in")
		to, err := here.Parse(w.Header().Get("Location"))
		if err != nil || w.Code != http.StatusSeeOther || to.Host != here.Host {
			t.Errorf("next %q leads to %v (%d, %v)", next, to, w.Code, err)
		}
	}
}

func TestSignOut(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookie := n.signedIn(t)
	if w := ask(h, request{path: "/", cookies: []*http.Cookie{cookie}}); w.Code != http.StatusOK {
		t.Fatalf("board: %d", w.Code)
	}
	w := ask(h, request{method: http.MethodPost, path: "/sign-out", cookies: []*http.Cookie{cookie}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/sign-in" {
		t.Errorf("sign out: %d to %q", w.Code, w.Header().Get("Location"))
	}
	if w := ask(h, request{path: "/", cookies: []*http.Cookie{cookie}}); w.Code != http.StatusSeeOther {
		t.Errorf("the board after signing out: %d", w.Code)
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, path := range []string{"/sign-in", "/sign-out", "/language", "/alerts/01CUFF/claim", "/alerts/01CUFF/resolve", "/alerts/01CUFF/snooze", "/alerts/01CUFF/comment",
		"/account/password", "/account/tokens", "/account/sessions/end", "/users", "/users/u-1", "/users/u-1/reset", "/forgot", "/welcome/good", "/reset/good"} {
		w := ask(h, request{
			method: http.MethodPost, path: path, cookies: []*http.Cookie{n.signedIn(t)},
			form: url.Values{"login": {login}, "password": {password}, "language": {"en"}}, headers: map[string]string{"Sec-Fetch-Site": "cross-site"},
		})
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("%s from another site: %d", path, w.Code)
		}
	}
}

func TestLanguage(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	chosen := func(tag string) *http.Cookie { return &http.Cookie{Name: "anxin_language", Value: tag} }
	for _, tc := range []struct {
		name   string
		accept string
		user   string
		cookie *http.Cookie
		want   string
	}{
		{name: "nothing known", want: "en"},
		{name: "browser", accept: "zh-CN,zh;q=0.9,en;q=0.8", want: "zh-CN"},
		{name: "browser prefers English", accept: "en-GB,zh;q=0.5", want: "en"},
		{name: "another language", accept: "fi", want: "en"},
		{name: "not a language", accept: ";;;", want: "en"},
		{name: "the user's", accept: "en", user: "zh", want: "zh-CN"},
		{name: "chosen here", accept: "zh-CN", user: "zh-CN", cookie: chosen("en"), want: "en"},
		{name: "chosen nonsense", accept: "zh-CN", cookie: chosen("%%"), want: "zh-CN"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			session := n.signedIn(t)
			n.sessions[session.Value] = web.User{Name: "Chen", Language: tc.user}
			cookies := []*http.Cookie{session}
			if tc.cookie != nil {
				cookies = append(cookies, tc.cookie)
			}
			w := ask(h, request{path: "/", cookies: cookies, headers: map[string]string{"Accept-Language": tc.accept}})
			if want := fmt.Sprintf("<html lang=%q>", tc.want); !strings.Contains(w.Body.String(), want) {
				t.Errorf("want %s in %.100s", want, w.Body)
			}
		})
	}
	w := ask(h, request{method: http.MethodPost, path: "/language", form: url.Values{"language": {"zh-CN"}, "next": {"/residents/r-li?range=7d"}}})
	if got := w.Header().Get("Location"); got != "/residents/r-li?range=7d" || !strings.Contains(w.Header().Get("Set-Cookie"), "anxin_language=zh-CN") {
		t.Errorf("choose Chinese: to %q with %q", got, w.Header().Get("Set-Cookie"))
	}
	if w := ask(h, request{method: http.MethodPost, path: "/language", form: url.Values{"language": {"xx"}}}); w.Header().Get("Set-Cookie") != "" {
		t.Error("a language that is not there was remembered")
	}
}

func TestFilter(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for query, want := range map[string][]string{
		"": {"r-brown", "r-zhao", "r-li"}, "2-": {"r-brown", "r-li"}, "ADA": {"r-brown"}, "秀": {"r-li"}, "nobody": nil, "<Brown>": {"r-brown"},
	} {
		w := ask(h, request{path: "/?" + url.Values{"q": {query}}.Encode(), cookies: []*http.Cookie{n.signedIn(t)}})
		var got []string
		for _, line := range strings.Split(w.Body.String(), "\n") {
			if _, rest, ok := strings.Cut(line, `<li class="card" data-resident="`); ok {
				id, _, _ := strings.Cut(rest, `"`)
				got = append(got, id)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("filter %q (-want +got):\n%s", query, diff)
		}
	}
}

func TestWhatGoesWrongIsSaid(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	if w := ask(h, request{path: "/residents/r-nobody", cookies: cookies}); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "There is nothing here") {
		t.Errorf("a resident who is not there: %d\n%s", w.Code, w.Body)
	}
	n.failing = true
	w := ask(h, request{path: "/", cookies: cookies, headers: map[string]string{"Accept-Language": "zh"}})
	if w.Code != http.StatusInternalServerError || !strings.Contains(w.Body.String(), "请稍后再试") {
		t.Errorf("a board that cannot be made: %d\n%s", w.Code, w.Body)
	}
	if strings.Contains(w.Body.String(), "database") {
		t.Error("the page shows the cause, which is for the log")
	}
}

// TestActing sends the forms about alerts, as a browser without scripts does.
func TestActing(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.trouble()
	h := n.handler(t, assets)
	long := strings.Repeat("长", 2001)
	for _, tc := range []struct {
		name, path string
		form       url.Values
		away       bool // nobody is signed in
		status     int
		location   string
		says       string
	}{
		{name: "claim", path: "/alerts/01OXYGEN/claim", form: url.Values{"next": {"/alerts#alert-01OXYGEN"}}, status: 303, location: "/alerts#alert-01OXYGEN"},
		{name: "signed out meanwhile", path: "/alerts/01OXYGEN/claim", form: url.Values{"next": {"/alerts"}}, away: true, status: 303, location: "/sign-in?next=%2Falerts"},
		{name: "to another site", path: "/alerts/01OXYGEN/claim", form: url.Values{"next": {"https://example.org/"}}, status: 303, location: "/"},
		{name: "snooze", path: "/alerts/01CUFF/snooze", form: url.Values{"minutes": {"60"}, "next": {"/alerts"}}, status: 303, location: "/alerts"},
		{name: "snooze for days", path: "/alerts/01CUFF/snooze", form: url.Values{"minutes": {"10000"}}, status: 422, says: "Something is missing"},
		{name: "snooze what is critical", path: "/alerts/01OXYGEN/snooze", form: url.Values{"minutes": {"15"}, "next": {"/alerts"}}, status: 409, says: "cannot be snoozed"},
		{name: "comment", path: "/alerts/01OXYGEN/comment", form: url.Values{"text": {" 已联系家属 "}, "next": {"/alerts"}}, status: 303, location: "/alerts"},
		{name: "say nothing", path: "/alerts/01OXYGEN/comment", form: url.Values{"text": {" "}, "next": {"/alerts"}}, status: 422, says: `<a href="/alerts">Back</a>`},
		{name: "say too much", path: "/alerts/01OXYGEN/comment", form: url.Values{"text": {long}}, status: 422, says: "too long"},
		{name: "send megabytes", path: "/alerts/01OXYGEN/comment", form: url.Values{"text": {strings.Repeat("x", 100<<10)}}, status: 422, says: "too long"},
		{name: "no verdict", path: "/alerts/01OXYGEN/resolve", status: 422, says: "Something is missing"},
		{name: "resolve", path: "/alerts/01OXYGEN/resolve", form: url.Values{"verdict": {"true"}, "reason": {"Ambulance."}, "next": {"/alerts"}}, status: 303, location: "/alerts"},
		{name: "resolve twice", path: "/alerts/01OXYGEN/resolve", form: url.Values{"verdict": {"test"}, "next": {"/alerts"}}, status: 409, says: "resolved already"},
		{name: "comment on what is resolved", path: "/alerts/01FALL/comment", form: url.Values{"text": {"She is well."}, "next": {"/alerts/01FALL"}}, status: 303, location: "/alerts/01FALL"},
		{name: "no such alert", path: "/alerts/none/claim", status: 404, says: "There is nothing here"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var cookies []*http.Cookie
			if !tc.away {
				cookies = append(cookies, n.signedIn(t))
			}
			w := ask(h, request{method: http.MethodPost, path: tc.path, form: tc.form, cookies: cookies})
			if w.Code != tc.status || w.Header().Get("Location") != tc.location || !strings.Contains(w.Body.String(), tc.says) {
				t.Errorf("got %d to %q, want %d to %q, saying %q:\n%s", w.Code, w.Header().Get("Location"), tc.status, tc.location, tc.says, w.Body)
			}
		})
	}
	oxygen, err := n.alerts.Alert(t.Context(), web.User{}, "01OXYGEN")
	if err != nil || oxygen.Holder.ID != "u-1" || !oxygen.HeldUntil.Equal(noon.Add(30*time.Minute)) || oxygen.Verdict != web.TrueAlarm || oxygen.Comments[1].Text != "已联系家属" {
		t.Errorf("what came of it: %+v %v", oxygen, err)
	}
	if cuff, err := n.alerts.Alert(t.Context(), web.User{}, "01CUFF"); err != nil || !cuff.SnoozedUntil.Equal(noon.Add(time.Hour)) {
		t.Errorf("what came of the snooze: %+v %v", cuff, err)
	}
}

// TestAlertsThatCannotBeRead are not none.
func TestAlertsThatCannotBeRead(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.alerts.failing = true
	for _, path := range []string{"/", "/alerts", "/residents/r-li", "/alerts/none"} {
		w := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}})
		if body := w.Body.String(); w.Code < 400 || !strings.Contains(body, "Alerts cannot be read") || strings.Contains(body, "No open alerts") {
			t.Errorf("%s: %d\n%s", path, w.Code, body)
		}
	}
}

// TestOpenAlertsAreReadOnce has each page ask for the open alerts no more than it
// shows of them.
func TestOpenAlertsAreReadOnce(t *testing.T) {
	for path, want := range map[string]struct{ listed, counted int }{
		"/": {1, 0}, "/alerts": {1, 0}, "/residents/r-li": {1, 1}, "/alerts/01CUFF": {0, 1}, "/alerts/none": {0, 1}, "/residents/nobody": {0, 1},
	} {
		n := newNeighbourhood(t, atNoon)
		n.trouble()
		ask(n.handler(t, assets), request{path: path, cookies: []*http.Cookie{n.signedIn(t)}})
		if n.alerts.listed != want.listed || n.alerts.counted != want.counted {
			t.Errorf("%s lists the open alerts %d times and counts them %d times, want %+v", path, n.alerts.listed, n.alerts.counted, want)
		}
	}
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.alerts.failing = true
	ask(h, request{path: "/residents/r-li", cookies: []*http.Cookie{n.signedIn(t)}})
	if n.alerts.counted != 1 || n.alerts.listed != 1 {
		t.Errorf("what cannot be read is asked for again: listed %d times, counted %d times", n.alerts.listed, n.alerts.counted)
	}
}

func TestOurOwnLagIsSaid(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for behind, says := range map[time.Duration]string{0: "", 59 * time.Second: "", time.Minute: "1 min behind", 3*time.Hour + time.Second: "180 min behind"} {
		n.alerts.lag(behind)
		for _, path := range []string{"/", "/alerts", "/residents/r-li", "/residents/nobody"} {
			body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
			if said := strings.Contains(body, "min behind"); said != (says != "") || !strings.Contains(body, says) {
				t.Errorf("%s behind, %s does not say %q:\n%s", behind, path, says, body)
			}
			if path == "/" && says != "" && strings.Contains(body, `data-state="fine"`) {
				t.Errorf("%s behind, and somebody is fine", behind)
			}
		}
	}
}

func TestPartsOfOursThatStandStillAreSaid(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	says := "A part of Anxin itself does not work"
	for _, path := range []string{"/", "/alerts", "/residents/r-li"} {
		if body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String(); strings.Contains(body, says) {
			t.Errorf("%s: all moves, and yet it says\n%s", path, body)
		}
	}
	n.alerts.stop(web.BrokerPart, web.DeliveriesPart)
	for _, path := range []string{"/", "/alerts", "/residents/r-li"} {
		if body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String(); !strings.Contains(body, says+": hearing devices, telling people.") {
			t.Errorf("%s does not say what stands still:\n%s", path, body)
		}
	}
}

// That nobody can be told of an alert is for those to mend who say who is told: they
// read what to do, and nobody else is alarmed.
func TestWhoArrangesReadsThatNobodyIsTold(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.alerts.stop(web.SomebodyPart)
	const way = `of which nobody can be told. Say how you are told, and add who else should be. <a href="/contacts/me">`
	n.people.staff = true
	staff := ask(h, request{path: "/", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	n.people.staff = false
	family := ask(h, request{path: "/", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	for who, body := range map[string]string{"staff": staff, "family": family} {
		if strings.Contains(body, "A part of Anxin itself does not work") {
			t.Errorf("the %s reads that Anxin is broken", who)
		}
		if got, want := strings.Contains(body, way), who == "staff"; got != want {
			t.Errorf("the %s reads what to do: %t, want %t", who, got, want)
		}
	}
}

func TestWhomNobodyCanBeToldOfIsNamedOnThePage(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.alerts.begin(web.AlertFile{
		Alert:     web.Alert{ID: "01REACH", Severity: web.Warning, Name: web.Text{EN: "Nobody can be told", ZH: "无人可通知"}, Zone: time.UTC, Since: atNoon(), BeganAt: atNoon()},
		Unreached: []web.Unreached{{ID: "r-zhao", Name: "赵德明", Severity: web.Critical}},
	})
	body := ask(n.handler(t, assets), request{path: "/alerts/01REACH", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	if want := `<a href="/residents/r-zhao/care-team">赵德明</a> (Critical)`; !strings.Contains(body, want) {
		t.Errorf("the page has no %s:\n%s", want, body)
	}
}

func TestHeaders(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	w := ask(h, request{path: "/", cookies: []*http.Cookie{n.signedIn(t)}})
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'self'", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := w.Header().Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, path := range []string{"/", "/account", "/users", "/contacts/me", "/sign-in", "/forgot", "/welcome/good", "/reset/good", "/reset/none"} {
		var cookies []*http.Cookie
		if path == "/" || path == "/account" || path == "/users" || path == "/contacts/me" {
			cookies = append(cookies, n.signedIn(t))
		}
		w := ask(h, request{path: path, cookies: cookies})
		want := "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
		if got := w.Header().Get("Content-Security-Policy"); got != want || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", path, w.Header())
		}
		for _, inline := range []string{" style=", " onclick=", "javascript:", "<style", "<Brown>", "<Gone>", "<Assistant>"} {
			if strings.Contains(w.Body.String(), inline) {
				t.Errorf("%s holds %q, which its policy forbids, or a name is taken for markup", path, inline)
			}
		}
	}
}

func TestAssets(t *testing.T) {
	h := newNeighbourhood(t, atNoon).handler(t, assets)
	w := ask(h, request{path: "/assets/board-1.js"})
	if w.Code != http.StatusOK || w.Body.String() != "// board" || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("a script: %d %q %s", w.Code, w.Header().Get("Cache-Control"), w.Body)
	}
	for _, path := range []string{"/assets/", "/assets/manifest.json", "/assets/../manifest.json", "/assets/board-2.js", "/assets/x/board-1.js"} {
		if w := ask(h, request{path: path}); w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "" {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestBuiltWithoutAssets(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	var log bytes.Buffer
	_, err := web.NewWith(web.Config{Accounts: n, Residents: n, Readings: n, Devices: n, Alerts: n.alerts, Judging: n.alerts, Responses: n.alerts, Now: atNoon, Log: slog.New(slog.NewTextHandler(&log, nil))}, fstest.MapFS{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "make build") {
		t.Errorf("the log does not say it: %s", log.String())
	}
	w := ask(n.handler(t, fstest.MapFS{}), request{path: "/", cookies: []*http.Cookie{n.signedIn(t)}})
	if body := w.Body.String(); !strings.Contains(body, "make build") || !strings.Contains(body, "李秀英") {
		t.Errorf("the page does not say it, or is not whole:\n%s", body)
	}
	if _, err := web.NewWith(web.Config{Log: slog.New(slog.DiscardHandler)}, fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil {
		t.Error("a broken manifest was taken")
	}
}

func TestWhatIsTooLongIsNoForm(t *testing.T) {
	h := newNeighbourhood(t, atNoon).handler(t, assets)
	for _, path := range []string{"/alerts/a/claim", "/language"} {
		for form, wanted := range map[string]bool{"next=/alerts": true, "pad=" + strings.Repeat("x", 1<<20) + "&next=/alerts": false} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if read := strings.Contains(w.Header().Get("Location"), "alerts"); read != wanted {
				t.Errorf("POST %s of %d bytes: %d to %q", path, len(form), w.Code, w.Header().Get("Location"))
			}
		}
	}
}

func TestFormsInPartsAreNotTaken(t *testing.T) {
	h := newNeighbourhood(t, atNoon).handler(t, assets)
	const body = "--x\r\nContent-Disposition: form-data; name=\"next\"\r\n\r\n/alerts\r\n--x--\r\n"
	for _, path := range []string{"/alerts/a/claim", "/language", "/sign-in", "/sign-out"} {
		for _, media := range []string{"multipart/form-data", "Multipart/Form-Data", "multipart/mixed"} {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			r.Header.Set("Content-Type", media+"; boundary=x")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusUnsupportedMediaType || r.MultipartForm != nil {
				t.Errorf("POST %s of %s: %d to %q, read %v", path, media, w.Code, w.Header().Get("Location"), r.MultipartForm)
			}
		}
	}
}

func TestMoreAlertsAreOpenThanAreListed(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.trouble()
	listed, _, err := n.alerts.Open(t.Context(), web.User{})
	if err != nil {
		t.Fatal(err)
	}
	for _, unlisted := range []int{0, 7} {
		n.alerts.unlisted = unlisted
		page := ask(h, request{path: "/alerts", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		if says := strings.Contains(page, `<p id="more">And 7 more.`); says != (unlisted > 0) {
			t.Errorf("%d more: the page says so: %t", unlisted, says)
		}
		if all := fmt.Sprintf("Open alerts: %d<", len(listed)+unlisted); !strings.Contains(page, all) {
			t.Errorf("%d more: want %q at the top of the page", unlisted, all)
		}
	}
}
