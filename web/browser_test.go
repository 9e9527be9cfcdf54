package web_test

import (
	"fmt"
	"io/fs"
	"math"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/vitals"
)

const needBuild = "build the pages' scripts first: make web/dist/.built"

// street is a neighbourhood on a real server, with a real browser before it.
type street struct {
	*neighbourhood
	line  *line
	url   string
	later atomic.Int64
}

func newStreet(t *testing.T) *street {
	t.Helper()
	built := os.DirFS("dist")
	if _, err := fs.Stat(built, "manifest.json"); err != nil {
		t.Fatalf("%v: %s", err, needBuild)
	}
	s := &street{line: newLine()}
	s.neighbourhood = newNeighbourhood(t, func() time.Time { return time.Now().Add(time.Duration(s.later.Load())) })
	h := s.handler(t, built)
	s.api(h, s.line)
	server := httptest.NewServer(h)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	s.url = server.URL
	return s
}

// enter signs a new tab in.
func (s *street) enter(t *testing.T, b *browsertest.Browser, size browsertest.Size) *browsertest.Page {
	t.Helper()
	p := b.Page(t, size)
	p.Open(s.url + "/")
	p.Type("#login", login)
	p.Type("#password", password)
	p.Click("form.sign-in button")
	p.Wait("the live board", isLive)
	t.Cleanup(func() {
		for _, problem := range p.Problems() {
			t.Errorf("on the page: %s", problem)
		}
	})
	return p
}

const isLive = `document.documentElement.dataset.live === "live"`

// tileOf is the script for a tile of a resident's card.
func tileOf(resident, tile string) string {
	return fmt.Sprintf(`document.querySelector('[data-resident="%s"] [data-tile="%s"]')`, resident, tile)
}

func TestInABrowser(t *testing.T) {
	b := browsertest.Start(t)
	for name, story := range map[string]func(*testing.T, *browsertest.Browser){
		"sign-in": signInStory, "live": liveStory, "old": oldStory, "lost": lostStory, "mute": muteStory, "signed out": signedOutStory,
		"filter": filterStory, "charts": chartsStory, "claim": claimStory, "arrival": arrivalStory, "resolve": resolveStory, "gone": goneStory, "refused": refusedStory, "reminders": remindersStory, "assess": assessStory,
		"account": accountStory, "invited": invitedStory,
		"board": boardStory, "evidence": evidenceStory, "plain": plainStory, "duty": dutyStory, "my channels": channelsStory, "push": pushStory, "told": toldStory, "no push": cannotPushStory, "care team": careTeamStory, "roster": rosterStory, "what charts say": sayStory, "accessible": accessibleStory, "file": fileStory, "report": reportStory, "tap": tapStory,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, b)
		})
	}
}

func signInStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := b.Page(t, browsertest.Phone)
	p.Open(s.url + "/residents/r-li")
	p.Type("#login", login)
	p.Type("#password", "wrong")
	p.Press(kb.Enter)
	p.Wait("the error", `document.querySelector("#error")`)
	p.Wait("the cursor in the password", `document.activeElement.id === "password"`)
	p.Screenshot("wrong-password")
	p.Click(`button[lang="zh-CN"]`)
	p.Wait("Chinese", `document.documentElement.lang === "zh-CN" && document.querySelector("h1").innerText === "登录"`)
	p.Type("#login", login)
	p.Type("#password", password)
	p.Press(kb.Enter)
	p.Wait("the page asked for first", `location.pathname === "/residents/r-li" && document.querySelector("h1").innerText === "李秀英"`)
	p.Wait("live in Chinese", `document.querySelector("#link").innerText.includes("实时")`)
	p.Click("form.leave button")
	p.Wait("the sign-in", `location.pathname === "/sign-in"`)
}

func liveStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	p.Screenshot("board")
	browsertest.Eval[any](p, "window.same = true")

	s.report("r-li", "band-1", time.Now(), value(vitals.HeartRate, 88))
	p.Wait("the new heart rate", tileOf("r-li", "heart_rate")+`.innerText.includes("88")`)
	p.Wait("its age to tick", `/[2-9] s ago/.test(`+tileOf("r-li", "heart_rate")+`.innerText)`)
	s.report("r-li", "door-1", time.Now(), value(vitals.DoorContact, 0))
	p.Wait("the door's word", tileOf("r-li", "door_contact")+`.innerText.includes("closed")`)
	s.report("r-li", "band-1", time.Now(), vitals.Value{Metric: vitals.SpO2, Number: 12, Marks: vitals.Implausible})
	p.Wait("the doubt", tileOf("r-li", "spo2")+`.matches(".doubted") && `+tileOf("r-li", "spo2")+`.innerText.includes("implausible")`)
	s.report("r-li", "cuff-1", time.Now(), value(vitals.BPSystolic, 141), value(vitals.BPDiastolic, 90))
	p.Wait("the blood pressure", tileOf("r-li", "blood_pressure")+`.innerText.includes("141/90")`)

	// A tile that was not there, and a device that goes offline.
	s.report("r-brown", "oxi-3", time.Now(), value(vitals.RespiratoryRate, 17))
	p.Wait("a first breathing rate", tileOf("r-brown", "respiratory_rate")+`?.innerText.includes("17")`)
	offline := false
	s.mu.Lock()
	s.devices["r-li"][0].Online = &offline
	s.mu.Unlock()
	s.report("r-li", "band-1", time.Now(), value(vitals.Online, 0))
	p.Wait("the trouble", `document.querySelector('[data-resident="r-li"] .troubles')?.innerText.includes("offline")`)
	if !browsertest.Eval[bool](p, "window.same === true") {
		t.Error("the page was loaded anew")
	}
}

func oldStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	pulse := tileOf("r-li", "heart_rate")
	if browsertest.Eval[bool](p, pulse+`.matches(".old")`) {
		t.Fatal("a pulse of seconds ago is old")
	}
	s.later.Store(int64(16 * time.Minute))
	p.Later(16 * time.Minute)
	p.Wait("the pulse to be old", isLive+` && `+pulse+`.matches(".old") && `+pulse+`.innerText.includes("old")`)
	if got := browsertest.Eval[string](p, `getComputedStyle(`+pulse+`.querySelector(".value")).textDecorationLine`); got != "line-through" {
		t.Errorf("an old value is not struck through: %q", got)
	}
	if browsertest.Eval[bool](p, tileOf("r-li", "blood_pressure")+`.matches(".old")`) {
		t.Error("a blood pressure of this morning is old")
	}
	p.Screenshot("old")
}

func lostStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	s.line.Cut()
	p.Wait("the loss to be said", `document.documentElement.dataset.live === "lost" && /Not live since \d\d:\d\d/.test(document.querySelector("#link").innerText)`)
	if !browsertest.Eval[bool](p, `(() => { const r = document.querySelector("#link").getBoundingClientRect(); return r.width >= innerWidth - 20 && r.bottom <= innerHeight + 1; })()`) {
		t.Error("the loss is not in view")
	}
	p.Screenshot("lost")
	// What is measured meanwhile is there after the line is mended.
	s.report("r-li", "band-1", time.Now(), value(vitals.HeartRate, 99))
	s.line.Mend(false)
	p.Wait("live again", isLive)
	p.Wait("what was missed", tileOf("r-li", "heart_rate")+`.innerText.includes("99")`)
}

func muteStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	// The stream opens and says nothing: a proxy that hangs.
	s.line.Cut()
	s.line.Mend(true)
	p.Wait("the stream to be tried again", `document.documentElement.dataset.live === "lost"`)
	s.line.Cut()
	s.line.Mend(false)
	p.Wait("live again", isLive)
	// The phone slept: its clock went on, and nothing was heard.
	s.line.Cut()
	s.line.Mend(true)
	p.Later(36 * time.Second)
	p.Wait("36 silent seconds to be a loss", `document.documentElement.dataset.live === "lost"`)
}

func signedOutStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	s.mu.Lock()
	clear(s.sessions)
	s.mu.Unlock()
	p.Later(time.Minute)
	p.Wait("the sign-in", `location.pathname === "/sign-in"`)
}

func filterStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Phone)
	p.Type("#q", "2-1")
	p.Wait("one card", `[...document.querySelectorAll(".card")].filter((c) => !c.hidden).length === 1 && document.querySelector("#count").innerText === "1 of 3"`)
	p.Later(time.Minute)
	p.Wait("the filter to outlive a refresh", `document.querySelector("#count").innerText === "1 of 3"`)
	p.Type("#q", "x")
	p.Wait("nobody", `!document.querySelector("#empty").hidden`)
}

