package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// selfCareForm is the national form as a browser sends it.
func selfCareForm(values ...string) url.Values {
	form := url.Values{"_mode": {"observed"}, "_day": {"2026-11-23"}}
	for i, id := range []string{"eating", "washing", "dressing", "toileting", "mobility"} {
		if values[i] != "" {
			form.Set(id, values[i])
		}
	}
	return form
}

func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}

func TestFormsAreFilledIn(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	const fresh, correct = "/residents/r-li/assessments/new/self_care", "/residents/r-zhao/assessments/a-new/correct"
	for _, c := range []struct {
		name, path string
		form       url.Values
		status     int
		says       []string // on the page, or on the one that it leads to
	}{
		{"kept", fresh, with(selfCareForm("3", "3", "3", "5", "5"), "_note", "tired"), 303, []string{"Unable to care for oneself", "19 of 37", "tired"}},
		{"not an allowed value", fresh, selfCareForm("1", "3", "3", "5", "5"), 422, []string{"Please look at what is marked: 1", "This cannot be an answer here.", `name="toileting" value="5" data-points="5" required checked`}},
		{"not all answered", fresh, selfCareForm("", "3", "3", "", "5"), 422, []string{"what is marked: 2", "Please answer this."}},
		{"nobody says how", fresh, with(selfCareForm("0", "0", "0", "0", "0"), "_mode", ""), 422, []string{"how the answers came about", `value="0" data-points="0" required checked`}},
		{"in the future", fresh, with(selfCareForm("0", "0", "0", "0", "0"), "_day", "2026-11-24"), 422, []string{"in the future"}},
		{"due before it was", fresh, with(selfCareForm("0", "0", "0", "0", "0"), "_next_due", "2026-11-23"), 422, []string{"only after the day"}},
		{"no such form", "/residents/r-li/assessments/new/none", selfCareForm("0", "0", "0", "0", "0"), 404, nil},
		{"no such resident", "/residents/none/assessments/new/self_care", selfCareForm("0", "0", "0", "0", "0"), 404, nil},
		{"implausible", "/residents/r-li/assessments/new/mmse", url.Values{"total": {"31"}, "education": {"1"}, "_mode": {"observed"}, "_day": {"2026-11-23"}}, 422, []string{"0 to 30 is plausible", `value="31"`}},
		{"by education", "/residents/r-li/assessments/new/mmse", url.Values{"total": {"20"}, "education": {"1"}, "_mode": {"observed"}, "_day": {"2026-11-23"}}, 303, []string{"Not normal for the education", "20 of 30"}},
		{"under the diastolic", "/residents/r-li/assessments/new/health_check", url.Values{"bp_left_systolic": {"80"}, "bp_left_diastolic": {"120"}, "bp_right_systolic": {"130"}, "bp_right_diastolic": {"80"},
			"height": {"160.5"}, "weight": {"60,2"}, "self_rated_health": {"2"}, "evaluation": {"1"}, "_mode": {"observed"}, "_day": {"2026-11-23"}}, 422, []string{"It is to be over this: Blood pressure, left arm, diastolic", "marked: 1"}},
		{"measured", "/residents/r-li/assessments/new/health_check", url.Values{"bp_left_systolic": {"130"}, "bp_left_diastolic": {"80"}, "bp_right_systolic": {"130"}, "bp_right_diastolic": {"80"},
			"height": {"160.5"}, "weight": {"60.2"}, "self_rated_health": {"2"}, "evaluation": {"1"}, "symptoms": {"2", "19"}, "_mode": {"observed"}, "_day": {"2026-11-23"}}, 303, []string{"23.4 kg/m²", "Headache, Constipation", "130 mmHg"}},
		{"a correction without a reason", correct, with(selfCareForm("3", "3", "0", "5", "5"), "_version", "2"), 422, []string{"why it is corrected"}},
		{"a correction of an older one", correct, with(selfCareForm("3", "3", "0", "5", "5"), "_version", "1", "_reason", "x"), 422, []string{"corrected it meanwhile"}},
		{"a correction", correct, with(selfCareForm("5", "3", "0", "5", "5"), "_version", "2", "_reason", "spilt <soup>"), 303, []string{"18 of 37", "Version 3 by", "spilt &lt;soup&gt;", "Depends on help for all of it"}},
		{"withdrawn", correct, with(selfCareForm("5", "3", "0", "5", "5"), "_version", "3", "_reason", "it was Li", "_withdrawn", "yes"), 303, []string{"does not count"}},
		{"what is gone cannot be corrected", "/residents/r-zhao/assessments/a-gone/correct", url.Values{"_version": {"1"}, "_reason": {"x"}}, 404, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(h, request{method: http.MethodPost, path: c.path, form: c.form, cookies: cookies})
			body := w.Body.String()
			if w.Code == http.StatusSeeOther {
				body = ask(h, request{path: w.Header().Get("Location"), cookies: cookies}).Body.String()
			}
			if w.Code != c.status {
				t.Errorf("%d, want %d:\n%s", w.Code, c.status, body)
			}
			for _, says := range c.says {
				if !strings.Contains(body, says) {
					t.Errorf("it does not say %q:\n%s", says, body)
				}
			}
		})
	}
	if w := ask(h, request{method: http.MethodPost, path: fresh, form: selfCareForm("0", "0", "0", "0", "0")}); !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
		t.Errorf("without a sign-in: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

func TestWhoMayNotKeepSeesNoForms(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	n.assessed.kept["a-brown"] = n.assessed.kept["a-mood"]
	n.assessed.kept["a-brown"][0].ID, n.assessed.kept["a-brown"][0].Resident = "a-brown", "r-brown"
	const all = "/residents/r-brown/assessments"
	for path, status := range map[string]int{all: 200, all + "/a-brown": 200, all + "/a-brown/correct": 404, all + "/new/self_care": 404} {
		w := ask(h, request{path: path, cookies: cookies})
		if body := w.Body.String(); w.Code != status || status == 200 && (strings.Contains(body, "/assessments/new/") || strings.Contains(body, "/correct")) {
			t.Errorf("%s: %d, want %d and no way to a form:\n%s", path, w.Code, status, body)
		}
	}
}

func TestComparisonsAreOfOneForm(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	cookies := []*http.Cookie{n.signedIn(t)}
	const at = "/residents/r-zhao/assessments/"
	for path, want := range map[string]string{
		at + "a-new/changes":                         "Worse by 11",
		at + "a-new/changes?since=a-old&after=a-new": "Worse by 11",
		at + "a-old/changes?since=a-new&after=a-old": "Worse by 11", // in order, whichever is chosen
		at + "a-old/changes":                         "",            // it is the first
		at + "a-new/changes?since=a-mood":            "",
		at + "a-none/changes":                        "",
	} {
		w := ask(h, request{path: path, cookies: cookies})
		if status := map[bool]int{true: 404, false: 200}[want == ""]; w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d, want %d saying %q", path, w.Code, status, want)
		}
	}
}
