package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/web"
)

func TestTheAlertsPageSaysWhoWasToldAndWhoIsNext(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.trouble()
	page := func(path, language string) string {
		t.Helper()
		w := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t), {Name: "anxin_language", Value: language}}})
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, w.Code)
		}
		return w.Body.String()
	}
	body := page("/alerts/01OXYGEN", "en")
	for _, says := range []string{
		"Next at 12:03 if nobody answers: 林护士, Nurse Wu", "Step 1, asked for help: 李小红 · not reached: 李小红",
		"Step 4, asked for help: 李小红, Ada &lt;Brown&gt; · asks to call 120 (119 for fire) · late: Anxin did not run", "By the policy “Emergency: until somebody answers”.",
	} {
		if !strings.Contains(body, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	if body := page("/alerts/01OXYGEN", "zh-CN"); !strings.Contains(body, "如无人应答，12:03 将通知：林护士、Nurse Wu") {
		t.Errorf("in Chinese it does not say who is next:\n%s", body)
	}
	if body := page("/alerts/01CUFF", "en"); strings.Contains(body, "Step by step until") {
		t.Error("it says who was told of what nobody was told of")
	}
}

func TestWhatIsSaidWhileNobodyIsCalled(t *testing.T) {
	for phase, says := range map[web.TellingPhase]string{
		web.TellingHeld: "Nobody else is called while somebody has it.", web.TellingQuiet: "Nobody is called while it is snoozed.",
		web.TellingInPart: "told with the alert that it is a part of", web.TellingRuns: "there is nobody to be told",
	} {
		n := newNeighbourhood(t, atNoon)
		h := n.handler(t, assets)
		n.alerts.begin(web.AlertFile{
			Alert:   web.Alert{ID: "01A", Resident: "r-li", Severity: web.Critical, BeganAt: n.now()},
			Telling: web.Telling{Phase: phase, Next: n.now().Add(time.Minute)},
		})
		body := ask(h, request{path: "/alerts/01A", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		if !strings.Contains(body, says) {
			t.Errorf("%s: the page does not say %q", phase, says)
		}
	}
}

// Whoever has an alert says with one tap that they are there.
func TestOnTheScene(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.trouble()
	cookies := []*http.Cookie{n.signedIn(t)}
	post := func(path string) int {
		return ask(h, request{method: http.MethodPost, path: path, form: url.Values{"next": {"/alerts/01OXYGEN"}}, cookies: cookies}).Code
	}
	show := func() string { return ask(h, request{path: "/alerts/01OXYGEN", cookies: cookies}).Body.String() }
	if strings.Contains(show(), "I am there") {
		t.Error("who has it not is asked whether they are there")
	}
	if code := post("/alerts/01OXYGEN/on-scene"); code != http.StatusConflict {
		t.Errorf("there without having it: %d", code)
	}
	if code := post("/alerts/01OXYGEN/claim"); code != http.StatusSeeOther {
		t.Fatalf("claim: %d", code)
	}
	if !strings.Contains(show(), "I am there") {
		t.Error("who has it cannot say that they are there")
	}
	if code := post("/alerts/01OXYGEN/on-scene"); code != http.StatusSeeOther {
		t.Errorf("there: %d", code)
	}
	if body := show(); !strings.Contains(body, "Nurse Chen was there at 12:00.") || strings.Contains(body, "I am there") {
		t.Errorf("the page does not say who was there:\n%s", body)
	}
}