// history gives Li a week: a pulse by the minute with a night without, two
// blood pressures a day, steps, a door, and motion.
func (s *street) history() {
	start := time.Now()
	for minute := 5; minute < 7*24*60; minute += 5 {
		at := start.Add(-time.Duration(minute) * time.Minute)
		daytime := math.Sin(float64(minute) / 1440 * 2 * math.Pi)
		if minute < 300 || minute > 720 {
			s.report("r-li", "band-1", at, value(vitals.HeartRate, math.Round(70+8*daytime+4*math.Sin(float64(minute)))))
		}
		if minute%15 == 0 {
			s.report("r-li", "band-1", at, value(vitals.StepCount, math.Round(40+40*daytime)))
			s.report("r-li", "pir-1", at, value(vitals.Motion, float64(minute/15%3&1)))
		}
		if minute%480 == 0 {
			s.report("r-li", "door-1", at, value(vitals.DoorContact, 1))
			s.report("r-li", "door-1", at.Add(30*time.Minute), value(vitals.DoorContact, 0))
		}
		if minute%720 == 0 {
			s.report("r-li", "cuff-1", at, value(vitals.BPSystolic, 130+6*daytime), value(vitals.BPDiastolic, 78+3*daytime))
		}
	}
	s.report("r-li", "band-1", start.Add(-2*time.Hour), vitals.Value{Metric: vitals.HeartRate, Number: 240, Marks: vitals.LowQuality})
}

// inked counts the pixels of a chart in one of the colours of the style sheet.
const inked = `(() => {
	const canvas = document.querySelector('[data-chart="%s"] canvas');
	const colour = getComputedStyle(document.documentElement).getPropertyValue("%s").trim();
	const [r, g, b] = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
	const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
	let columns = new Set();
	for (let i = 0; i < data.length; i += 4) {
		if (Math.abs(data[i] - r) + Math.abs(data[i + 1] - g) + Math.abs(data[i + 2] - b) < 12) columns.add((i / 4) %% canvas.width);
	}
	return columns.size / canvas.width;
})()`

func shown(chart, period string) string {
	return fmt.Sprintf(`document.querySelector('[data-chart="%s"]')?.dataset.shown === "%s"`, chart, period)
}

func chartsStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.history()
	for _, size := range []browsertest.Size{browsertest.Phone, browsertest.Desktop} {
		p := s.enter(t, b, size)
		p.Click(`a[href="/residents/r-li"]`)
		p.Wait("the resident", `document.querySelector("h1")?.innerText === "李秀英"`)
		charts := []string{"heart_rate", "blood_pressure", "step_count", "door_contact", "motion"}
		for _, period := range []string{"24h", "7d", "30d"} {
			p.Click(fmt.Sprintf("[data-range=%q]", period))
			for _, chart := range charts {
				p.Wait(chart+" to be on the page", fmt.Sprintf(`document.querySelector('[data-chart="%s"]') !== null`, chart))
				browsertest.Eval[any](p, fmt.Sprintf(`document.querySelector('[data-chart="%s"]').scrollIntoView()`, chart))
				p.Wait(chart+" over "+period, shown(chart, period))
				if ink := browsertest.Eval[float64](p, fmt.Sprintf(inked, chart, "--chart-1")); ink < 0.005 {
					t.Errorf("%s over %s: drawn on %.1f %% of the width", chart, period, 100*ink)
				}
			}
			p.Screenshot(fmt.Sprintf("%d-%s", size.Width, period))
			if got := browsertest.Eval[string](p, "location.search"); got != "?range="+period {
				t.Errorf("the address says %q", got)
			}
		}
		p.Click(`[data-range="24h"]`)
		for _, chart := range charts {
			p.Wait(chart+" over a day again", shown(chart, "24h"))
		}
		// Seven hours of the night are a gap: no line leads over them.
		if ink := browsertest.Eval[float64](p, fmt.Sprintf(inked, "heart_rate", "--chart-1")); ink > 0.75 {
			t.Errorf("the pulse of a day is drawn on %.0f %% of the width, over its gap", 100*ink)
		}
		for chart, says := range map[string]string{
			"heart_rate": "Lowest 58, mean", "blood_pressure": "Systolic pressure: Lowest", "step_count": "Total", "door_contact": "open:", "motion": "motion:",
		} {
			if got := p.Text(fmt.Sprintf(`[data-chart="%s"] .readout`, chart)); !strings.Contains(got, says) {
				t.Errorf("%s says %q, want %q in it", chart, got, says)
			}
		}
		if got := p.Text(`[data-chart="heart_rate"] .readout`); !strings.Contains(got, "not joined: 1") {
			t.Errorf("the doubtful pulse is not said: %q", got)
		}
	}
}

