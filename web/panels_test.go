package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/web"
)

// What an expert fills in is what is signed: rows in which nothing stands are left out.
func TestAnOpinionIsWhatWasFilledIn(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{
		"answer": {"change"}, "text": {"Sooner."}, "reasons": {"A stroke."}, "confidence": {"high"},
		"limit_1": {"bp.severe.systolic"}, "to_1": {"170"}, "limit_2": {""}, "to_2": {"99"}, "condition": {"copd on"},
		"reminder_kind": {"measurement"}, "reminder_what": {"血压"}, "reminder_times": {"08:00、20：00"}, "reminder_metric": {"bp_systolic,bp_diastolic"},
		"referral_to": {"Cardiology"}, "referral_what": {"Holter"}, "referral_by": {"2026-12-31"}, "follow_what": {"How is it?"}, "follow_on": {"2026-12-05"},
	}
	w := ask(h, request{method: http.MethodPost, path: "/consultations/c-open/opinion", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/cases" {
		t.Fatalf("%d to %q", w.Code, w.Header().Get("Location"))
	}
	want := panels.View{
		Answer: panels.WouldChange, Text: "Sooner.", Reasons: "A stroke.", Confidence: panels.High, Changes: []panels.Change{
			{Kind: panels.OfLimit, Target: "bp.severe.systolic", To: "170"},
			{Kind: panels.OfCondition, Target: "copd", To: "on"},
			{Kind: panels.OfReminder, Reminder: &panels.Reminder{Kind: "measurement", What: "血压", Schedule: "daily at 08:00, 20:00", Metrics: []string{"bp_systolic", "bp_diastolic"}}},
			{Kind: panels.FollowUp, Reminder: &panels.Reminder{What: "How is it?", Schedule: "once 2026-12-05 09:00"}},
			{Kind: panels.Referral, Errand: &panels.Errand{To: "Cardiology", What: "Holter", By: records.Date{Year: 2026, Month: 12, Day: 31}}},
		},
	}
	if diff := cmp.Diff([]panels.View{want}, n.panels.said); diff != "" {
		t.Error(diff)
	}
}

// Each kind of change that there is can be proposed by the form, in plain choices.
func TestEveryKindOfChangeIsProposed(t *testing.T) {
	measure := []string{"bp_systolic", "bp_diastolic"}
	reminder := func(target string, r *panels.Reminder) []panels.Change {
		return []panels.Change{{Kind: panels.OfReminder, Target: target, Reminder: r}}
	}
	for name, c := range map[string]struct {
		form url.Values
		want []panels.Change
	}{
		"the usual limit":     {url.Values{"limit_2": {"spo2.low"}, "to_2": {""}}, []panels.Change{{Kind: panels.OfLimit, Target: "spo2.low"}}},
		"no condition":        {url.Values{"condition": {"copd off"}}, []panels.Change{{Kind: panels.OfCondition, Target: "copd", To: "off"}}},
		"measured by plan":    {url.Values{"plan_metric": {"spo2"}, "plan_every": {"12h"}}, []panels.Change{{Kind: panels.OfPlan, Target: "spo2", To: "12h"}}},
		"measured together":   {url.Values{"plan_metric": {"bp_systolic,bp_diastolic"}, "plan_every": {"1d"}}, []panels.Change{{Kind: panels.OfPlan, Target: "bp_systolic", To: "1d"}, {Kind: panels.OfPlan, Target: "bp_diastolic", To: "1d"}}},
		"not by plan":         {url.Values{"plan_metric": {"body_weight"}, "plan_every": {"none"}}, []panels.Change{{Kind: panels.OfPlan, Target: "body_weight"}}},
		"a reminder on days":  {url.Values{"reminder_kind": {"exercise"}, "reminder_what": {"Walk"}, "reminder_note": {"Slowly."}, "reminder_times": {"09:00"}, "reminder_how": {"weekly"}, "reminder_weekday": {"mon", "fri"}}, reminder("", &panels.Reminder{Kind: "exercise", What: "Walk", Note: "Slowly.", Schedule: "every mon, fri at 09:00"})},
		"a reminder for once": {url.Values{"reminder_kind": {"appointment"}, "reminder_what": {"ECG"}, "reminder_times": {"09:00"}, "reminder_how": {"once"}, "reminder_on": {"2026-12-05"}}, reminder("", &panels.Reminder{Kind: "appointment", What: "ECG", Schedule: "once 2026-12-05 09:00"})},
		"another time":        {url.Values{"reminder_target": {"change r-one"}, "reminder_kind": {"exercise"}, "reminder_times": {"07:00、19:00"}, "reminder_how": {"daily"}}, reminder("r-one", &panels.Reminder{Kind: "measurement", What: "Blood <pressure>", Schedule: "daily at 07:00, 19:00", Metrics: measure})},
		"other words":         {url.Values{"reminder_target": {"change r-two"}, "reminder_what": {"Insulin"}, "reminder_how": {"daily"}}, reminder("r-two", &panels.Reminder{Kind: "medication", What: "Insulin", Schedule: "every mon, thu at 07:00"})},
		"no more":             {url.Values{"reminder_target": {"end r-two"}, "reminder_kind": {"exercise"}}, reminder("r-two", nil)},
	} {
		n := newNeighbourhood(t, atNoon)
		c.form.Set("answer", "change")
		w := ask(n.handler(t, assets), request{method: http.MethodPost, path: "/consultations/c-open/opinion", form: c.form, cookies: []*http.Cookie{n.signedIn(t)}})
		if w.Code != http.StatusSeeOther || len(n.panels.said) != 1 {
			t.Errorf("%s: status %d", name, w.Code)
			continue
		}
		if diff := cmp.Diff(c.want, n.panels.said[0].Changes); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// What is said by half is asked for again, at its row.
	for row, form := range map[string]url.Values{
		"plan":     {"plan_metric": {"spo2"}},
		"reminder": {"reminder_target": {"change r-one"}, "reminder_how": {"daily"}},
	} {
		n := newNeighbourhood(t, atNoon)
		w := ask(n.handler(t, assets), request{method: http.MethodPost, path: "/consultations/c-open/opinion", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
		if w.Code != http.StatusUnprocessableEntity || len(n.panels.said) != 0 || strings.Count(w.Body.String(), "This change cannot be made like this") != 1 {
			t.Errorf("%s by half: status %d, signed %+v", row, w.Code, n.panels.said)
		}
	}
}

// What is wrong is said at its row, and nothing that was filled in is lost.
func TestWhatIsWrongIsSaidBesideIt(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.panels.fault = web.PanelFault{"reasons", "changes[1].to"}
	form := url.Values{"answer": {"change"}, "text": {"Sooner <b>."}, "confidence": {"low"}, "limit_1": {"bp.severe.systolic"}, "to_1": {"170"}, "limit_3": {"spo2.low"}, "to_3": {"many"}}
	w := ask(h, request{method: http.MethodPost, path: "/consultations/c-open/opinion", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
	body := w.Body.String()
	if w.Code != http.StatusUnprocessableEntity {
		t.Fatalf("status %d", w.Code)
	}
	for _, says := range []string{"Sooner &lt;b&gt;.", `value="many"`, "Please give your reasons.", `value="low" required checked`, `value="spo2.low" selected`} {
		if !strings.Contains(body, says) {
			t.Errorf("the page does not say %q", says)
		}
	}
	_, third, _ := strings.Cut(body, `name="to_3"`)
	third, _, _ = strings.Cut(third, "</div>")
	if !strings.Contains(third, "This change cannot be made like this") || strings.Count(body, "This change cannot be made like this") != 1 {
		t.Errorf("it is not said at the third row alone: %s", third)
	}
}

// The chair publishes what was picked of the opinions, and what was added.
func TestAdviceGathersWhatWasPicked(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{"text": {"Refer."}, "plain_zh": {"联系医生。"}, "review_by": {"2026-12-31"}, "pick": {"95aa8c34b6ab-1", "0-1"}, "condition": {"copd on"}, "seen": {"95aa", "b213"}}
	w := ask(h, request{method: http.MethodPost, path: "/consultations/c-answered/advice", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	want := []web.Advising{{Text: "Refer.", Plain: panels.Text{ZH: "联系医生。"}, ReviewBy: "2026-12-31", Changes: []panels.Change{
		{Kind: panels.FollowUp, Reminder: &panels.Reminder{Kind: "follow_up", What: "晚上的血压？", Schedule: "once 2026-12-05 09:00"}}, {Kind: panels.OfCondition, Target: "copd", To: "on"},
	}, Seen: []string{"95aa", "b213"}}}
	if diff := cmp.Diff(want, n.panels.advising); diff != "" {
		t.Error(diff)
	}
}

// Who accepts what has changed since says how it is, as they have seen it.
func TestAChangeIsDecidedAsItWasSeen(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, form := range []url.Values{{"do": {"accept"}, "now": {""}, "reason": {"Yes."}}, {"do": {"accept"}, "reason": {"Yes."}}, {"do": {"decline"}, "reason": {"No."}}} {
		if w := ask(h, request{method: http.MethodPost, path: "/consultations/c-advised/changes/3", form: form, cookies: []*http.Cookie{n.signedIn(t)}}); w.Code != http.StatusSeeOther {
			t.Errorf("%v: status %d", form, w.Code)
		}
	}
	if diff := cmp.Diff([]string{"accept c-advised now : Yes.", "accept c-advised: Yes.", "decline c-advised: No."}, n.panels.decided); diff != "" {
		t.Error(diff)
	}
	if w := ask(h, request{method: http.MethodPost, path: "/consultations/c-advised/changes/3", form: url.Values{"reason": {"Yes."}}, cookies: []*http.Cookie{n.signedIn(t)}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("neither: status %d", w.Code)
	}
}

// The family reads how it is in plain words; an expert lands on their cases.
func TestWhoSeesWhatOfAdvice(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.sessions["daughter"] = web.User{ID: "u-9", Name: "Hong"}
	n.sessions["expert"] = web.User{ID: "x-1", Name: "Dr Zhang", Expert: true}
	as := func(who, path string) string {
		t.Helper()
		w := ask(h, request{path: path, cookies: []*http.Cookie{{Name: sessionCookie, Value: who}}})
		if w.Code == http.StatusSeeOther {
			return w.Header().Get("Location")
		}
		return w.Body.String()
	}
	for _, path := range []string{"/residents/r-zhao/consultations", "/consultations/c-advised"} {
		page := as("daughter", path)
		for _, says := range []string{"从 170 起联系医生。", "in the 14 days after it: 2.", "医生同意。"} {
			if !strings.Contains(page, says) {
				t.Errorf("%s does not say %q", path, says)
			}
		}
		for _, secret := range []string{"Refer from 170", "165", "A stroke", "SHA-256"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s says %q to the family", path, secret)
			}
		}
	}
	if at := as("expert", "/"); at != "/cases" {
		t.Errorf("an expert lands at %s", at)
	}
	page := as("expert", "/cases")
	if strings.Contains(page, `href="/reminders"`) || strings.Contains(page, `id="alarms"`) || strings.Contains(page, "赵德明") {
		t.Errorf("an expert is shown more than their cases: %s", page)
	}
}

// Advice that was altered hides no other question about the resident.
func TestAlteredAdviceIsSaidToBe(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	c := n.panels.question(t, "c-advised")
	c.Altered, c.Advice = true, nil
	w := ask(n.handler(t, assets), request{path: "/residents/r-zhao/consultations", cookies: []*http.Cookie{n.signedIn(t)}})
	body := w.Body.String()
	begin := strings.Index(body, `id="c-c-advised"`)
	if w.Code != http.StatusOK || begin < 0 || !strings.Contains(body[begin:], "专家意见不予显示") && !strings.Contains(body[begin:], "What was advised is not shown") || strings.Count(body, `id="c-`) < 2 {
		t.Errorf("status %d: %s", w.Code, body)
	}
	if before := strings.Index(body, `id="before"`); before >= 0 && before < begin {
		t.Error("it is among what holds no more")
	}
}

// What the staff decide on is not offered to the family, and it is said who decides.
func TestWhatIsForTheStaffToDecideIsSaid(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	changes := n.panels.question(t, "c-advised").Advice.Changes
	var open []int
	for i := range changes {
		if changes[i].State == panels.Proposed {
			open = append(open, i)
		}
	}
	for _, staffs := range []bool{false, true} {
		for _, i := range open {
			changes[i].ForStaff = staffs
		}
		page := ask(n.handler(t, assets), request{path: "/consultations/c-advised", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		says, offers := strings.Count(page, "由照护人员决定")+strings.Count(page, "A caregiver of the service decides"), strings.Count(page, `value="accept"`)
		if staffs && (says != len(open) || offers != 0) || !staffs && (says != 0 || offers != len(open)) || len(open) == 0 {
			t.Errorf("for the staff: %t: of %d changes %d are said to be, and %d are offered", staffs, len(open), says, offers)
		}
	}
}

// A file in which nothing stands yet has no version to be named.
func TestAnEmptyFileIsSaidToBeEmpty(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.panels.question(t, "c-late").Evidence.File = panels.File{}
	for language, want := range map[string]string{"en": "nothing stood in the health file yet", "zh-CN": "健康档案尚无内容"} {
		body := ask(h, request{path: "/consultations/c-late", cookies: []*http.Cookie{n.signedIn(t)}, headers: map[string]string{"Accept-Language": language}}).Body.String()
		if !strings.Contains(body, want) || strings.Contains(body, "version 0") || strings.Contains(body, "第 0 版") {
			t.Errorf("in %s the page does not say %q", language, want)
		}
	}
}

// What is asked of an expert is a long page down: the top leads there, whatever others said.
func TestTheTopLeadsToWhatIsAsked(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	top := func(id string) string {
		body := ask(h, request{path: "/consultations/" + id, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		top, _, _ := strings.Cut(body, `id="question"`)
		return top
	}
	open := n.panels.question(t, "c-open")
	open.Opinions, open.Words = n.panels.question(t, "c-answered").Opinions[:1], [][]panels.Text{{{}, {}}}
	if top := top("c-open"); !strings.Contains(top, `<a href="#speak">Give your opinion</a>`) || strings.Contains(top, "#advise") {
		t.Errorf("who is to speak reads %s", top)
	}
	open.Mine.Mine.State = panels.Spoke
	if top := top("c-open"); !strings.Contains(top, `<a href="#speak">Give another opinion in its place</a>`) {
		t.Errorf("who has spoken reads %s", top)
	}
	if top := top("c-answered"); !strings.Contains(top, `<a href="#advise">Write the advice</a>`) || strings.Contains(top, "#speak") {
		t.Errorf("the chair reads %s", top)
	}
	if top := top("c-advised"); strings.Contains(top, "#speak") || strings.Contains(top, "#advise") {
		t.Errorf("who asked reads %s", top)
	}
}

// What came after changes of the same day is shown once, from the first that could change
// what is measured; that of an errand alone is folded.
func TestAnEffectIsShownOnceForADay(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	advised := n.panels.question(t, "c-advised")
	limit := advised.Advice.Changes[0]
	made := func(kind panels.ChangeKind, words string, ago time.Duration, alerts int) web.AdvisedChange {
		c, after := limit, *limit.After
		after.From, after.Alerts = noon.Add(-ago), []panels.RuleEffect{{Rule: "bp_severe", Before: alerts}}
		c.Change.Kind, c.Words, c.After = kind, panels.Text{EN: words}, &after
		return c
	}
	const day = 24 * time.Hour
	advised.Advice.Changes = []web.AdvisedChange{
		made(panels.Referral, "refer them", 5*day, 3), made(panels.FollowUp, "look again", 9*day, 5), made(panels.OfLimit, "lower it", 5*day-time.Hour, 7), made(panels.OfPlan, "measure it", 5*day-2*time.Hour, 8),
	}
	for _, path := range []string{"/residents/r-zhao/consultations", "/consultations/c-advised"} {
		body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		var shown []string
		for _, part := range strings.Split(body, `<div class="effect">`)[1:] {
			_, made, _ := strings.Cut(part, "Made on ")
			made, says, _ := strings.Cut(made, "</p>")
			_, says, _ = strings.Cut(says, "before the change: ")
			shown = append(shown, made+" "+says[:1])
		}
		want := []string{noon.Add(-9*day).Format(time.DateOnly) + ": Look again 5", noon.Add(-5*day).Format(time.DateOnly) + ": Lower it; Measure it; Refer them 7"}
		if diff := cmp.Diff(want, shown); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
		if folded := strings.Count(body, "<summary>Before and after the change</summary>"); folded != 1 {
			t.Errorf("%s folds %d effects", path, folded)
		}
	}
}

// On paper advice says whose it is, and when it was printed; never to experts.
func TestAdviceOnPaperSaysWhoseItIs(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for path, says := range map[string]bool{"/residents/r-zhao/consultations": true, "/consultations/c-advised": true, "/consultations/c-open": false, "/consultations/c-answered": false} {
		body := ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		for _, words := range []string{"赵德明 · Born 1941-03-05 (85 years)", "As of 2026-11-23 12:00"} {
			if strings.Contains(body, words) != says {
				t.Errorf("%s says %q: %v, want %v", path, words, !says, says)
			}
		}
	}
}

// Whoever is in a panel is led to the cases that wait for them, whatever else they are;
// nobody else is.
func TestWhoIsInAPanelIsLedToTheirCases(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	for _, c := range []struct {
		user web.User
		led  bool
	}{
		{web.User{ID: "x-2", Name: "Wen", Staff: true}, true},
		{web.User{ID: "x-2", Name: "Wen"}, true},
		{web.User{ID: "x-9", Name: "Lu", Expert: true}, true},
		{web.User{ID: "u-1", Name: "Chen", Staff: true, Manages: true}, true},
		{web.User{ID: "u-1", Name: "Chen", Staff: true}, false},
		{web.User{ID: "u-9", Name: "Hong"}, false},
	} {
		n.sessions["one"] = c.user
		for _, path := range []string{"/", "/alerts", "/contacts/me"} {
			w := ask(h, request{path: path, cookies: []*http.Cookie{{Name: sessionCookie, Value: "one"}}})
			if w.Code == http.StatusSeeOther { // an expert lands there
				continue
			}
			if led := strings.Count(w.Body.String(), `<a href="/cases">`); led > 1 || (led == 1) != c.led {
				t.Errorf("%+v at %s: %d links to the cases", c.user, path, led)
			}
		}
	}
}

// Who asks chooses documents by what they are called; the experts are told their numbers.
func TestDocumentsArePutByTheForm(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{"panel": {"hearts"}, "question": {"Is it right?"}, "document": {"d-2", "d-1"}}
	const at = "/residents/r-zhao/consultations/new"
	if w := ask(h, request{method: http.MethodPost, path: at, form: form, cookies: []*http.Cookie{n.signedIn(t)}}); w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	if got := n.panels.put; len(got) != 1 || !slices.Equal(got[0].Documents, []string{"d-2", "d-1"}) {
		t.Errorf("put %+v", got)
	}
	n.panels.fault = web.PanelFault{"documents[1]"}
	body := ask(h, request{method: http.MethodPost, path: at, form: form, cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	if strings.Count(body, `name="document" value="d-1" checked`) != 1 || !strings.Contains(body, "Choose documents of the file") {
		t.Errorf("what was wrong is not said, or what was ticked is lost: %s", body)
	}
	body = ask(h, request{path: "/consultations/c-open", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
	_, body, _ = strings.Cut(body, `class="plain papers"`)
	body, _, _ = strings.Cut(body, "</ul>")
	if !strings.Contains(body, `href="/consultations/c-open/documents/1">Document 1: discharge letter (PDF, 121 KB)`) || strings.Contains(body, "documents/2") || !strings.Contains(body, "Document 2: image. It was taken out") || strings.Contains(body, "赵德明") {
		t.Errorf("the experts read %s", body)
	}
}

// A document is opened as it is, and nothing of it is run; one that cannot be opened any
// more is explained in words, on a page.
func TestADocumentThatCannotBeOpenedIsExplained(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	open := func(path, language string) *httptest.ResponseRecorder {
		return ask(h, request{path: path, cookies: []*http.Cookie{n.signedIn(t)}, headers: map[string]string{"Accept-Language": language}})
	}
	w := open("/consultations/c-open/documents/1", "en")
	if h := w.Header(); w.Code != http.StatusOK || w.Body.String() != "%PDF-1.7 <letter>" || h.Get("Content-Type") != "application/pdf" || h.Get("Content-Disposition") != "attachment; filename=document-1.pdf" ||
		h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %q", w.Code, h, w.Body)
	}
	for path, says := range map[string][]string{
		"/consultations/c-open/documents/2": {"taken out of the file", "已从档案中撤下", `<a href="/consultations/c-open">`},
		"/consultations/c-over/documents/1": {"closed to you", "不再对您开放", `<a href="/">`},
	} {
		for i, language := range []string{"en", "zh-CN"} {
			w := open(path, language)
			if body := w.Body.String(); w.Code != http.StatusNotFound || !strings.Contains(w.Header().Get("Content-Type"), "text/html") || !strings.Contains(body, says[i]) || !strings.Contains(body, says[2]) {
				t.Errorf("%s in %s: %d %s", path, language, w.Code, body)
			}
		}
	}
	if w := open("/consultations/c-open/documents/x", "en"); w.Code != http.StatusNotFound {
		t.Errorf("no number: %d", w.Code)
	}
	if w := ask(h, request{path: "/consultations/c-open/documents/1"}); w.Header().Get("Location") != "/sign-in?next=%2Fconsultations%2Fc-open%2Fdocuments%2F1" {
		t.Errorf("without a sign-in: %d to %q", w.Code, w.Header().Get("Location"))
	}
}

// Who looks after the resident reads which expert could not be told, and what to do about
// it.
func TestWhoCouldNotBeToldIsSaid(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	late := n.panels.question(t, "c-late")
	for _, c := range []struct {
		expert     string
		way        web.WayOut
		says, href string
	}{
		{"x-2", web.WayOut{Staff: true, Contact: "c-wen"}, "Add a way to reach them", "/contacts/c-wen"},
		{"x-2", web.WayOut{Staff: true}, "How I am told", ""},
		{"x-2", web.WayOut{}, "ask the staff", ""},
		{"u-1", web.WayOut{Staff: true, Contact: "c-chen"}, "You could not be told", "/contacts/me"},
	} {
		late.Seats[1].User = c.expert
		late.Unreached = map[string]web.WayOut{c.expert: c.way}
		body := ask(h, request{path: "/consultations/c-late", cookies: []*http.Cookie{n.signedIn(t)}}).Body.String()
		_, experts, _ := strings.Cut(body, `class="plain experts"`)
		experts, _, _ = strings.Cut(experts, "</ul>")
		if !strings.Contains(experts, c.says) || strings.Count(experts, "told") == 0 || strings.Contains(experts, "/contacts/") != (c.href != "") || !strings.Contains(experts, c.href) {
			t.Errorf("%s, %+v: %s", c.expert, c.way, experts)
		}
	}
}

// A panel is what its form says; rows without anybody are left out.
func TestAPanelIsWhatWasFilledIn(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	form := url.Values{
		"name": {"Hearts"}, "active": {"yes"}, "version": {"2"}, "member_1": {"x-2"}, "speciality_1": {"Geriatrics"}, "member_2": {""}, "speciality_2": {"?"}, "member_3": {"x-1"}, "speciality_3": {"Cardiology"},
		"chair": {"3"}, "rule_1": {"bp_severe"}, "alerts_1": {"4"}, "days_1": {"10"}, "rule_2": {""}, "alerts_2": {"5"}, "reason": {" new "},
	}
	w := ask(h, request{method: http.MethodPost, path: "/panels/hearts", form: form, cookies: []*http.Cookie{n.signedIn(t)}})
	if w.Code != http.StatusSeeOther {
		t.Fatalf("status %d", w.Code)
	}
	want := []panels.Panel{{
		ID: "hearts", Name: "Hearts", Active: true, Reason: "new", Members: []panels.Member{{User: "x-2", Speciality: "Geriatrics"}, {User: "x-1", Speciality: "Cardiology", Chair: true}},
		Openers: []panels.Opener{{Rule: "bp_severe", Alerts: 4, Days: 10}},
	}}
	if diff := cmp.Diff(want, n.panels.kept); diff != "" {
		t.Error(diff)
	}
}

// A report is shown whatever was done to the advice: that one is left out, and why.
func TestAReportWithoutAlteredAdvice(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	report := func() string {
		t.Helper()
		w := ask(h, request{path: "/residents/r-zhao/report", cookies: []*http.Cookie{n.signedIn(t)}})
		if w.Code != http.StatusOK {
			t.Fatalf("status %d", w.Code)
		}
		return w.Body.String()
	}
	n.panels.published = []web.Advice{{At: atNoon().Add(-time.Hour), By: "Hearts", Text: web.Text{EN: "Refer <b>."}}}
	if body := report(); !strings.Contains(body, "Refer &lt;b&gt;.") {
		t.Error("the report does not say what was advised")
	}
	n.panels.unpublished = fmt.Errorf("%w: consultation c-1", web.RefusedAltered)
	if body := report(); !strings.Contains(body, "somebody has altered it, so it is not shown") || !strings.Contains(body, "Measurements") {
		t.Error("the report does not say that the advice is not shown")
	}
}

// An expert whose part is over is led back to their cases: they see no residents.
func TestAnExpertIsLedBackToTheirCases(t *testing.T) {
	n := newNeighbourhood(t, atNoon)
	h := n.handler(t, assets)
	n.sessions["expert"] = web.User{ID: "x-1", Name: "Dr Zhang", Expert: true}
	for who, says := range map[string]string{"expert": `<a href="/">Cases</a>`, n.signedIn(t).Value: `<a href="/">All residents</a>`} {
		w := ask(h, request{path: "/consultations/c-gone", cookies: []*http.Cookie{{Name: sessionCookie, Value: who}}})
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), says) {
			t.Errorf("%s: status %d, without %s", who, w.Code, says)
		}
	}
}
