package web_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// What the forms about who may see what do, and what they refuse.
func TestPrivacyForms(t *testing.T) {
	share := url.Values{
		"purpose": {"sharing"}, "contact": {"c-fang"}, "scope": {"status", "file"}, "given_by": {"赵德明"}, "capacity": {"resident"},
		"manner": {"paper"}, "proof": {"folder 7"}, "days": {"30"},
	}
	with := func(pairs ...string) url.Values {
		more := maps.Clone(share)
		for i := 0; i < len(pairs); i += 2 {
			more.Set(pairs[i], pairs[i+1])
		}
		return more
	}
	const consents = "/residents/r-zhao/consents"
	for _, tc := range []struct {
		name, path string
		form       url.Values
		strict     bool
		status     int
	}{
		{name: "give", path: consents, form: share, status: 303},
		{name: "by nobody", path: consents, form: with("given_by", " "), status: 422},
		{name: "on paper that is nowhere", path: consents, form: with("proof", ""), status: 422},
		{name: "heard by nobody", path: consents, form: with("manner", "spoken"), status: 422},
		{name: "a guardian without proof", path: consents, form: with("capacity", "guardian", "manner", "signed_in", "proof", ""), status: 422},
		{name: "to nobody", path: consents, form: with("contact", ""), status: 422},
		{name: "for fun", path: consents, form: with("purpose", "fun"), status: 422},
		{name: "for a thousand years", path: consents, form: with("days", "365000"), status: 422},
		{name: "not for you", path: consents, form: share, strict: true, status: 404},
		{name: "withdraw", path: consents + "/01C2/withdraw", form: url.Values{"words": {"he called"}}, status: 303},
		{name: "withdraw without a word", path: consents + "/01C2/withdraw", status: 303},
		{name: "withdraw what is none", path: consents + "/01C9/withdraw", status: 404},
		{name: "break the glass", path: "/residents/r-zhao/emergency", form: url.Values{"reason": {"He called from the stairs."}}, status: 303},
		{name: "for no reason", path: "/residents/r-zhao/emergency", form: url.Values{"reason": {"help"}}, status: 422},
		{name: "review", path: "/emergencies/01E2/review", form: url.Values{"verdict": {"not_justified"}, "note": {"was at home"}}, status: 303},
		{name: "review again", path: "/emergencies/01E1/review", form: url.Values{"verdict": {"justified"}}, status: 422},
		{name: "review without a verdict", path: "/emergencies/01E2/review", status: 422},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := newNeighbourhood(t, atNoon)
			n.privacy.strict = tc.strict
			form := maps.Clone(tc.form)
			if form == nil {
				form = url.Values{}
			}
			form.Set("next", "/residents/r-zhao")
			w := ask(n.handler(t, assets), request{method: http.MethodPost, path: tc.path, form: form, cookies: []*http.Cookie{n.signedIn(t)}})
			if w.Code != tc.status || tc.status == 303 && w.Header().Get("Location") != "/residents/r-zhao" {
				t.Errorf("got %d to %q, want %d:\n%s", w.Code, w.Header().Get("Location"), tc.status, w.Body)
			}
		})
	}
}

func TestWhatComesOfPrivacyForms(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	post := func(path string, form url.Values) {
		t.Helper()
		if w := ask(h, request{method: http.MethodPost, path: path, form: form, cookies: cookies}); w.Code != http.StatusSeeOther {
			t.Fatalf("%s: %d\n%s", path, w.Code, w.Body)
		}
	}
	post("/residents/r-zhao/consents", url.Values{
		"purpose": {"research"}, "contact": {"c-fang"}, "scope": {"status"}, "given_by": {" 赵小芳 "}, "capacity": {"guardian"}, "manner": {"paper"}, "proof": {"court"}, "days": {"7"},
	})
	if c := n.privacy.list[0]; c.Contact.ID != "" || len(c.Scopes) != 0 || c.GivenBy != "赵小芳" || !c.Guardian || !c.Until.Equal(atNoon().AddDate(0, 0, 7)) {
		t.Errorf("%+v", c)
	}
	post("/emergencies/01E2/review", url.Values{"verdict": {"not_justified"}, "note": {"was at home"}})
	if e := n.privacy.broken[0]; !e.Reviewed || e.Justified || e.Note != "was at home" {
		t.Errorf("%+v", e)
	}
}

