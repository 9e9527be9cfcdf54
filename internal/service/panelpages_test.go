package service_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// surgery is a service with a resident, a nurse who looks after them, and a panel of two
// experts.
type surgery struct {
	*process
	send func(systolic int)
}

func newSurgery(t *testing.T) *surgery {
	t.Helper()
	var passwords []string
	ids := map[string]string{}
	p := newProcess(t, testConfig(t), func(s *service.Service) {
		passwords = wearers(t, s, 1)
		for login, role := range map[string]records.Role{"chair": records.Expert, "second": records.Expert, "other": records.Expert, "nurse": records.Caregiver, "cousin": records.Family} {
			u, err := s.AddUser(t.Context(), records.User{Login: login, Name: "Dr " + login, Role: role}, "long enough")
			if err != nil {
				t.Fatal(err)
			}
			ids[login] = u.ID
		}
	})
	p.start()
	s := &surgery{process: p}
	client := p.connect("d-0", passwords[0])
	s.send = func(systolic int) {
		t.Helper()
		now := time.Now()
		payload := fmt.Sprintf(`[{"ts":%d,"bp_systolic":%d,"bp_diastolic":80},{"ts":%d,"bp_systolic":%d,"bp_diastolic":80}]`, now.Add(-2*time.Second).UnixMilli(), systolic, now.UnixMilli(), systolic)
		if token := client.Publish("anxin/v1/devices/d-0/readings", 1, false, payload); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	for path, body := range map[string]string{
		"/panels":                 fmt.Sprintf(`{"id":"hearts","name":"Hearts","active":true,"members":[{"user":%q,"speciality":"Cardiology","chair":true},{"user":%q,"speciality":"Geriatrics"}]}`, ids["chair"], ids["second"]),
		"/residents/r-0/consents": `{"purpose":"panel","given_by":"R","capacity":"resident","manner":"paper","proof":"folder 7"}`,
	} {
		if err := p.post("/api/v1"+path, body); err != nil {
			t.Fatalf("%v\n%s", err, p.said())
		}
	}
	return s
}

// rules are those that have raised an alert.
func (s *surgery) rules() (rules []string) {
	s.t.Helper()
	var all []struct{ Rule string }
	s.ask(s.t.(*testing.T), "/api/v1/alerts", &all)
	for _, a := range all {
		rules = append(rules, a.Rule)
	}
	return rules
}

// enter signs somebody in, in a browser of their own.
func (s *surgery) enter(t *testing.T, b *browsertest.Browser, size browsertest.Size, login, next string) *browsertest.Page {
	t.Helper()
	page := b.Page(t, size)
	page.Open("http://" + s.cfg.HTTPAddr + "/sign-in?next=" + next)
	page.Type("input[name=login]", login)
	page.Type("input[name=password]", "long enough\r")
	page.Wait(login+" to be in", `document.querySelector("a.who")`)
	t.Cleanup(func() {
		for _, problem := range page.Problems() {
			t.Errorf("on the page of %s: %s", login, problem)
		}
	})
	return page
}

// set fills in what is chosen, or a day.
func set(p *browsertest.Page, css, value string) {
	browsertest.Eval[string](p, fmt.Sprintf(`document.querySelector(%q).value = %q`, css, value))
}

// opens asks for the first document of a question, as the page's link does.
func opens(p *browsertest.Page, question string, want int) {
	browsertest.Eval[any](p, fmt.Sprintf(`delete window.opened; void fetch("%s/documents/1").then((r) => { window.opened = r.status; })`, question))
	p.Wait(fmt.Sprintf("status %d of the document", want), fmt.Sprintf(`window.opened === %d`, want))
}

const (
	fits     = `document.documentElement.scrollWidth <= innerWidth`
	onCases  = `location.pathname === "/cases"`
	question = "When is the pressure to be an alert?"
)

// Two experts in two browsers take a question to advice: neither sees the other's opinion
// before, they differ, the chair publishes, the nurse accepts a limit, and the next
// reading is another alert.
func TestTwoBrowsersTakeAQuestionToAnotherAlert(t *testing.T) {
	s := newSurgery(t)
	b := browsertest.Start(t)
	s.send(175)
	if err := s.post("/api/v1/residents/r-0/file/documents", `{"body":{"title":"Letter of R","sort":"discharge"},"content":"`+pdf("discharged")+`"}`); err != nil {
		t.Fatal(err)
	}
	p := s.enter(t, b, browsertest.Phone, "nurse", "/residents/r-0")
	p.Wait("the resident's page", `document.querySelector("h1").innerText === "R"`)
	p.Click(`a[href="/residents/r-0/consultations"]`)
	p.Wait("nothing asked", `document.querySelector(".empty")`)
	p.Click(`a[href$="/consultations/new"]`)
	p.Wait("what is frozen", `document.querySelector(".frozen") && `+fits)
	p.Type("textarea[name=question]", question)
	p.Click(`input[name=document]`)
	p.Click("button.main")
	p.Wait("the question", `document.querySelector(".question")?.innerText.includes("0 of 2 experts have answered") && `+fits)
	at := browsertest.Eval[string](p, `document.querySelector('.question a[href^="/consultations/"]').pathname`)

	chair := s.enter(t, b, browsertest.Desktop, "chair", "/")
	second := s.enter(t, b, browsertest.Phone, "second", "/")
	for _, expert := range []*browsertest.Page{chair, second} {
		expert.Wait("the case on the board", onCases+` && document.querySelector(".cases a").innerText === "`+question+`" && !document.querySelector('footer a[href="/"]') && `+fits)
		expert.Click(".cases a")
		expert.Wait("the evidence", `document.querySelector("#evidence .chart-svg") && document.querySelector("#speak") && `+fits)
		expert.Wait("the document, by its number", `document.querySelector("#evidence .papers a").innerText.startsWith("Document 1: discharge letter (PDF")`)
		opens(expert, at, http.StatusOK)
		if text := expert.Text("main"); strings.Contains(text, "Letter of R") || strings.Contains(text, "r-0") || strings.Contains(text, "Dr nurse") {
			t.Errorf("the expert is told who it is: %s", text)
		}
	}
	s.waitFor("the nurse to read who could not be told", func() error {
		p.Open("http://" + s.cfg.HTTPAddr + at)
		if n := browsertest.Eval[int](p, `document.querySelectorAll(".experts .fails").length`); n != 2 {
			return fmt.Errorf("%d experts are said not to be told", n)
		}
		return nil
	})
	chair.Click(`input[name=answer][value=change]`)
	chair.Type("#speak textarea[name=text]", "Raise it sooner.")
	chair.Type("#speak textarea[name=reasons]", "A stroke before.")
	chair.Click(`input[name=confidence][value=high]`)
	chair.Click("#speak form > details summary")
	set(chair, "select[name=limit_1]", "bp.severe.systolic")
	chair.Type("input[name=to_1]", "lower")
	chair.Click("#speak button.main")
	chair.Wait("what is wrong, beside it", `document.querySelector(".row .fails") && document.querySelector("#speak textarea[name=reasons]").value === "A stroke before."`)
	set(chair, "input[name=to_1]", "170")
	set(chair, "select[name=plan_metric]", "bp_systolic,bp_diastolic")
	set(chair, "select[name=plan_every]", "12h")
	chair.Click("#speak button.main")
	chair.Wait("the board again", onCases+` && document.querySelector(".cases li").innerText.includes("others have not yet")`)

	second.Open("http://" + s.cfg.HTTPAddr + at)
	second.Wait("no opinion of the other's", `document.querySelector("#speak") && !document.querySelector("#opinions, #points") && !document.body.innerText.includes("Raise it sooner.")`)
	second.Click(`input[name=answer][value=leave]`)
	second.Type("#speak textarea[name=text]", "Leave it.")
	second.Type("#speak textarea[name=reasons]", "It is one reading.")
	second.Click(`input[name=confidence][value=low]`)
	chair.Click(".cases a")
	chair.Wait("the chair to see their own alone", `document.querySelectorAll("#opinions .opinion").length === 1 && !document.querySelector("#points, #advise")`)
	second.Click("#speak button.main")
	second.Wait("an empty board", onCases+` && !document.querySelector(".cases")`)
	second.Open("http://" + s.cfg.HTTPAddr + at)
	second.Wait("nothing to see any more", `document.querySelector("h1").innerText === "That did not work"`)
	opens(second, at, http.StatusNotFound)
	opens(p, at, http.StatusOK)

	chair.Open("http://" + s.cfg.HTTPAddr + at)
	chair.Wait("both, and that they differ", `document.querySelectorAll("#opinions .opinion").length === 2 && [...document.querySelectorAll("#points .differ")].some((one) => one.innerText.includes("One would lower the limit of severely high systolic pressure from 180 to 170, one would leave it."))`)
	chair.Type("#advise textarea[name=text]", "Refer from 170 on.")
	set(chair, "input[name=review_by]", time.Now().AddDate(0, 1, 0).Format(time.DateOnly))
	chair.Wait("each change to pick", `document.querySelectorAll("#advise input[name=pick]").length === 3 && document.querySelector("#advise fieldset:last-of-type").innerText.includes("Measure systolic pressure every 12 hours")`)
	chair.Click(`#advise input[name=pick]`)
	chair.Click("#advise button.main")
	chair.Wait("that the family is to be told too", `document.querySelector("#advise fieldset .fails") && document.querySelector("#advise input[name=pick]").checked`)
	chair.Type("#advise textarea[name=plain_en]", "From 170 on we call the doctor.")
	chair.Click("#advise button.main")
	chair.Wait("an empty board", onCases+` && !document.querySelector(".cases")`)

	p.Open("http://" + s.cfg.HTTPAddr + at)
	p.Wait("the advice", `document.querySelector("#advice .plainly").innerText === "From 170 on we call the doctor." && `+fits)
	if got := s.rules(); slices.Contains(got, "bp_severe") {
		t.Fatalf("raised before anybody has accepted: %v", got)
	}
	p.Type("#change-1 input[name=reason]", "Her doctor agrees.")
	p.Click(`#change-1 button[value=accept]`)
	p.Wait("what changed", `document.querySelector("#change-1").innerText.includes("and made.") && document.querySelector("#change-1 q").innerText === "Her doctor agrees." && `+fits)
	s.waitFor("the next reading to be an alert", func() error {
		s.send(175)
		if got := s.rules(); !slices.Contains(got, "bp_severe") {
			return fmt.Errorf("raised is %v", got)
		}
		return nil
	})
	p.Open("http://" + s.cfg.HTTPAddr + "/residents/r-0/consultations")
	p.Wait("what came of it", `document.querySelector(".effect") && document.body.innerText.includes("To be looked at again by") && `+fits)
	p.Open("http://" + s.cfg.HTTPAddr + "/residents/r-0/report")
	p.Wait("the advice in the report", `document.querySelector("#advice")?.innerText.includes("Refer from 170 on.")`)
	verified(t, s.process)
}

// The pages let in whom the API lets in: an expert to what they are asked while they are,
// and to nothing else; who may not see the file to nothing of it.
func TestThePagesOfPanelsLetInWhomTheAPIDoes(t *testing.T) {
	t.Parallel()
	s := newSurgery(t)
	answer, err := s.request(http.MethodPost, "/api/v1/residents/r-0/consultations", `{"panel":"hearts","question":"When is the pressure to be an alert?"}`)
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ ID string }
	if err := json.Unmarshal(answer, &c); err != nil {
		t.Fatal(err)
	}
	visitors := map[string]*http.Client{}
	for _, login := range []string{"test", "nurse", "chair", "second", "other", "cousin"} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		visitors[login] = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	do := func(login, path string, form url.Values) int {
		t.Helper()
		at := "http://" + s.cfg.HTTPAddr + path
		var resp *http.Response
		var err error
		if form == nil {
			resp, err = visitors[login].Get(at)
		} else {
			resp, err = visitors[login].PostForm(at, form)
		}
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	for login := range visitors {
		if got := do(login, "/sign-in", url.Values{"login": {login}, "password": {"long enough"}}); got != http.StatusSeeOther {
			t.Fatalf("%s signs in: %d", login, got)
		}
	}
	const about, see, none, ok = "/residents/r-0/consultations", http.StatusSeeOther, http.StatusNotFound, http.StatusOK
	one := "/consultations/" + c.ID
	reason, opinion := url.Values{"reason": {"Because."}}, url.Values{"answer": {"leave"}, "text": {"Leave it."}, "reasons": {"One reading."}, "confidence": {"low"}}
	for _, step := range []struct {
		path string
		form url.Values
		want map[string]int
	}{
		{about, nil, map[string]int{"test": ok, "nurse": ok, "chair": none, "second": none, "other": none, "cousin": none}},
		{about + "/new", nil, map[string]int{"nurse": ok, "chair": none, "other": none, "cousin": none}},
		{about + "/new", url.Values{"question": {"?"}, "panel": {"hearts"}}, map[string]int{"chair": none, "other": none, "cousin": none}},
		{one, nil, map[string]int{"test": ok, "nurse": ok, "chair": ok, "second": ok, "other": none, "cousin": none}},
		{one + "/withdraw", reason, map[string]int{"chair": none, "other": none, "cousin": none}},
		{one + "/decline", reason, map[string]int{"nurse": none, "other": none, "cousin": none}},
		{one + "/opinion", opinion, map[string]int{"nurse": none, "other": none, "cousin": none}},
		{"/panels", nil, map[string]int{"test": ok, "nurse": none, "chair": none, "cousin": none}},
		{"/panels/hearts", nil, map[string]int{"test": ok, "nurse": none, "chair": none, "cousin": none}},
		{"/panels/hearts", url.Values{"name": {"Mine"}}, map[string]int{"nurse": none, "chair": none, "cousin": none}},
		{"/", nil, map[string]int{"chair": see, "nurse": ok}},
		{"/residents/r-0", nil, map[string]int{"chair": none, "other": none}},
		{one + "/decline", reason, map[string]int{"second": see}},
		{one, nil, map[string]int{"second": none, "chair": ok}},
		{one + "/opinion", opinion, map[string]int{"second": none, "chair": see}},
		{one + "/advice", url.Values{"text": {"Leave it."}, "plain_en": {"It stays."}, "review_by": {"2099-01-01"}}, map[string]int{"nurse": none, "second": none, "other": none, "chair": see}},
		{one, nil, map[string]int{"chair": none, "second": none, "other": none, "nurse": ok, "test": ok, "cousin": none}},
		{one + "/review", url.Values{"note": {"Seen."}}, map[string]int{"chair": none, "cousin": none, "nurse": see}},
	} {
		for login, want := range step.want {
			if got := do(login, step.path, step.form); got != want {
				t.Errorf("%s at %s with %v: %d, want %d", login, step.path, step.form, got, want)
			}
		}
	}
	verified(t, s.process)
}
