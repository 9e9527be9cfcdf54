package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/records"
)

// answer sends a request, checks its status and reads the answer's JSON, if into
// is not nil.
func (w *world) answer(method, path, body, token string, status int, into any) string {
	w.t.Helper()
	resp, text := w.request(method, path, body, token)
	if resp.StatusCode != status {
		w.t.Errorf("%s %s %s: %s %s, want %d", method, path, body, resp.Status, text, status)
		return text
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			w.t.Errorf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return text
}

func TestCare(t *testing.T) {
	w := newWorld(t)
	admin, caregiver := w.tokens[records.Administrator], w.tokens[records.Caregiver]
	const path = "/api/v1/residents/li/care"
	if text := w.answer("GET", path, "", caregiver, http.StatusOK, nil); strings.TrimSpace(text) != `{"version":0}` {
		t.Errorf("at first: %s", text)
	}
	var care api.CareVersion
	const said = `{"conditions":["copd"],"limits":{"spo2.low":90},"scale_2":{"decided_by":"Dr Wu","decided_on":"2026-11-20"},"planned":{"bp_systolic":"12h"}`
	w.answer("PUT", path, said+`,"reason":"discharge letter"}`, admin, http.StatusOK, &care)
	text := w.answer("GET", path, "", caregiver, http.StatusOK, nil)
	want := fmt.Sprintf(`%s,"version":1,"changed_at":"2026-11-23T12:00:00Z","changed_by":"%s","reason":"discharge letter"}`, said, care.ChangedBy)
	if strings.TrimSpace(text) != want || care.ChangedBy == "" {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	var li api.Resident
	w.get("/api/v1/residents/li", &li)
	if !slices.Equal(li.Conditions, []string{"copd"}) || li.Situations == nil || len(li.Situations) != 0 {
		t.Errorf("Li: %+v", li)
	}

	for body, reason := range map[string]string{
		`{"conditions":["cop"]}`:                                              "did you mean copd?",
		`{"limits":{"spo2.lo":90}}`:                                           "did you mean spo2.low?",
		`{"limits":{"spo2.very_low":96}}`:                                     "96 is not below spo2.low, which is 94",
		`{"limits":{"spo2.low":"low"}}`:                                       "body.limits",
		`{"planned":{"bp_systolic":"often"}}`:                                 "body.planned.bp_systolic",
		`{"planned":{"bp_sistolic":"12h"}}`:                                   "did you mean bp_systolic?",
		`{"planned":{"bp_systolic":"1m"}}`:                                    "want 15 minutes to 92 days",
		`{"scale_2":{"decided_by":"Dr Wu"}}`:                                  "decided_on",
		`{"scale_2":{"decided_by":"","decided_on":"2026-11-20"}}`:             "body.scale_2.decided_by",
		`{"scale_2":{"decided_by":"Dr Wu","decided_on":"2026-12-20"}}`:        "is in the future",
		`{"scale_2":{"decided_by":"Dr Wu","decided_on":"20 November, 2026"}}`: "body.scale_2.decided_on",
		`{"condition":["copd"]}`:                                              "unexpected property",
	} {
		if text := w.answer("PUT", path, body, admin, http.StatusUnprocessableEntity, nil); !strings.Contains(text, reason) {
			t.Errorf("%s: %s, want %q", body, text, reason)
		}
	}
	w.answer("PUT", path, `{"conditions":["copd"]}`, caregiver, http.StatusForbidden, nil)
	w.answer("PUT", "/api/v1/residents/nobody/care", `{"conditions":["copd"]}`, admin, http.StatusNotFound, nil)
	w.answer("GET", "/api/v1/residents/nobody/care", "", admin, http.StatusNotFound, nil)
	w.answer("GET", "/api/v1/residents/nobody/care/history", "", admin, http.StatusNotFound, nil)

	w.answer("PUT", path, `{"conditions":["copd","dementia"],"version":1}`, admin, http.StatusOK, nil)
	if text := w.answer("PUT", path, `{"version":1}`, admin, http.StatusConflict, nil); !strings.Contains(text, "urn:anxin:error:care.changed") {
		t.Errorf("a version too late: %s", text)
	}
	var history []api.CareVersion
	w.get(path+"/history", &history)
	if len(history) != 2 || history[0].Version != 2 || history[0].Limits != nil || history[1].Reason != "discharge letter" || history[1].Planned["bp_systolic"] != "12h" {
		t.Errorf("history: %+v", history)
	}
}

func TestAResidentWithConditions(t *testing.T) {
	w := newWorld(t)
	admin := w.tokens[records.Administrator]
	text := w.answer("POST", "/api/v1/residents", `{"id":"wang","name":"Wang","conditions":["hart_failure"]}`, admin, http.StatusUnprocessableEntity, nil)
	if !strings.Contains(text, "body.conditions") || !strings.Contains(text, "heart_failure") {
		t.Errorf("refused: %s", text)
	}
	var wang api.Resident
	w.answer("POST", "/api/v1/residents", `{"id":"wang","name":"Wang","conditions":["heart_failure"]}`, admin, http.StatusCreated, &wang)
	if !slices.Equal(wang.Conditions, []string{"heart_failure"}) {
		t.Errorf("created: %+v", wang)
	}
	var list []api.Resident
	w.get("/api/v1/residents", &list)
	if len(list) != 2 || len(list[0].Conditions) != 0 || !slices.Equal(list[1].Conditions, []string{"heart_failure"}) {
		t.Errorf("listed: %+v", list)
	}
}

func TestConditionsAreOfTheFile(t *testing.T) {
	for _, tc := range []struct {
		who  actor
		sees bool
	}{
		{actor{role: records.Caregiver, team: true}, true},
		{actor{role: records.Family, relation: "family_manager"}, true},
		{actor{role: records.Family, relation: "family"}, false},
		{actor{role: records.Family, relation: "family", scopes: `["status"]`}, false},
		{actor{role: records.Family, relation: "family", scopes: `["status","file"]`}, true},
	} {
		t.Run(string(tc.who.role)+" "+tc.who.relation+" "+tc.who.scopes, func(t *testing.T) {
			w := newWorld(t)
			w.ask(records.Administrator, "PUT", "/residents/li/care", `{"conditions":["copd"]}`, http.StatusOK, nil)
			token, _ := w.become(tc.who)
			for _, path := range []string{"/api/v1/residents/li", "/api/v1/residents"} {
				resp, text := w.request("GET", path, "", token)
				if resp.StatusCode != http.StatusOK || !strings.Contains(text, `"situations":[]`) {
					t.Fatalf("%s: %d %s", path, resp.StatusCode, text)
				}
				if got := strings.Contains(text, `"conditions":["copd"]`); got != tc.sees || strings.Contains(text, "conditions") != tc.sees {
					t.Errorf("%s: %s, want conditions: %v", path, text, tc.sees)
				}
			}
		})
	}
}

func TestSituations(t *testing.T) {
	w := newWorld(t)
	admin, caregiver := w.tokens[records.Administrator], w.tokens[records.Caregiver]
	const path = "/api/v1/residents/li/situations"
	w.answer("POST", "/api/v1/residents", `{"id":"wang","name":"Wang"}`, admin, http.StatusCreated, nil)
	if text := w.answer("GET", path, "", caregiver, http.StatusOK, nil); strings.TrimSpace(text) != "[]" {
		t.Errorf("at first: %s", text)
	}
	var away api.Situation
	text := w.answer("PUT", path+"/away", `{"until":"2026-12-01T18:00:00+08:00","note":"with the daughter"}`, caregiver, http.StatusOK, &away)
	want := fmt.Sprintf(`{"resident":"li","kind":"away","since":"2026-11-23T12:00:00Z","until":"2026-12-01T10:00:00Z","note":"with the daughter","set_by":"%s","set_at":"2026-11-23T12:00:00Z"}`, away.SetBy)
	if strings.TrimSpace(text) != want || away.SetBy == "" {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	w.answer("PUT", "/api/v1/residents/wang/situations/hospital", `{"until":"2026-11-25T00:00:00Z"}`, admin, http.StatusOK, nil)

	var all, mine []api.Situation
	w.get("/api/v1/situations", &all)
	w.get(path, &mine)
	if len(all) != 2 || len(mine) != 1 || mine[0].Note != away.Note || !mine[0].Until.Equal(away.Until) {
		t.Errorf("all %+v, Li's %+v", all, mine)
	}
	var list []api.Resident
	w.get("/api/v1/residents", &list)
	if len(list) != 2 || len(list[0].Situations) != 1 || list[0].Situations[0].Kind != "away" || list[1].Situations[0].Kind != "hospital" {
		t.Errorf("residents: %+v", list)
	}

	for body, reason := range map[string]string{
		`{"until":"2026-11-23T12:00:00Z"}`: "is not in the future",
		`{"until":"2027-11-23T12:00:00Z"}`: "more than 90 days ahead",
		`{"until":"tomorrow"}`:             "body.until",
		`{}`:                               "until",
	} {
		if text := w.answer("PUT", path+"/away", body, caregiver, http.StatusUnprocessableEntity, nil); !strings.Contains(text, reason) {
			t.Errorf("%s: %s, want %q", body, text, reason)
		}
	}
	w.answer("PUT", path+"/holiday", `{"until":"2026-12-01T18:00:00Z"}`, caregiver, http.StatusUnprocessableEntity, nil)
	w.answer("PUT", "/api/v1/residents/nobody/situations/away", `{"until":"2026-12-01T18:00:00Z"}`, caregiver, http.StatusNotFound, nil)
	w.answer("GET", "/api/v1/residents/nobody/situations", "", caregiver, http.StatusNotFound, nil)

	w.answer("DELETE", path+"/away", "", caregiver, http.StatusNoContent, nil)
	if text := w.answer("DELETE", path+"/away", "", caregiver, http.StatusNotFound, nil); !strings.Contains(text, "situation.not_found") {
		t.Errorf("ended twice: %s", text)
	}
	w.get(path, &mine)
	var history []api.Situation
	w.get(path+"/history", &history)
	if len(mine) != 0 || len(history) != 1 || history[0].EndedAt == nil || !history[0].EndedAt.Equal(noon) || history[0].EndedBy != away.SetBy || !history[0].Until.After(noon.Add(24*time.Hour)) {
		t.Errorf("ended: %+v, history %+v", mine, history)
	}
}
