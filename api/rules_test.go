package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

func TestRulesAreListed(t *testing.T) {
	w := newWorld(t)
	var list []api.ListedRule
	w.get("/api/v1/rules", &list)
	if len(list) != len(w.rules.Current().Entries) || len(list) < 50 {
		t.Fatalf("%d rules", len(list))
	}
	for _, r := range list {
		if r.ID == "" || len(r.Levels) == 0 || (r.Levels[0].When == "") != r.Raised || r.Name.ZH == "" || r.From != "pack" || r.Off || r.Subject == "" || r.Tells == "" {
			t.Errorf("listed %+v", r)
		}
	}
}

// problem is an answer that says what is wrong.
type problem struct {
	Type, Detail string
	Errors       []struct {
		Location, Message string
		Value             any
	}
}

func (w *world) refused(method, path, body string, status int, want string) problem {
	w.t.Helper()
	resp, answer := w.request(method, path, body, w.tokens[records.Administrator])
	var p problem
	if err := json.Unmarshal([]byte(answer), &p); err != nil || resp.StatusCode != status || !strings.Contains(answer, want) {
		w.t.Errorf("%s %s %s: %s %s, want %d with %q", method, path, body, resp.Status, answer, status, want)
	}
	return p
}

// changes carries a change of a rule out as the administrator.
func (w *world) changes(method, path, body string, status int) api.WholeRule {
	w.t.Helper()
	resp, answer := w.request(method, path, body, w.tokens[records.Administrator])
	if resp.StatusCode != status {
		w.t.Fatalf("%s %s %s: %s %s, want %d", method, path, body, resp.Status, answer, status)
	}
	var r api.WholeRule
	if answer != "" {
		if err := json.Unmarshal([]byte(answer), &r); err != nil {
			w.t.Fatal(err)
		}
	}
	return r
}

const unusual = `{"name":{"en":"Unusual","zh":"异常"},"message":{"en":"{value}/min","zh":"{value}次"},"severity":"warning",` +
	`"when":"heart_rate > baseline(heart_rate, \"14d\") + 20","clear":{"when":"heart_rate < 80","for":"10m"},"source":"\uD83D\uDE00 \/ ours"}`

func TestRulesChangeOverTheAPI(t *testing.T) {
	w := newWorld(t)
	path := "/api/v1/rules/hr_unusual"
	w.refused("GET", path, "", http.StatusNotFound, "rule.not_found")
	saved := w.changes("PUT", path, `{"reason":"Li's heart","if_version":0,"rule":`+unusual+`}`, http.StatusOK)
	if saved.Version != 1 || saved.From != "edited" || saved.Rule.Clear.For.String() != "10m" || saved.Rule.Source != "😀 / ours" || saved.Reason != "Li's heart" || saved.ChangedBy == "" {
		t.Errorf("saved: %+v", saved)
	}
	var read api.WholeRule
	w.get(path, &read)
	text, _ := json.Marshal(read.Rule)
	again := w.changes("PUT", path, fmt.Sprintf(`{"if_version":1,"rule":%s}`, strings.Replace(string(text), "+ 20", "+ 25", 1)), http.StatusOK)
	if again.Version != 2 || again.Rule.When != `heart_rate > baseline(heart_rate, "14d") + 25` {
		t.Errorf("what was read is saved as %+v", again)
	}
	w.refused("PUT", path, `{"if_version":1,"rule":`+unusual+`}`, http.StatusConflict, "has version 2 by now, not 1")
	var versions []api.RuleVersion
	w.get(path+"/versions", &versions)
	if len(versions) != 2 || versions[0].Version != 2 || versions[1].Rule.ID != "hr_unusual" || versions[1].Reason != "Li's heart" || versions[1].By == "" {
		t.Errorf("versions: %+v", versions)
	}
	w.changes("DELETE", path+"?reason=enough", "", http.StatusNoContent)
	w.refused("GET", path, "", http.StatusNotFound, "rule.not_found")
	versions = nil
	w.get(path+"/versions", &versions)
	if len(versions) != 3 || versions[0].Rule != nil || versions[0].Reason != "enough" {
		t.Errorf("versions after it was taken away: %+v", versions)
	}

	// A default rule, and back.
	var leak api.WholeRule
	w.get("/api/v1/rules/water_leak", &leak)
	text, _ = json.Marshal(leak.Rule)
	off := strings.Replace(string(text), `"severity"`, `"off":true,"severity"`, 1)
	if r := w.changes("PUT", "/api/v1/rules/water_leak", `{"rule":`+off+`}`, http.StatusOK); !r.Rule.Off || r.Default == nil || r.Default.Off {
		t.Errorf("switched off: %+v", r)
	}
	var list []api.ListedRule
	w.get("/api/v1/rules", &list)
	listed := 0
	for _, r := range list {
		if r.ID == "water_leak" && r.Off && r.From == "edited" && r.Version == 1 {
			listed++
		}
	}
	if len(list) != len(w.rules.Current().Entries) || listed != 1 {
		t.Errorf("listed: %+v", list)
	}
	w.refused("DELETE", "/api/v1/rules/water_leak?if_version=7", "", http.StatusConflict, "rule.changed")
	w.changes("DELETE", "/api/v1/rules/water_leak?if_version=1", "", http.StatusNoContent)
	w.get("/api/v1/rules/water_leak", &leak)
	if leak.From != "pack" || leak.Version != 2 || leak.Rule.Off {
		t.Errorf("back at the default: %+v", leak)
	}
	w.refused("DELETE", "/api/v1/rules/water_leak", "", http.StatusConflict, "rule.default")
	w.refused("DELETE", "/api/v1/rules/nothing", "", http.StatusNotFound, "rule.not_found")
}

