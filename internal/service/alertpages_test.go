package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
)

// submit sends a form as a browser does, and tells the status and where it leads.
func (p *process) submit(path string, form url.Values) (status int, location string) {
	p.t.Helper()
	req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.cfg.HTTPAddr+path, strings.NewReader(form.Encode()))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode, resp.Header.Get("Location")
}

// page reads a page until it says something.
func (p *process) page(path string, says ...string) (page string) {
	p.t.Helper()
	p.waitFor(fmt.Sprintf("%s to say %q", path, says), func() error {
		body, err := p.get(path)
		page = string(body)
		for _, text := range says {
			if err == nil && !strings.Contains(page, text) {
				err = errors.New(page)
			}
		}
		return err
	})
	return page
}

// An alert goes from the button over the pages to its verdict.
func TestAnAlertOnThePages(t *testing.T) {
	var passwords []string
	p := newProcess(t, testConfig(t), func(s *service.Service) { passwords = wearers(t, s, 2) })
	p.start()
	p.page("/alerts", "No alert about a resident is open.", "No open alerts")
	client := p.connect("d-0", passwords[0])
	send := func(readings string) {
		t.Helper()
		if token := client.Publish("anxin/v1/devices/d-0/readings", 1, false, readings); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	send(`{"heart_rate": 71}`)
	// Her device is heard, the other's is not: nobody is fine for lack of news.
	states := regexp.MustCompile(`(?s)data-resident="r-1".*data-state="unknown".*data-resident="r-0".*data-state="fine"`)
	if page := p.page("/", `data-state="fine"`); !states.MatchString(page) {
		t.Errorf("the board without an alert:\n%s", page)
	}
	send(`{"sos_button": "pressed"}`)
	page := p.page("/alerts", "R pressed the SOS button. Please respond at once.", "Open alerts: 1", "Nobody has it yet.")
	found := regexp.MustCompile(`data-alert="([0-9A-Z]{26})"`).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no alert on the page:\n%s", page)
	}
	alert := "/alerts/" + found[1]
	p.page("/", `data-state="alert"`, "Critical", "SOS")
	p.page("/residents/r-0", `data-state="alert"`, alert+"/claim")

	for _, try := range []struct {
		path     string
		form     url.Values
		status   int
		location string
	}{
		{alert + "/claim", url.Values{"next": {"/residents/r-0"}}, http.StatusSeeOther, "/residents/r-0"},
		{alert + "/snooze", url.Values{"minutes": {"15"}}, http.StatusConflict, ""},
		{alert + "/comment", url.Values{"text": {"On my way.\nTen minutes."}, "next": {"/alerts"}}, http.StatusSeeOther, "/alerts"},
		{alert + "/comment", url.Values{"text": {" "}}, http.StatusUnprocessableEntity, ""},
		{alert + "/resolve", url.Values{"verdict": {"perhaps"}}, http.StatusUnprocessableEntity, ""},
		{"/alerts/01ARZ3NDEKTSV4RRFFQ69G5FAV/claim", nil, http.StatusNotFound, ""},
	} {
		if status, location := p.submit(try.path, try.form); status != try.status || location != try.location {
			t.Errorf("%s %v: %d to %q, want %d to %q", try.path, try.form, status, location, try.status, try.location)
		}
	}
	send(`{"sos_button": "long"}`) // nobody has come yet, and the claim stays
	p.page("/alerts", "You have it until", "Called again at")
	p.page(alert, "Called again: SOS button · pressed long · ")
	p.waitFor("the API to tell of the second press", func() error {
		var got struct {
			Status      string
			Repeats     int
			RepeatedAt  time.Time `json:"repeated_at"`
			Transitions []struct {
				N        int
				Cause    string
				Evidence struct{ Readings []struct{ Metric string } }
			}
		}
		body, err := p.get("/api/v1" + alert)
		if err == nil {
			err = json.Unmarshal(body, &got)
		}
		if err != nil {
			return err
		}
		last := got.Transitions[len(got.Transitions)-1]
		if got.Status != "claimed" || got.Repeats != 1 || got.RepeatedAt.IsZero() || last.Cause != "repeated" || len(last.Evidence.Readings) != 1 || last.Evidence.Readings[0].Metric != "sos_button" {
			return fmt.Errorf("%s", body)
		}
		return nil
	})
	p.page("/alerts", "You have it until")
	p.page(alert, "On my way.\nTen minutes.", "Began: Critical", "Test has it until")
	if status, _ := p.submit(alert+"/resolve", url.Values{"verdict": {"false_alarm"}, "reason": {"Sat on it."}, "next": {"/alerts"}}); status != http.StatusSeeOther {
		t.Errorf("resolve: %d", status)
	}
	if status, _ := p.submit(alert+"/claim", nil); status != http.StatusConflict {
		t.Errorf("claim what is resolved: %d", status)
	}
	p.page(alert, "Test closed it: False alarm", "Sat on it.")
	p.page("/alerts", "No alert about a resident is open.", "Resolved in the last 24 hours", "False alarm")
	p.page("/residents/r-0", "Last 7 days", "False alarm", `data-state="fine"`)

	until := time.Now().Add(50 * time.Hour).UTC().Format(time.RFC3339)
	if _, err := p.request("PUT", "/api/v1/residents/r-1/situations/hospital", fmt.Sprintf(`{"until":%q}`, until)); err != nil {
		t.Fatal(err)
	}
	p.page("/", "In hospital until")
	p.page("/residents/r-1", "In hospital until")
}

// What was measured around an alert is on its page, with the limit that it passed.
func TestTheEvidenceOnAnAlertsPage(t *testing.T) {
	t.Parallel()
	var passwords []string
	p := newProcess(t, testConfig(t), func(s *service.Service) { passwords = wearers(t, s, 1) })
	p.start()
	client := p.connect("d-0", passwords[0])
	p.waitFor("the resident to be known and the alert to begin", func() error {
		var stored []string
		for minutes := 15; minutes >= 0; minutes-- {
			stored = append(stored, fmt.Sprintf(`{"ts":%d,"spo2":88}`, time.Now().Add(-time.Duration(minutes)*time.Minute).UnixMilli()))
		}
		if token := client.Publish("anxin/v1/devices/d-0/readings", 1, false, "["+strings.Join(stored, ",")+"]"); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
		body, err := p.get("/alerts")
		if err == nil && !strings.Contains(string(body), "Very low oxygen") {
			err = errors.New(string(body))
		}
		return err
	})
	body := p.page("/alerts", "Very low oxygen")
	alert := regexp.MustCompile(`/alerts/[0-9A-Z]{26}`).FindString(body)
	p.page(alert, "Why:", `data-chart="spo2"`, `&#34;value&#34;:88`, `&#34;bounds&#34;:[{&#34;value&#34;:92,&#34;label&#34;:&#34;\u003c 92&#34;}]`)
}
