package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/web"
)

// Nobody is erased by a slip: the id is typed again, and a reason said.
func TestErasingIsConfirmed(t *testing.T) {
	for _, test := range []struct {
		name            string
		confirm, reason string
		refuses         error
		status          int
		says            string
		erased          []string
	}{
		{"done", " r-zhao ", "asked for it", nil, http.StatusSeeOther, "", []string{"r-zhao: asked for it"}},
		{"another id", "r-li", "asked for it", nil, http.StatusUnprocessableEntity, "Nothing was erased", nil},
		{"no id", "", "asked for it", nil, http.StatusUnprocessableEntity, "Nothing was erased", nil},
		{"wears a device", "r-zhao", "asked for it", web.RefusedWears, http.StatusUnprocessableEntity, "They wear a device", nil},
		{"in need", "r-zhao", "asked for it", web.RefusedCritical, http.StatusUnprocessableEntity, "A critical alert is open", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := newNeighbourhood(t, atNoon)
			n.rights.refuses = test.refuses
			form := url.Values{"confirm": {test.confirm}, "reason": {test.reason}, "next": {"/residents/r-zhao/rights"}}
			w := ask(n.handler(t, assets), request{method: http.MethodPost, path: "/residents/r-zhao/erasure", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
			if w.Code != test.status || !strings.Contains(w.Body.String(), test.says) || !slices.Equal(n.rights.erased, test.erased) {
				t.Errorf("%d, erased %v:\n%s", w.Code, n.rights.erased, w.Body)
			}
			if test.status == http.StatusSeeOther && w.Header().Get("Location") != "/erasures" {
				t.Errorf("leads to %s", w.Header().Get("Location"))
			}
		})
	}
}