func TestWrongRulesAreRefusedOverTheAPI(t *testing.T) {
	w := newWorld(t)
	wrong := strings.Replace(unusual, `heart_rate >`, `1 < 2 and heart_rat >`, 1)
	p := w.refused("PUT", "/api/v1/rules/mine", `{"rule":`+wrong+`}`, http.StatusUnprocessableEntity, "urn:anxin:error:rule.invalid")
	if len(p.Errors) != 1 || p.Errors[0].Location != "body.rule.when" || !strings.HasPrefix(p.Errors[0].Message, "when: 1:11: there is no metric heart_rat: did you mean heart_rate?") ||
		p.Errors[0].Value != `1 < 2 and heart_rat > baseline(heart_rate, "14d") + 20` {
		t.Errorf("it says %+v", p)
	}
	for change, want := range map[string]string{
		`"severity">"severitee"`:         `there is no \"severitee\" here: did you mean severity?`,
		`"severity":"warning">"x":1`:     `there is no \"x\" here`,
		`"warning">"mild"`:               "want info, warning or critical",
		`"10m">"ten minutes"`:            "is no length of time",
		`"severity">"id":"b","severity"`: "the id of a rule never changes",
	} {
		old, by, _ := strings.Cut(change, ">")
		w.refused("PUT", "/api/v1/rules/a", `{"rule":`+strings.Replace(unusual, old, by, 1)+`}`, http.StatusUnprocessableEntity, want)
	}
	for _, body := range []string{`{}`, `{"rule":[]}`, `{"rule":"x"}`, `{"rule":null}`, `{"rule":{}}`} {
		w.refused("PUT", "/api/v1/rules/a", body, http.StatusUnprocessableEntity, "")
	}
	w.refused("PUT", "/api/v1/rules/sos", `{"rule":{"name":{"en":"S","zh":"S"},"message":{"en":"S","zh":"S"},"severity":"critical","when":"sos_button == \"pressed\"","clear":{"by":"person"},"off":true}}`,
		http.StatusUnprocessableEntity, "cannot be switched off for everyone: give single residents limits of their own, or leave them out with residents.except")

	var checked api.CheckedRule
	for body, problems := range map[string]int{`{"rule":{"id":"mine",` + unusual[1:] + `}`: 0, `{"rule":{"id":"mine",` + wrong[1:] + `}`: 1, `{"rule":{"id":"mine"}}`: 4, `{"rule":{"name":5}}`: 1} {
		resp, answer := w.request("POST", "/api/v1/rules/check", body, w.tokens[records.Administrator])
		if err := json.Unmarshal([]byte(answer), &checked); err != nil || resp.StatusCode != http.StatusOK || len(checked.Problems) != problems || checked.OK != (problems == 0) {
			t.Errorf("check %s: %s %s, want %d problems", body, resp.Status, answer, problems)
		}
	}
	for method, path := range map[string]string{"PUT": "/api/v1/rules/mine", "POST": "/api/v1/rules/check"} {
		if resp, answer := w.request(method, path, `{"rule":`+unusual+`}`, w.tokens[records.Caregiver]); resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s as a caregiver: %s %s", method, resp.Status, answer)
		}
	}
	if resp, answer := w.request("DELETE", "/api/v1/rules/water_leak", "", w.tokens[records.Caregiver]); resp.StatusCode != http.StatusForbidden {
		t.Errorf("DELETE as a caregiver: %s %s", resp.Status, answer)
	}
}