// Who needs a consent for a question to experts is led to it and back, and to no other site.
func TestAConsentLeadsBackToTheQuestion(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	asking := ask(h, request{path: "/residents/r-brown/consultations/new?reviews=a-2", cookies: cookies}).Body.String()
	const to = "/residents/r-brown/consents?back=%2fresidents%2fr-brown%2fconsultations%2fnew%3freviews%3da-2"
	if !strings.Contains(asking, `href="`+to+`#panel"`) {
		t.Fatalf("the question leads to %s", asking)
	}
	const question = "/residents/r-brown/consultations/new?reviews=a-2"
	hidden := `<input type="hidden" name="back" value="` + question + `">`
	if page := ask(h, request{path: to, cookies: cookies}).Body.String(); strings.Count(page, hidden) != 1 || !strings.Contains(page, `<a href="`+question+`">Back to the question</a>`) {
		t.Errorf("the consents lead back by %s", page)
	}
	given := func(back, by string) *httptest.ResponseRecorder {
		return ask(h, request{method: http.MethodPost, path: "/residents/r-brown/consents", cookies: cookies, form: url.Values{
			"purpose": {"panel"}, "given_by": {by}, "capacity": {"resident"}, "manner": {"spoken"}, "witness": {"Chen"}, "days": {"0"}, "next": {"/residents/r-brown/consents#panel"}, "back": {back},
		}})
	}
	if w := given(question, ""); w.Code != http.StatusUnprocessableEntity || strings.Count(w.Body.String(), hidden) != 1 {
		t.Errorf("what was not kept (%d) leads back by %s", w.Code, w.Body)
	}
	for back, want := range map[string]string{
		question: question, "": "/residents/r-brown/consents#panel", "//example.org/": "/residents/r-brown/consents#panel", "https://example.org/": "/residents/r-brown/consents#panel", `/\example.org`: "/residents/r-brown/consents#panel", "javascript:alert(1)": "/residents/r-brown/consents#panel",
	} {
		if w := given(back, "Brown"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != want {
			t.Errorf("back %q: %d to %q, want %q", back, w.Code, w.Header().Get("Location"), want)
		}
		if page := ask(h, request{path: "/residents/r-brown/consents?" + url.Values{"back": {back}}.Encode(), cookies: cookies}).Body.String(); strings.Contains(page, `name="back"`) != (back == question) {
			t.Errorf("back %q is in the form", back)
		}
	}
}

// What is missing is said beside its field in the page's language, and what was filled
// in stays.
func TestWhatAConsentLacks(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{"purpose": {"sharing"}, "contact": {"c-fang"}, "given_by": {"赵德明"}, "capacity": {"guardian"}, "manner": {"spoken"}, "days": {"30"}}
	for language, says := range map[string][]string{
		"en":    {"What is to be shown?", "of a guardian: what shows the right", "Who heard it?"},
		"zh-CN": {"请至少勾选一项", "监护人请填写证明材料", "请填写听到口头同意的人"},
	} {
		w := ask(h, request{method: http.MethodPost, path: "/residents/r-zhao/consents", form: form, cookies: []*http.Cookie{n.signedIn(t)}, headers: map[string]string{"Accept-Language": language}})
		body := w.Body.String()
		if w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", language, w.Code)
		}
		for _, text := range append(says, `value="赵德明"`, `value="c-fang" selected`, `value="spoken" selected`, `value="30" selected`, `value="guardian" selected`, "<details class=\"more\" open>") {
			if !strings.Contains(strings.ToLower(body), strings.ToLower(text)) {
				t.Errorf("%s does not say %q", language, text)
			}
		}
		if got := strings.Count(body, `class="fails"`); got != 4 {
			t.Errorf("%s: %d things are wrong, want three and that it was not kept:\n%s", language, got, body)
		}
	}
	if len(n.privacy.list) != len(newNeighbourhood(t, atNoon).privacy.list) {
		t.Error("it was kept")
	}
}

// Who may not ask sees neither the pages nor the links to them.
func TestPrivacyPagesAreClosed(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	n.privacy.strict = true
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	for _, path := range []string{"/residents/r-zhao/consents", "/residents/r-zhao/looks", "/emergencies", "/emergency?home=10-101", "/residents/r-zhao/rights", "/erasures", "/processing"} {
		if w := ask(h, request{path: path, cookies: cookies}); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := ask(h, request{path: "/residents/r-zhao", cookies: cookies})
	for _, link := range []string{"/consents", "/looks", "/rights"} {
		if strings.Contains(w.Body.String(), "/residents/r-zhao"+link) {
			t.Errorf("the resident's page leads to %s", link)
		}
	}
}

// A family that may see how somebody is, and no more, sees that there is an alert
// and none of the values.
func TestOnlyTheStatus(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	for i := range n.residents {
		n.residents[i].Shows.Vitals = false
		n.residents[i].Hidden = 3
	}
	h := n.handler(t, assets)
	for _, path := range []string{"/", "/residents/r-li"} {
		body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		if strings.Contains(body, ">72<") || strings.Contains(body, ">132/78<") || !strings.Contains(body, "Critical") {
			t.Errorf("%s shows a value, or no alert:\n%s", path, body)
		}
	}
}

// A visit that looks at several things is one line, from its beginning to its end.
func TestAVisitIsOneLine(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	body := ask(n.handler(t, assets), request{path: "/residents/r-zhao/looks", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	if got := strings.Count(body, "Nurse &lt;Wang&gt;"); got != 1 {
		t.Errorf("%d lines of one visit:\n%s", got, body)
	}
	if !strings.Contains(body, "2026-11-23 11:50–11:59") || !strings.Contains(body, "how they are, vital signs and movement, health file") {
		t.Errorf("the visit is not whole:\n%s", body)
	}
}
