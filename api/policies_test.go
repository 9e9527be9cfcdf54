package api_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

const sonFirst = `{"policy":{"id":"son-first","name":{"en":"Son first","zh":"先找儿子"},"severity":"critical",` +
	`"steps":[{"at":"0s","whom":["family 2"]},{"at":"1m","whom":["everyone"],"every":"2m"}],"again":{"after":"10m","whom":["claimer"]}},"if_version":0}`

func TestPoliciesOverTheAPI(t *testing.T) {
	w := newWorld(t)
	ask := func(method, path, body, token string, status int, says ...string) {
		t.Helper()
		resp, got := w.request(method, "/api/v1"+path, body, w.tokens[records.Role(token)])
		if resp.StatusCode != status {
			t.Errorf("%s %s: %s %s, want %d", method, path, resp.Status, got, status)
		}
		for _, s := range says {
			if !strings.Contains(got, s) {
				t.Errorf("%s %s does not say %q: %s", method, path, s, got)
			}
		}
	}
	ask("GET", "/policies", "", "caregiver", 200, `"id":"critical"`, `"holder or family 1"`, `"at":"2m"`)
	ask("GET", "/policies/nothing", "", "caregiver", 404, "policy.not_found")
	ask("PUT", "/policies/son-first", sonFirst, "caregiver", 403)
	ask("PUT", "/policies/son-first", sonFirst, "administrator", 200, `"version":1`)
	ask("PUT", "/policies/son-first", sonFirst, "administrator", 409, "policy.changed")
	ask("PUT", "/policies/other", sonFirst, "administrator", 422, "as in the address")
	wrong := strings.NewReplacer("family 2", "fmily 2", "2m", "2h").Replace(sonFirst)
	ask("PUT", "/policies/son-first", wrong, "administrator", 422, "body.policy.steps[0].whom[0]", "did you mean family?", "body.policy.steps[1].every")
	ask("PUT", "/policies/son-first", strings.Replace(sonFirst, `"whom"`, `"who"`, 1), "administrator", 422, `there is no \"who\" here: did you mean whom?`)
	ask("PUT", "/residents/li/policies/critical", `{"policy":"son-first"}`, "caregiver", 200, `"critical":{"id":"son-first"`, `"warning":{"id":"warning"`)
	ask("PUT", "/residents/li/policies/warning", `{"policy":"son-first"}`, "caregiver", 409, "policy.kind")
	ask("PUT", "/residents/nobody/policies/warning", `{"policy":""}`, "caregiver", 404)
	ask("DELETE", "/policies/son-first", "", "administrator", 409, "policy.used")
	ask("PUT", "/residents/li/policies/critical", `{"policy":""}`, "caregiver", 200, `"critical":{"id":"critical"`)
	ask("DELETE", "/policies/son-first?if_version=1&reason=not+needed", "", "administrator", 204)
	ask("GET", "/policies/son-first/versions", "", "caregiver", 200, `"version":2`, "not needed", `"version":1`)
	ask("GET", "/policies/son-first", "", "caregiver", 404)
}

func TestOnTheSceneAndTheReport(t *testing.T) {
	w := newWorld(t)
	w.presses(1)
	list, err := alerts.NewAlerts(w.records).List(t.Context(), alerts.Query{Open: true, Limit: 10})
	if err != nil || len(list) != 1 {
		t.Fatalf("alerts %v, %v", list, err)
	}
	path := "/api/v1/alerts/" + list[0].ID
	token := w.tokens[records.Caregiver]
	if resp, body := w.request("POST", path+"/on-scene", "", token); resp.StatusCode != http.StatusConflict || !strings.Contains(body, "alert.not_yours") {
		t.Errorf("there before the claim: %s %s", resp.Status, body)
	}
	until := noon.Add(time.Hour).Format(time.RFC3339)
	if resp, body := w.request("POST", path+"/claim", `{"until":"`+until+`"}`, token); resp.StatusCode != http.StatusOK {
		t.Fatalf("claim: %s %s", resp.Status, body)
	}
	if resp, body := w.request("POST", path+"/on-scene", "", token); resp.StatusCode != http.StatusOK || !strings.Contains(body, `"on_scene":{"at":"2026-11-23T12:00:00Z"`) {
		t.Errorf("there: %s %s", resp.Status, body)
	}
	resp, body := w.request("GET", "/api/v1/reports/response?weeks=2", "", token)
	var report struct {
		Targets struct{ Within_60s float64 }
		Weeks   []struct {
			Critical, Scenes int
			From             time.Time
		}
	}
	if err := json.Unmarshal([]byte(body), &report); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("report: %s %s", resp.Status, body)
	}
	if report.Targets.Within_60s != 0.975 || len(report.Weeks) != 1 || report.Weeks[0].Critical != 1 || report.Weeks[0].Scenes != 1 || report.Weeks[0].From.Weekday() != time.Monday {
		t.Errorf("report %s", body)
	}
}

func TestWhoWasToldOfAnAlert(t *testing.T) {
	w := newWorld(t)
	if _, err := w.people.AddContact(t.Context(), records.Contact{ID: "daughter", Name: "Li Hong", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	w.presses(1)
	var list []api.Alert
	w.get("/api/v1/alerts?status=open", &list)
	path := "/api/v1/alerts/" + list[0].ID + "/escalation"
	var told api.AlertEscalation
	w.get(path, &told)
	if told.State != "waiting" || told.Next != nil || told.Policy != nil {
		t.Errorf("before anybody was told: %+v", told)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.escalation.Run(ctx) }()
	select {
	case <-w.queued:
	case err := <-ended:
		t.Fatal("the escalation ended:", err)
	}
	w.get(path, &told)
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	daughter := []api.Named{{ID: "daughter", Name: "Li Hong"}}
	if told.Policy.ID != "critical" || len(told.Steps) != 1 || told.Steps[0].Why != "step" || !cmp.Equal(told.Steps[0].Whom, daughter) {
		t.Errorf("told: %+v", told)
	}
	if told.Next == nil || !told.Next.At.Equal(noon.Add(2*time.Minute)) || told.Next.Why != "step" || !cmp.Equal(told.Next.Whom, daughter) {
		t.Errorf("next: %+v", told.Next)
	}
}
