package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestRemindersAreSettledWithATap(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	for _, c := range []struct {
		path   string
		form   url.Values
		status int
		says   string // on the page that it leads to
	}{
		{"/residents/r-li/occurrences/o-water/done", url.Values{"next": {"/reminders"}}, 303, "Done at 12:00"},
		{"/residents/r-zhao/occurrences/o-aspirin/done", url.Values{"next": {"/reminders"}}, 303, "Done late, at 12:00"},
		{"/residents/r-zhao/occurrences/o-evening/done", url.Values{"next": {"/reminders"}}, 409, "due at another time"},
		{"/residents/r-zhao/occurrences/o-evening/skip", url.Values{"reason": {" "}}, 422, ""},
		{"/residents/r-zhao/occurrences/o-evening/skip", url.Values{"next": {"/residents/r-zhao"}, "reason": {"at the hospital"}}, 303, "Skipped: at the hospital"},
		{"/residents/r-zhao/occurrences/o-water/done", nil, 404, "There is nothing here"},
	} {
		w := ask(h, request{method: http.MethodPost, path: c.path, form: c.form, cookies: cookies})
		body := w.Body.String()
		if w.Code == http.StatusSeeOther {
			body = ask(h, request{path: w.Header().Get("Location"), cookies: cookies}).Body.String()
		}
		if w.Code != c.status || !strings.Contains(strings.ToLower(body), strings.ToLower(c.says)) {
			t.Errorf("%s %v: %d, want %d saying %q:\n%s", c.path, c.form, w.Code, c.status, c.says, body)
		}
	}
	if w := ask(h, request{method: http.MethodPost, path: "/residents/r-li/occurrences/o-water/done", form: url.Values{}}); !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Errorf("without a sign-in: %d to %q", w.Code, w.Header().Get("Location"))
	}
}
