package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// alertOf is the script for an alert on the page.
func alertOf(id string) string {
	return fmt.Sprintf(`document.querySelector('#care [data-alert="%s"]')`, id)
}

// claimStory has a caregiver claim an alert by one tap, on each page that shows it.
func claimStory(t *testing.T, b *browsertest.Browser) {
	for _, path := range []string{"/alerts", "/alerts/01OXYGEN", "/residents/r-li"} {
		s := newStreet(t)
		s.trouble()
		p := s.enter(t, b, browsertest.Phone)
		p.Open(s.url + path)
		p.Wait("the live page", isLive)
		browsertest.Eval[any](p, "window.same = true")
		p.Click(`[data-alert="01OXYGEN"] .claim button`)
		p.Wait(path+" to say who has it", alertOf("01OXYGEN")+`.innerText.includes("You have it until")`)
		if !browsertest.Eval[bool](p, `window.same === true && location.pathname === "`+path+`"`) {
			t.Errorf("%s was left", path)
		}
		file, err := s.alerts.Alert(t.Context(), web.User{}, "01OXYGEN")
		if err != nil || file.Holder.ID != "u-1" {
			t.Fatalf("held by %+v (%v)", file.Holder, err)
		}
		if left := time.Until(file.HeldUntil); left < 29*time.Minute || left > 30*time.Minute {
			t.Errorf("claimed for %s", left)
		}
		// A second tap is more time; it changes nobody.
		p.Wait("the button to offer more time", alertOf("01OXYGEN")+`.querySelector(".claim button").innerText.includes("more for me")`)
	}
}

// toldStory sees a message get on that no event tells of.
func toldStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	told := func(status web.ToldStatus, ago time.Duration) {
		s.alerts.mu.Lock()
		defer s.alerts.mu.Unlock()
		s.alerts.told = []web.Told{{Name: "王芳", Kind: "webpush", Status: status, At: s.now().Add(-ago), Attempts: 1}}
	}
	told(web.ToldSending, 0)
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/alerts/01OXYGEN")
	p.Wait("a live page", isLive)
	browsertest.Eval[any](p, `window.same = true`)
	p.Wait("it is being sent", `document.querySelector("#told td.sending")`)
	told(web.ToldSent, 0)
	p.Wait("it is sent", `document.querySelector("#told td.sent")`)
	told(web.ToldSeen, 0)
	p.Wait("it is seen, and that is all", `window.same && document.querySelector("#told td.seen") && !document.querySelector("#told [data-moving]")`)
	told(web.ToldSent, 2*time.Minute)
	s.alerts.mu.Lock()
	s.alerts.tell("01OXYGEN")
	s.alerts.mu.Unlock()
	p.Wait("what was sent long ago", `document.querySelector("#told td.sent") && !document.querySelector("#told [data-moving]")`)
}

// arrivalStory has an alert come in while somebody writes the reason of another.
func arrivalStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	p.Open(s.url + "/alerts")
	p.Wait("the empty page", isLive+` && !document.querySelector("#none").hidden && document.querySelector("#none").innerText.includes("Checked at")`)
	p.Wait("none in the header", `document.querySelector("#alarms").innerText === "No open alerts"`)
	cuff := web.AlertFile{Alert: web.Alert{
		ID: "01CUFF", Resident: "r-brown", Severity: web.Warning, BeganAt: time.Now(),
		Name: web.Text{EN: "High blood pressure"}, Message: web.Text{EN: "Blood pressure 172/95."},
	}}
	s.alerts.begin(cuff)
	p.Wait("the first alert", alertOf("01CUFF")+`?.innerText.includes("172/95") && document.querySelector("#none").hidden`)
	p.Wait("one in the header", `document.querySelector("#alarms").innerText.includes("Open alerts: 1") && document.title.startsWith("(1) ")`)

	p.Click(`[data-alert="01CUFF"] summary`)
	p.Type(`[data-alert="01CUFF"] [name="reason"]`, "Measured aga")
	browsertest.Eval[any](p, `window.field = document.activeElement`)
	s.trouble() // a worse one comes before it, and others after
	p.Wait("the worse one above", `[...document.querySelectorAll("#care > li")].map((e) => e.dataset.alert).join() === "01OXYGEN,01CUFF,01SLEEP"`)
	p.Wait("a device's in its own section", `document.querySelector("#technical [data-alert='01BAND']") && !document.querySelector("#technical-alerts").hidden`)
	if !browsertest.Eval[bool](p, `document.activeElement === window.field && field.isConnected && field.value === "Measured aga"`) {
		t.Error("what somebody was typing is lost")
	}
	// Somebody else closes it: what was typed stays in sight.
	if err := s.alerts.Resolve(t.Context(), otherNurse, "01CUFF", web.TrueAlarm, ""); err != nil {
		t.Fatal(err)
	}
	p.Wait("it to be said that it is gone", alertOf("01CUFF")+`.innerText.includes("not open any more")`)
	if !browsertest.Eval[bool](p, `document.activeElement === window.field && field.value === "Measured aga"`) {
		t.Error("what somebody was typing is lost with the alert")
	}
}

