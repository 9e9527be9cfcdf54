package web_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/web"
)

// links are one-tap links by their tokens.
type links struct {
	now func() time.Time

	mu   sync.Mutex
	taps map[string]web.Tap
	used []string
	got  []string
}

// newLinks has one link for each way in which things can stand.
func newLinks(t testing.TB, now func() time.Time) *links {
	until := now().Add(20 * time.Minute)
	about := web.Tap{Subject: "Fall: 李秀英", Alert: "01OXYGEN", Zone: shanghai(t)}
	with := func(change func(*web.Tap)) web.Tap {
		tap := about
		change(&tap)
		return tap
	}
	return &links{now: now, taps: map[string]web.Tap{
		"claim":    with(func(t *web.Tap) { t.Standing, t.Action = web.TapReady, web.TapClaim }),
		"false":    with(func(t *web.Tap) { t.Standing, t.Action = web.TapReady, web.TapFalseAlarm }),
		"held":     with(func(t *web.Tap) { t.Standing, t.Action, t.Holder, t.Until = web.TapHeld, web.TapClaim, "王芳", until }),
		"unnamed":  with(func(t *web.Tap) { t.Standing, t.Action, t.Until, t.Subject = web.TapHeld, web.TapClaim, until, "Anxin" }),
		"closed":   with(func(t *web.Tap) { t.Standing, t.Action, t.Holder = web.TapClosed, web.TapClaim, "王芳" }),
		"drill":    with(func(t *web.Tap) { t.Standing, t.Action, t.Mine, t.Drill = web.TapClosed, web.TapClaim, true, true }),
		"expired":  with(func(t *web.Tap) { t.Standing, t.Action = web.TapExpired, web.TapClaim }),
		"many":     {Standing: web.TapReady, Action: web.TapOpen, Subject: "Anxin: 3 messages, 1 urgent", Many: true, Zone: time.UTC},
		"done":     {Standing: web.TapReady, Action: web.TapFinish, Subject: "Are you all right?", Label: "I am fine", Zone: time.UTC},
		"help":     {Standing: web.TapReady, Action: web.TapHelp, Subject: "Are you all right?", Label: "I need help", Zone: time.UTC},
		"was-done": {Standing: web.TapDone, Action: web.TapFinish, Subject: "Reminder", Zone: time.UTC},
		"settled":  {Standing: web.TapClosed, Action: web.TapFinish, Subject: "Reminder", Zone: time.UTC},
		"test":     {Standing: web.TapReady, Action: web.TapOpen, Subject: "Anxin: a test", Zone: time.UTC},
		"in-zh": with(func(t *web.Tap) {
			t.Standing, t.Action, t.Language = web.TapReady, web.TapClaim, "zh-CN"
			t.Scene = &web.TapScene{
				Name: "李秀英", What: "检测到李秀英跌倒，请立即联系。", Why: "跌倒；12:03确认。", Where: "5-2，301", Since: now().Add(-3 * time.Minute),
				Phones: []web.TapPhone{{Number: "138 0013 8000", Of: "李秀英"}, {Number: "010-6265 1234", Home: true}},
				Offers: []web.TapOffer{{Action: web.TapFalseAlarm, Label: "误报", Token: "false"}},
			}
		}),
		"open": with(func(t *web.Tap) {
			t.Standing, t.Action = web.TapReady, web.TapOpen
			t.Scene = &web.TapScene{
				Name: "李秀英", What: "Fall of 李秀英. Call now.", Why: "Fall; at 12:03.", Where: "5-2, 301", Since: now().Add(-3 * time.Minute),
				Phones: []web.TapPhone{{Number: "138 0013 8000", Of: "李秀英"}, {Number: "010-6265 1234", Home: true}},
				Offers: []web.TapOffer{{Action: web.TapClaim, Label: "I have it", Token: "claim"}, {Action: web.TapFalseAlarm, Label: "False alarm", Token: "false"}},
			}
		}),
		"open-neighbour": with(func(t *web.Tap) {
			t.Standing, t.Action, t.Subject = web.TapReady, web.TapOpen, "Anxin: please ring at 5-2"
			t.Scene = &web.TapScene{Where: "5-2", Since: now().Add(-3 * time.Minute), Offers: []web.TapOffer{{Action: web.TapClaim, Label: "I am going", Token: "claim"}}}
		}),
		"open-held": with(func(t *web.Tap) { t.Standing, t.Action, t.Holder, t.Until = web.TapReady, web.TapOpen, "王芳", until }),
	}}
}

func (l *links) Look(_ context.Context, token string) (web.Tap, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	tap, ok := l.taps[token]
	if !ok {
		return tap, fmt.Errorf("look: %w", web.ErrNoLink)
	}
	return tap, nil
}

