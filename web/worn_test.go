package web_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/web"
)

// What would move is shown before anything is corrected, and only what was shown is.
func TestWornIsCorrectedOnceItWasSeen(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{"resident": {"r-zhao"}, "from": {"2026-11-03T08:30"}, "to": {"2026-11-05T20:00"}, "why": {" mixed up <in the bath> "}}
	post := func(form url.Values) (int, string, string) {
		w := ask(h, request{method: http.MethodPost, path: "/devices/band-1/worn", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
		return w.Code, w.Header().Get("Location"), w.Body.String()
	}
	code, _, body := post(form)
	if code != http.StatusOK || len(n.worn.made) != 0 {
		t.Fatalf("%d, made %v", code, n.worn.made)
	}
	for _, want := range []string{": 17", "01OXYGEN", `name="was" value="r-li"`, `name="from" value="2026-11-03T08:30"`, "mixed up &lt;in the bath&gt;"} {
		if !strings.Contains(body, want) {
			t.Errorf("what would move lacks %q", want)
		}
	}
	if got, want := n.worn.asked[0].From, time.Date(2026, 11, 3, 0, 30, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("from %s, want %s", got, want)
	}
	confirmed := maps.Clone(form)
	confirmed.Set("was", "r-li")
	code, to, _ := post(confirmed)
	if code != http.StatusSeeOther || to != "/devices/band-1/worn#corrections" || len(n.worn.made) != 1 {
		t.Fatalf("%d to %q, made %v", code, to, n.worn.made)
	}
	if made := n.worn.made[0]; made.Was == nil || *made.Was != "r-li" || made.Resident != "r-zhao" || made.Why != "mixed up <in the bath>" {
		t.Errorf("made %+v", made)
	}
	for field, value := range map[string]string{"from": "yesterday", "to": "never", "why": " "} {
		wrong := maps.Clone(confirmed)
		wrong.Set(field, value)
		if code, _, body := post(wrong); code != http.StatusUnprocessableEntity || !strings.Contains(body, `role="alert"`) {
			t.Errorf("%s %q: %d", field, value, code)
		}
	}
	for _, fault := range []web.WornFault{"several", "so", "changed", "fixed", "from", "to", "why"} {
		n.worn.fault = fault
		if code, _, body := post(form); code != http.StatusUnprocessableEntity || strings.Contains(body, "worn.fault") {
			t.Errorf("%s: %d", fault, code)
		}
	}
	if len(n.worn.made) != 1 {
		t.Errorf("made %v", n.worn.made)
	}
	if w := ask(h, request{path: "/devices/none/worn", cookies: []*http.Cookie{n.signedIn(t)}}); w.Code != http.StatusNotFound {
		t.Errorf("of no device: %d", w.Code)
	}
}