// resolveStory closes a false alarm with a reason, snoozes another, and comments.
func resolveStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/alerts")
	p.Wait("the live page", isLive)
	if browsertest.Eval[bool](p, alertOf("01OXYGEN")+`.querySelector(".snooze")`+" !== null") {
		t.Error("what is critical can be snoozed")
	}
	p.Click(`[data-alert="01CUFF"] summary`)
	p.Click(`[data-alert="01CUFF"] .snooze [value="60"]`)
	p.Wait("it to be quiet", alertOf("01CUFF")+`.innerText.includes("Quiet until")`)
	p.Wait("its panel to be closed", `!`+alertOf("01CUFF")+`.querySelector("details").open`)
	p.Click(`[data-alert="01CUFF"] summary`)
	p.Type(`[data-alert="01CUFF"] [name="text"]`, "Will measure again at 3.")
	p.Click(`[data-alert="01CUFF"] .comment button`)
	p.Wait("the comment to be saved", alertOf("01CUFF")+`.innerText.includes("Saved.")`)
	p.Click(`[data-alert="01OXYGEN"] summary`)
	p.Type(`[data-alert="01OXYGEN"] [name="reason"]`, "Cold fingers; 96 % when warm.")
	p.Click(`[data-alert="01OXYGEN"] [value="false_alarm"]`)
	p.Wait("it to be among those that ended", `!`+alertOf("01OXYGEN")+` && document.querySelector("#resolved").innerText.includes("Very low oxygen")`)
	p.Click(`#resolved a[href="/alerts/01OXYGEN"]`)
	p.Wait("its page with the reason", `document.querySelector("#steps")?.innerText.includes("Nurse Chen closed it: False alarm") && document.querySelector("#steps").innerText.includes("Cold fingers; 96 % when warm.")`)
	p.Open(s.url + "/alerts/01CUFF")
	p.Wait("the comment", `document.querySelector("#comments")?.innerText.includes("Will measure again at 3.")`)
}

// goneStory closes an alert whose rule is gone, and the others of that rule with it.
func goneStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	s.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01NAP", Resident: "r-li", Severity: web.Info, BeganAt: time.Now(), Gone: true,
		Name: web.Text{EN: "Short sleep"}, Message: web.Text{EN: "Short sleep on several nights."},
	}})
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/alerts")
	p.Wait("it to be said", isLive+" && "+alertOf("01SLEEP")+`.innerText.includes("not judged any more") && !`+alertOf("01CUFF")+`.innerText.includes("not judged any more")`)
	p.Open(s.url + "/alerts/01SLEEP")
	p.Wait("the live page", isLive)
	p.Click(`[data-alert="01SLEEP"] summary`)
	p.Click(`[data-alert="01SLEEP"] [name="all"]`)
	p.Click(`[data-alert="01SLEEP"] [value="true"]`)
	p.Wait("it to be closed", `document.querySelector("#steps").innerText.includes("closed it")`)
	for _, id := range []string{"01SLEEP", "01NAP"} {
		if file, err := s.alerts.Alert(t.Context(), web.User{}, id); err != nil || file.Verdict != web.TrueAlarm {
			t.Errorf("%s is %q (%v)", id, file.Verdict, err)
		}
	}
	if file, err := s.alerts.Alert(t.Context(), web.User{}, "01CUFF"); err != nil || file.Verdict != "" {
		t.Errorf("one of another rule is %q (%v)", file.Verdict, err)
	}
}

// refusedStory closes an alert that is closed already, and one while the line is
// cut: both are said, and nothing looks done that is not.
func refusedStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/alerts")
	p.Wait("the live page", isLive)
	p.Click(`[data-alert="01CUFF"] summary`)
	s.line.Cut() // so that the page does not hear of it
	if err := s.alerts.Resolve(t.Context(), otherNurse, "01CUFF", web.TrueAlarm, ""); err != nil {
		t.Fatal(err)
	}
	p.Click(`[data-alert="01CUFF"] [value="test"]`)
	p.Wait("the refusal", `document.body.innerText.includes("resolved already") || document.body.innerText.includes("not open any more")`)
	browsertest.Eval[any](p, `window.fetch = () => Promise.reject(new Error("no line"))`)
	p.Click(`[data-alert="01OXYGEN"] .claim button`)
	p.Wait("the failure", alertOf("01OXYGEN")+`.innerText.includes("Not sent.")`)
	if file, err := s.alerts.Alert(t.Context(), web.User{}, "01OXYGEN"); err != nil || file.Holder.ID != "" {
		t.Errorf("held by %+v (%v)", file.Holder, err)
	}
}