func TestANewRuleFiresByThePast(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	if _, err := w.judge.Enrol(ctx, map[string]alerts.Profile{"li": {TimeZone: "Asia/Shanghai"}}); err != nil {
		t.Fatal(err)
	}
	seq := uint64(0)
	for at := noon.AddDate(0, 0, -14); at.Before(noon); at = at.Add(6 * time.Hour) {
		seq++
		r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 60}}}}}
		if err := w.timeline.Append(ctx, []vitals.Report{r}, seq); err != nil {
			t.Fatal(err)
		}
	}
	w.changes("PUT", "/api/v1/rules/hr_unusual", `{"rule":`+unusual+`}`, http.StatusOK)
	if n, err := w.judge.Warm(ctx, w.timeline); err != nil || n != 1 {
		t.Fatalf("%d residents were warmed: %v", n, err)
	}
	r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: noon.UnixMilli(), Samples: []vitals.Sample{{At: noon.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 85}}}}}
	if err := w.judge.Hear(ctx, []alerts.Passed{{Seq: seq + 1, Report: r}}); err != nil {
		t.Fatal(err)
	}
	var list []api.Alert
	w.get("/api/v1/alerts?status=open", &list)
	if len(list) != 1 || list[0].Rule != "hr_unusual" || list[0].Version != 1 || list[0].Message.EN != "85/min" {
		t.Errorf("open: %+v", list)
	}
}

func TestBurden(t *testing.T) {
	w := newWorld(t)
	w.presses(1)
	var list []api.Alert
	w.get("/api/v1/alerts", &list)
	if resp, body := w.request("POST", "/api/v1/alerts/"+list[0].ID+"/resolve", `{"verdict":"true"}`, w.tokens[records.Caregiver]); resp.StatusCode != http.StatusOK {
		t.Fatalf("resolve: %s %s", resp.Status, body)
	}
	// Noon in London is the evening in Shanghai; noon itself is not of the time until noon.
	if _, err := w.records.ExecContext(t.Context(), "UPDATE alerts SET began_at = began_at - ?", (24*time.Hour - 3*time.Hour).Milliseconds()); err != nil {
		t.Fatal(err)
	}
	var b api.Burden
	for path, alerts := range map[string]int{"sos/burden": 1, "sos/burden?resident=li&weeks=8": 1, "fall/burden": 0} {
		w.get("/api/v1/rules/"+path, &b)
		if b.Alerts != alerts || b.AtNight != alerts || b.Verdicts.True != alerts || b.BySeverity.Critical != alerts || b.Residents != 1 || b.ByWeek[len(b.ByWeek)-1] != alerts {
			t.Errorf("%s: %+v", path, b)
		}
		if want := float64(alerts) / float64(len(b.ByWeek)); b.PerWeek != want {
			t.Errorf("%s: %v a week, want %v", path, b.PerWeek, want)
		}
		// Li came just now: what there is counts as that of one week.
		if b.PerResidentWeek != float64(alerts) || b.ResidentWeeks > 0.01 {
			t.Errorf("%s: %v a resident and week of %v, want %v", path, b.PerResidentWeek, b.ResidentWeeks, alerts)
		}
	}
	w.refused("GET", "/api/v1/rules/nothing/burden", "", http.StatusNotFound, "rule.not_found")
	w.refused("GET", "/api/v1/rules/sos/burden?resident=nobody", "", http.StatusNotFound, "resident.not_found")
	w.refused("GET", "/api/v1/rules/sos/burden?weeks=0", "", http.StatusUnprocessableEntity, "weeks")
}