func (l *links) Use(ctx context.Context, token string) (web.Tap, error) {
	tap, err := l.Look(ctx, token)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil || tap.Standing != web.TapReady {
		return tap, err
	}
	l.used = append(l.used, token)
	switch tap.Action {
	case web.TapClaim:
		tap.Standing, tap.Mine, tap.Until = web.TapDone, true, l.now().Add(30*time.Minute)
	case web.TapFalseAlarm:
		tap.Standing, tap.Mine = web.TapClosed, true
	default:
		tap.Standing = web.TapDone
	}
	l.taps[token] = tap
	return tap, nil
}

func (l *links) Receive(_ context.Context, token string, looked bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.taps[token]; !ok {
		return web.ErrNoLink
	}
	l.got = append(l.got, fmt.Sprint(token, looked))
	return nil
}

// wait waits until a service worker has said something.
func (l *links) wait(t *testing.T, what string) {
	t.Helper()
	for within := time.After(time.Minute); ; {
		l.mu.Lock()
		got := slices.Clone(l.got)
		l.mu.Unlock()
		if slices.Contains(got, what) {
			return
		}
		select {
		case <-within:
			t.Fatalf("waited in vain for %q: got %q", what, got)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// uses are the links that were used.
func (l *links) uses() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.used)
}

func TestTheFewWordsBehindALink(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, language := range []string{"en", "zh-CN"} {
		var said strings.Builder
		for _, token := range []string{"claim", "false", "held", "unnamed", "closed", "drill", "expired", "test", "many", "open-held", "open", "open-neighbour", "in-zh", "none", "done", "help", "was-done", "settled"} {
			w := ask(h, request{path: "/t/" + token, headers: map[string]string{"Accept-Language": language}})
			_, main, ok := strings.Cut(w.Body.String(), `<main id="main" tabindex="-1">`)
			main, _, ended := strings.Cut(main, "</main>")
			if !ok || !ended {
				t.Fatalf("%s has no main part: %s", token, w.Body)
			}
			fmt.Fprintf(&said, "%s: %d\n%s\n", token, w.Code, strings.TrimSpace(main))
			if w.Header().Get("X-Robots-Tag") != "noindex" || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s may be kept: %v", token, w.Header())
			}
		}
		golden := filepath.Join("testdata", "tap."+language+".golden.html")
		if *update {
			if err := os.WriteFile(golden, []byte(said.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), said.String()); diff != "" {
			t.Errorf("links in %s have changed (-was +is); if they should have, run with -update:\n%s", language, diff)
		}
	}
	if len(n.links.used) > 0 {
		t.Errorf("looking at links has used %q", n.links.used)
	}
}

func TestALinkIsUsedByItsButtonOnly(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		ask(h, request{method: method, path: "/t/claim"})
	}
	if w := ask(h, request{method: http.MethodPost, path: "/t/claim", headers: map[string]string{"Sec-Fetch-Site": "cross-site"}}); w.Code != http.StatusForbidden {
		t.Errorf("by another site's form: %d", w.Code)
	}
	if len(n.links.used) > 0 {
		t.Fatalf("used %q", n.links.used)
	}
	for range 2 {
		w := ask(h, request{method: http.MethodPost, path: "/t/claim"})
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "You have it until 12:30") || strings.Contains(w.Body.String(), `class="big"`) {
			t.Errorf("used: %d %s", w.Code, w.Body)
		}
	}
	if len(n.links.used) != 1 {
		t.Errorf("used %q", n.links.used)
	}
	if w := ask(h, request{method: http.MethodPost, path: "/t/none"}); w.Code != http.StatusNotFound {
		t.Errorf("no link: %d", w.Code)
	}
}

