package api_test

import (
	"bufio"
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

// presses lets Li press her button.
func (w *world) presses(seq uint64) {
	w.t.Helper()
	r := vitals.Report{Device: "band-1", Residents: []string{"li"}, Received: noon.UnixMilli(), Samples: []vitals.Sample{
		{At: noon.UnixMilli(), Values: []vitals.Value{{Metric: vitals.SOSButton, Number: 1}}},
	}}
	if err := w.judge.Hear(w.t.Context(), []alerts.Passed{{Seq: seq, Report: r}}); err != nil {
		w.t.Fatal(err)
	}
}

func TestAlertFromTheButtonToTheVerdict(t *testing.T) {
	w := newWorld(t)
	w.presses(1)
	var list []api.Alert
	w.get("/api/v1/alerts?status=open", &list)
	if len(list) != 1 || list[0].Rule != "sos" || list[0].Severity != "critical" || list[0].Message.EN != "Li Hua pressed the SOS button. Please respond at once." {
		t.Fatalf("open: %+v", list)
	}
	if seen := list[0].Evidence.Readings; len(seen) != 1 || seen[0].Device != "band-1" || seen[0].Metric != vitals.SOSButton {
		t.Errorf("evidence: %+v", list[0].Evidence)
	}
	path, token := "/api/v1/alerts/"+list[0].ID, w.tokens[records.Caregiver]
	until := noon.Add(time.Hour).Format(time.RFC3339)
	for _, step := range []struct {
		do, body string
		status   int
		want     string
	}{
		{"/snooze", fmt.Sprintf(`{"until":%q}`, until), http.StatusConflict, "alert.critical"},
		{"/claim", `{"until":"2020-01-01T00:00:00Z"}`, http.StatusUnprocessableEntity, "body.until"},
		{"/claim", fmt.Sprintf(`{"until":%q}`, until), http.StatusOK, `"status":"claimed"`},
		{"/resolve", `{"verdict":"perhaps"}`, http.StatusUnprocessableEntity, "verdict"},
		{"/resolve", `{"verdict":"false_alarm","reason":"sat on it"}`, http.StatusOK, `"status":"resolved"`},
		{"/resolve", `{"verdict":"true"}`, http.StatusConflict, "alert.resolved"},
		{"/comment", `{"text":"she laughed about it"}`, http.StatusOK, `"text":"she laughed about it"`},
		{"/comment", `{"text":" "}`, http.StatusUnprocessableEntity, "body.text"},
	} {
		resp, body := w.request("POST", path+step.do, step.body, token)
		if resp.StatusCode != step.status || !strings.Contains(body, step.want) {
			t.Errorf("POST %s %s: %s %s, want %d %s", step.do, step.body, resp.Status, body, step.status, step.want)
		}
	}
	var one api.Alert
	w.get(path, &one)
	if len(one.Transitions) != 3 || one.Verdict != "false_alarm" || one.ResolvedAt == nil || one.Transitions[2].Reason != "sat on it" || len(one.Comments) != 1 || one.Comments[0].By == "" {
		t.Errorf("in the end: %+v", one)
	}
	for query, want := range map[string]int{"": 1, "?status=open": 0, "?severity=critical": 1, "?rule=fall": 0, "?limit=1": 1, "?before=" + one.ID: 0} {
		w.get("/api/v1/residents/li/alerts"+query, &list)
		if len(list) != want {
			t.Errorf("Li's alerts%s: %d, want %d", query, len(list), want)
		}
	}
	if resp, body := w.request("GET", "/api/v1/alerts?resident=nobody", "", token); resp.StatusCode != http.StatusNotFound {
		t.Errorf("alerts of nobody: %s %s", resp.Status, body)
	}
	if resp, body := w.request("GET", "/api/v1/alerts/none", "", token); resp.StatusCode != http.StatusNotFound {
		t.Errorf("no alert: %s %s", resp.Status, body)
	}
}

func TestAlertsAreStreamed(t *testing.T) {
	w := newWorld(t)
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+"/api/v1/events?resident=li", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.tokens[records.Caregiver])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	event, commented := "", false
	for lines.Scan() {
		line := lines.Text()
		switch {
		case line == "event: hello":
			w.presses(1) // now it watches
		case strings.HasPrefix(line, "event: "):
			event = line
		case strings.HasPrefix(line, "data: ") && event == "event: alert":
			var a api.Alert
			if err := json.Unmarshal([]byte(line[len("data: "):]), &a); err != nil || a.Rule != "sos" || a.Resident != "li" {
				t.Errorf("streamed %s: %v", line, err)
			}
			if commented {
				if len(a.Comments) != 1 || a.Comments[0].Text != "on my way" {
					t.Errorf("streamed after a comment: %s", line)
				}
				return
			}
			resp, body := w.request("POST", "/api/v1/alerts/"+a.ID+"/comment", `{"text":"on my way"}`, w.tokens[records.Caregiver])
			if commented = resp.StatusCode == http.StatusOK; !commented {
				t.Fatalf("comment: %s %s", resp.Status, body)
			}
		}
	}
	t.Fatalf("the stream ended without an alert: %v", lines.Err())
}

// TestStreamsOfAlertsAlone follows what pages follow that show no readings, or
// those of one resident: the first that they hear of Li is the alert.
func TestStreamsOfAlertsAlone(t *testing.T) {
	for _, query := range []string{"?readings=none", "?resident=wang&alerts=all", "?resident=wang&alerts=all&readings=none"} {
		t.Run(query, func(t *testing.T) {
			w := newWorld(t)
			if resp, body := w.request("POST", "/api/v1/residents", `{"id":"wang","name":"王芳"}`, w.tokens[records.Administrator]); resp.StatusCode != http.StatusCreated {
				t.Fatalf("%s %s", resp.Status, body)
			}
			req, err := http.NewRequestWithContext(t.Context(), "GET", w.server.URL+"/api/v1/events"+query, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+w.tokens[records.Caregiver])
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
				switch name, ok := strings.CutPrefix(lines.Text(), "event: "); {
				case !ok:
				case name == "hello":
					w.measure(vitals.SpO2, 97)
					w.presses(1)
				case name == "alert":
					return
				default:
					t.Fatalf("heard of a %s", name)
				}
			}
			t.Fatal("the stream ended without an alert")
		})
	}
}