// sayStory has the charts say what the tiles do: a number between two is rounded
// the same way, and nothing happened is not nothing measured.
func sayStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.report("r-li", "band-1", time.Now().Add(-time.Minute), value(vitals.BodyTemperature, 36.65))
	s.report("r-li", "pir-1", time.Now().Add(-time.Minute), value(vitals.Motion, 0))
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/residents/r-li")
	for chart, says := range map[string]string{"body_temperature": "highest 36.7", "motion": "It did not happen in this time."} {
		browsertest.Eval[any](p, fmt.Sprintf(`document.querySelector('[data-chart="%s"]').scrollIntoView()`, chart))
		p.Wait(chart, shown(chart, "24h"))
		if got := p.Text(fmt.Sprintf(`[data-chart="%s"] .readout`, chart)); !strings.HasSuffix(got, says) {
			t.Errorf("%s says %q, want %q", chart, got, says)
		}
	}
	if got := p.Text(`[data-tile="body_temperature"] .value`); got != "36.7" {
		t.Errorf("the tile says %q", got)
	}
}

func accessibleStory(t *testing.T, b *browsertest.Browser) {
	axe, err := os.ReadFile("assets/node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: %s", err, needBuild)
	}
	s := newStreet(t)
	s.history()
	s.trouble()
	check := func(p *browsertest.Page, name string) {
		t.Helper()
		p.Screenshot(name)
		for _, violation := range p.Violations(axe) {
			t.Errorf("%s: %s", name, violation)
		}
		if wide := browsertest.Eval[int](p, "document.documentElement.scrollWidth - innerWidth"); wide > 0 {
			t.Errorf("%s is %d pixels wider than the screen", name, wide)
		}
		small := browsertest.Eval[[]string](p, `[...document.querySelectorAll("a, button, select, summary, input:not([type=hidden])")]
			.filter((e) => { const r = e.getBoundingClientRect(); return r.width > 0 && !e.matches(".skip") && (r.height < 43.9 || r.width < 43.9); })
			.map((e) => e.outerHTML)`)
		if len(small) > 0 {
			t.Errorf("%s: too small to touch: %q", name, small)
		}
	}
	for _, reader := range []struct {
		size     browsertest.Size
		language string
		dark     bool
	}{
		{browsertest.Phone, "en", false}, {browsertest.Phone, "zh-CN", true}, {browsertest.Desktop, "en", true}, {browsertest.Desktop, "zh-CN", false},
	} {
		name := fmt.Sprintf("%d-%s-dark-%v", reader.size.Width, reader.language, reader.dark)
		p := b.Page(t, reader.size)
		if reader.dark {
			p.Dark()
		}
		p.Open(s.url + "/")
		if reader.language != "en" {
			p.Click(fmt.Sprintf("button[lang=%q]", reader.language))
			p.Wait("the language", fmt.Sprintf("document.documentElement.lang === %q", reader.language))
		}
		check(p, name+"-sign-in")
		p.Open(s.url + "/t/claim")
		check(p, name+"-tap")
		for _, door := range []string{"welcome/good", "reset/good", "reset/none", "forgot"} {
			p.Open(s.url + "/" + door)
			check(p, name+"-"+strings.ReplaceAll(door, "/", "-"))
		}
		p.Open(s.url + "/")
		p.Type("#login", login)
		p.Type("#password", password)
		p.Press(kb.Enter)
		p.Wait("the live board", isLive)
		check(p, name+"-board")
		p.Open(s.url + "/residents/r-li")
		browsertest.Eval[any](p, `document.querySelector('[data-chart="heart_rate"]').scrollIntoView()`)
		p.Wait("a live page with its charts", isLive+" && "+shown("heart_rate", "24h"))
		check(p, name+"-resident")
		p.Open(s.url + "/residents/r-zhao")
		p.Wait("a live page", isLive)
		check(p, name+"-troubled")
		for of, path := range map[string]string{"file": "", "file-form": "/medicine", "file-particulars": "/particulars", "file-entry": "/note/e-7", "file-upload": "/document"} {
			p.Open(s.url + "/residents/r-zhao/file" + path)
			browsertest.Eval[any](p, `document.querySelectorAll("details").forEach((d) => (d.open = true))`)
			check(p, name+"-"+of)
		}
		p.Open(s.url + "/reminders")
		p.Wait("the live reminders", isLive)
		browsertest.Eval[any](p, `document.querySelector('[data-occurrence="o-water"] details').open = true`)
		check(p, name+"-reminders")
		p.Open(s.url + "/reports/response")
		check(p, name+"-response")
		for _, of := range []string{"report", "weeks/latest"} {
			p.Open(s.url + "/residents/r-zhao/" + of)
			check(p, name+"-"+strings.ReplaceAll(of, "/", "-"))
		}
		p.Open(s.url + "/alerts")
		p.Wait("the live alerts", isLive)
		check(p, name+"-alerts")
		browsertest.Eval[any](p, `document.querySelectorAll("details").forEach((d) => (d.open = true))`)
		check(p, name+"-alerts-acting")
		p.Open(s.url + "/alerts/01OXYGEN")
		p.Wait("a live alert with its charts", isLive+" && "+shown("bed_presence", "around"))
		p.Click(".others summary")
		check(p, name+"-alert")
		p.Open(s.url + "/alerts/01FALL")
		p.Wait("a live alert that has ended", isLive)
		check(p, name+"-alert-resolved")
		for page, path := range map[string]string{
			"care-team": "/residents/r-zhao/care-team", "me": "/contacts/me", "teams": "/teams", "roster": "/teams/t-1",
			"consents": "/residents/r-zhao/consents", "looks": "/residents/r-zhao/looks", "emergency": "/emergency?home=10-101", "emergencies": "/emergencies",
			"rights": "/residents/r-zhao/rights", "erasures": "/erasures", "processing": "/processing",
			"assessments": "/residents/r-zhao/assessments", "assessment": "/residents/r-zhao/assessments/a-new", "assessment-screen": "/residents/r-zhao/assessments/a-mood",
			"assessment-changes": "/residents/r-zhao/assessments/a-new/changes", "assess": "/residents/r-zhao/assessments/new/self_care", "assess-health": "/residents/r-zhao/assessments/new/health_check",
			"assess-correct": "/residents/r-zhao/assessments/a-new/correct", "assessments-due": "/assessments",
			"account": "/account", "users": "/users", "plans": "/residents/r-zhao/reminders", "plan": "/residents/r-zhao/reminders/m1",
			"identity": "/residents/r-zhao/identity", "newcomer": "/new-resident", "duplicates": "/duplicates", "merge": "/residents/r-zhao/merge?other=r-old",
			"consultations": "/residents/r-zhao/consultations", "ask": "/residents/r-zhao/consultations/new", "ask-no-consent": "/residents/r-brown/consultations/new",
			"case": "/consultations/c-open", "case-answered": "/consultations/c-answered", "consultation": "/consultations/c-advised", "cases": "/cases", "panels": "/panels", "panel": "/panels/hearts",
		} {
			p.Open(s.url + path)
			browsertest.Eval[any](p, `document.querySelectorAll("details").forEach((d) => (d.open = true))`)
			check(p, name+"-"+page)
		}
	}
	// By the keyboard alone: the first stop skips to the content.
	p := s.enter(t, b, browsertest.Desktop)
	p.Press(kb.Tab)
	p.Press(kb.Enter)
	p.Press(kb.Tab)
	if got := browsertest.Eval[string](p, "document.activeElement.id"); got != "q" {
		t.Errorf("the first stop of the content is %q, want the filter box", got)
	}
	p.Press(kb.Tab)
	p.Press(kb.Enter)
	p.Wait("the first resident", `document.querySelector("h1").innerText === "李秀英"`)
}