func TestWhatAServiceWorkerSays(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for path, want := range map[string]int{"/t/claim/arrived": 204, "/t/claim/looked": 204, "/t/none/looked": 404} {
		if w := ask(h, request{method: http.MethodPost, path: path}); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
	if len(n.links.got) != 2 {
		t.Errorf("got %q", n.links.got)
	}
}

func TestGuessingAtLinksIsSlowedDown(t *testing.T) {
	later := noon
	n := newNeighbourhood(t, func() time.Time { return later })
	h := n.handler(t, assets)
	refused := 0
	for range 200 {
		if w := ask(h, request{method: http.MethodPost, path: "/t/none"}); w.Code == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 80 {
		t.Errorf("%d of 200 were refused", refused)
	}
	// Everybody behind a proxy has one address: who has a link is not kept waiting.
	for path, want := range map[string]int{"/t/claim": http.StatusOK, "/t/claim/arrived": http.StatusNoContent, "/t/none/arrived": http.StatusTooManyRequests} {
		if w := ask(h, request{method: http.MethodPost, path: path}); w.Code != want {
			t.Errorf("meanwhile %s: %d, want %d", path, w.Code, want)
		}
	}
	later = later.Add(time.Minute)
	if w := ask(h, request{path: "/t/none"}); w.Code != http.StatusNotFound {
		t.Errorf("a minute later: %d", w.Code)
	}
}

// reach knows that one person can be told of what is critical.
type reach struct {
	now func() time.Time

	mu     sync.Mutex
	drills []web.Drill
	tests  []string
}

func (r *reach) Reach(_ context.Context, _ web.User, resident string) ([]web.Reached, error) {
	if resident != "r-zhao" {
		return []web.Reached{
			{Severity: web.Info, Untried: []string{"王芳"}}, {Severity: web.Warning, Untried: []string{"王芳", "李强"}},
			{Severity: web.Critical, Name: "王芳", Kind: "sms", WorkedAt: r.now().Add(-3 * time.Hour)},
		}, nil
	}
	var all []web.Reached
	for s := web.Info; s <= web.Critical; s++ {
		all = append(all, web.Reached{Severity: s, Name: "王芳", Kind: "email", WorkedAt: r.now().Add(-time.Minute)})
	}
	return all, nil
}

func (r *reach) Drills(context.Context, web.User, string) ([]web.Drill, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.drills, nil
}

func (r *reach) BeginDrill(_ context.Context, _ web.User, _ string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.drills) > 0 && r.drills[0].AnsweredAt.IsZero() {
		return web.RefusedDrill
	}
	r.drills = append([]web.Drill{{Alert: "01DRILL", BeganAt: r.now()}}, r.drills...)
	return nil
}

func (r *reach) TestChannel(_ context.Context, _ web.User, contact, channel string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tests = append(r.tests, contact+" "+channel)
	return nil
}

func TestWhetherSomebodyCanBeTold(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	see := func(path, language string, says ...string) {
		t.Helper()
		w := ask(h, request{path: path, cookies: cookies, headers: map[string]string{"Accept-Language": language}})
		for _, text := range says {
			if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), text) {
				t.Errorf("%s in %s: %d, does not say %q", path, language, w.Code, text)
			}
		}
	}
	press := func(path string, status int) {
		t.Helper()
		if w := ask(h, request{method: http.MethodPost, path: path, cookies: cookies}); w.Code != status {
			t.Errorf("POST %s: %d, want %d", path, w.Code, status)
		}
	}
	see("/residents/r-li", "en", "Nobody can be told for sure of: Warning, Notice")
	see("/residents/r-li/care-team", "en", "王芳, Text message, last worked 3 h ago", "A test to 王芳, 李强 may change that.", "Begin a drill")
	see("/residents/r-li/care-team", "zh-CN", "王芳，短信，最近一次可用", "开始演习")
	press("/residents/r-li/drills", http.StatusSeeOther)
	see("/residents/r-li/care-team", "en", "nobody has answered")
	press("/residents/r-li/drills", http.StatusUnprocessableEntity)
	n.reach.drills[0].AnsweredAt, n.reach.drills[0].Name = noon.Add(41*time.Second), "王芳"
	see("/residents/r-li/care-team", "en", "王芳 answered after 41 s")
	see("/residents/r-li/care-team", "zh-CN", "王芳在41秒后回应")
	see("/contacts/me", "en", "Send a test")
	press("/contacts/me/channels/ch-1/test", http.StatusSeeOther)
	if len(n.reach.tests) != 1 || n.reach.tests[0] != "me ch-1" {
		t.Errorf("tests: %q", n.reach.tests)
	}
	if w := ask(h, request{path: "/residents/r-zhao", cookies: cookies}); strings.Contains(w.Body.String(), "for sure") {
		t.Error("a gap is seen where there is none")
	}
}

// tapStory has somebody who is not signed in claim an alert by the link of a message,
// on a telephone, and follow it again.
func tapStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := b.Page(t, browsertest.Phone)
	p.Open(s.url + "/t/in-zh")
	p.Wait("Chinese, as the message was", `document.documentElement.lang === "zh-CN"`)
	if big := browsertest.Eval[float64](p, `document.querySelector(".tap .big").getBoundingClientRect().height`); big < 90 {
		t.Errorf("the button is %.0f pixels high", big)
	}
	p.Screenshot("tap-zh")
	p.Click(".tap .big")
	p.Wait("who has it", `document.querySelector(".tap [role=status]").innerText.startsWith("由您负责到")`)
	if browsertest.Eval[bool](p, `!!document.querySelector(".tap .big")`) {
		t.Error("there is still a button")
	}
	p.Open(s.url + "/t/open")
	p.Wait("what it is about", `document.querySelector(".tap .scene").innerText.includes("5-2, 301")`)
	if wide := browsertest.Eval[float64](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); wide > 0 {
		t.Errorf("it is %.0f pixels too wide", wide)
	}
	p.Screenshot("tap-open")
	p.Open(s.url + "/t/in-zh")
	p.Wait("the same again", `document.querySelector(".tap [role=status]").innerText.startsWith("由您负责到")`)
	p.Screenshot("tap-done-zh")
	if len(s.links.used) != 1 {
		t.Errorf("used %q", s.links.used)
	}
	p.Open(s.url + "/t/held")
	p.Wait("who has it", `document.querySelector(".tap [role=status]").innerText.includes("王芳")`)
	p.Click(".tap .back a")
	p.Wait("the sign-in", `location.pathname === "/sign-in"`)
}