// boardStory looks at the states on the board: an alert comes first, and nobody
// is fine when the news is old or the line is lost.
func boardStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	p := s.enter(t, b, browsertest.Desktop)
	order := `[...document.querySelectorAll(".card")].map((c) => c.dataset.resident + ":" + c.querySelector(".state").dataset.state).join()`
	p.Wait("the states", order+` === "r-brown:unknown,r-zhao:unknown,r-li:fine"`)
	s.alerts.begin(web.AlertFile{Alert: web.Alert{
		ID: "01SOS", Resident: "r-li", Severity: web.Critical, BeganAt: time.Now(), Name: web.Text{EN: "SOS"}, Message: web.Text{EN: "SOS was pressed."},
	}})
	p.Wait("the alert first", order+` === "r-li:alert,r-brown:unknown,r-zhao:unknown"`)
	if got := p.Text(`[data-resident="r-li"] .state`); !strings.Contains(got, "Critical") {
		t.Errorf("the state says %q", got)
	}
	if err := s.alerts.Resolve(t.Context(), otherNurse, "01SOS", web.TestAlarm, ""); err != nil {
		t.Fatal(err)
	}
	p.Wait("fine again", order+` === "r-brown:unknown,r-zhao:unknown,r-li:fine"`)
	s.line.Cut()
	p.Wait("nobody to be fine on a lost line", `document.documentElement.dataset.live === "lost" && !document.querySelector('[data-state="fine"]')`)
	s.line.Mend(false)
	p.Wait("fine on a line that is mended", order+` === "r-brown:unknown,r-zhao:unknown,r-li:fine"`)
	// Her bracelet says no more.
	s.later.Store(int64(16 * time.Minute))
	p.Later(16 * time.Minute)
	p.Wait("unknown by age", isLive+` && document.querySelector('[data-resident="r-li"] .state').innerText.includes("Heart rate: 16 min ago")`)
	// We ourselves lag.
	s.alerts.lag(7 * time.Minute)
	p.Later(time.Minute)
	p.Wait("the banner", `document.querySelector("#behind").innerText.includes("7 min behind")`)
	s.report("r-li", "band-1", time.Now().Add(16*time.Minute), value(vitals.HeartRate, 70))
}

// evidenceStory draws what was measured around an alert, with its threshold.
func evidenceStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	p := s.enter(t, b, browsertest.Phone)
	p.Open(s.url + "/alerts/01OXYGEN")
	p.Wait("the first chart", shown("spo2", "around"))
	p.Click(".others summary")
	for _, chart := range []string{"spo2", "heart_rate", "bed_presence"} {
		p.Wait(chart, shown(chart, "around")+` && document.querySelector('[data-chart="`+chart+`"] canvas')?.width > 0`)
		if ink := browsertest.Eval[float64](p, fmt.Sprintf(inked, chart, "--chart-1")); ink < 0.2 {
			t.Errorf("%s is drawn on %.0f %% of the width", chart, 100*ink)
		}
	}
	if got := browsertest.Eval[string](p, `document.querySelector(".chart").dataset.chart`); got != "spo2" {
		t.Errorf("first comes %s, and not what the alert is about", got)
	}
	if ink := browsertest.Eval[float64](p, fmt.Sprintf(inked, "spo2", "--critical")); ink < 0.3 {
		t.Errorf("the threshold is drawn on %.0f %% of the width", 100*ink)
	}
	if ink := browsertest.Eval[float64](p, fmt.Sprintf(inked, "heart_rate", "--critical")); ink > 0 {
		t.Error("a threshold is drawn where there is none")
	}
	for says, want := range map[string]bool{"Lowest 86": true, "Threshold < 92": true, "not joined: 1": true} {
		if got := p.Text(`[data-chart="spo2"] .readout`); strings.Contains(got, says) != want {
			t.Errorf("the chart says %q, want %q in it: %v", got, says, want)
		}
	}
}

// plainStory claims without scripts: the form brings the page back.
func plainStory(t *testing.T, b *browsertest.Browser) {
	s := newStreet(t)
	s.trouble()
	p := s.enter(t, b, browsertest.Phone)
	p.WithoutScripts()
	p.Open(s.url + "/alerts")
	p.Click(`[data-alert="01OXYGEN"] .claim button`)
	p.Wait("the page again", `location.pathname === "/alerts" && `+alertOf("01OXYGEN")+`.innerText.includes("You have it until")`)
	if browsertest.Eval[bool](p, `document.documentElement.dataset.live !== undefined`) {
		t.Error("the scripts were on")
	}
	if file, err := s.alerts.Alert(t.Context(), web.User{}, "01OXYGEN"); err != nil || file.Holder.ID != "u-1" {
		t.Errorf("held by %+v (%v)", file.Holder, err)
	}
}
