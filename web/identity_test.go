package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestWhoSomebodyIs(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	me := []*http.Cookie{n.signedIn(t)}
	for _, tc := range []struct {
		name, path string
		form       url.Values
		status     int
		says       string
	}{
		{name: "correct", path: "/residents/r-zhao/identity", form: url.Values{"name": {"赵德明"}, "home": {"h-2"}, "version": {"2"}, "reason": {"moved"}}, status: 303},
		{name: "correct without a name", path: "/residents/r-zhao/identity", form: url.Values{"version": {"2"}}, status: 422},
		{name: "correct nothing", path: "/residents/r-zhao/identity", form: url.Values{"name": {"x"}}, status: 422},
		{name: "somebody like one who is there", path: "/new-resident", form: url.Values{"name": {"Zhao Deming"}}, status: 409, says: "the same birth date, names that sound alike"},
		{name: "somebody like one who may not be seen", path: "/new-resident", form: url.Values{"name": {"hidden"}}, status: 409, says: "Ask an administrator"},
		{name: "another", path: "/new-resident", form: url.Values{"name": {"Zhao Deming"}, "not": {"r-zhao"}}, status: 303},
		{name: "two persons", path: "/duplicates/distinct", form: url.Values{"one": {"r-zhao"}, "other": {"r-old"}}, status: 303},
		{name: "merge", path: "/residents/r-zhao/merge", form: url.Values{"other": {"r-old"}, "reason": {"one card"}, "tag": {"tag"}, "care": {"both"}, "person-c-fang": {"along"}}, status: 303},
		{name: "merge for no reason", path: "/residents/r-zhao/merge", form: url.Values{"other": {"r-old"}}, status: 422},
		{name: "undo", path: "/residents/r-zhao/merges/m-1/undo", form: url.Values{"reason": {"cousins"}}, status: 303},
	} {
		w := ask(h, request{method: http.MethodPost, path: tc.path, form: tc.form, cookies: me})
		if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.says) {
			t.Errorf("%s: %d, want %d, saying %q: %s", tc.name, w.Code, tc.status, tc.says, w.Body)
		}
	}
	want := []string{"correct r-zhao 赵德明 h-2 moved", "new Zhao Deming not r-zhao", "distinct r-zhao r-old", "merge r-old into r-zhao both", "undo m-1 of r-zhao cousins"}
	if !slices.Equal(n.identities.said, want) {
		t.Errorf("%q, want %q", n.identities.said, want)
	}
	n.identities.obstacle = true
	w := ask(h, request{path: "/residents/r-zhao/merge?other=r-old", cookies: me})
	if body := w.Body.String(); !strings.Contains(body, "Metformin 500 mg") || strings.Contains(body, "Make it one file") {
		t.Errorf("an obstacle: %s", body)
	}
}
