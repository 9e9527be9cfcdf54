package service_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/anxin-care/anxin/internal/service"
)

// A daughter has her mother's alert for half an hour, and leaves the care team: the
// alert is nobody's at once, and the others are called who believed that she had it.
// What the nurse has stays hers.
func TestWhoMaySeeNothingHasNothing(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, 1)
		people(t, s, hooks.URL)
	})
	p.start()
	p.connect("d-0", passwords[0]).Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":"pressed"}`)
	tap := func(who string) {
		t.Helper()
		resp, err := http.Post(hooks.next(t, who).links["claim"], "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	type file struct {
		ID, Status  string
		ClaimedBy   string `json:"claimed_by"`
		Transitions []struct{ Cause, By string }
	}
	alert := func() (a file) {
		t.Helper()
		var open []file
		p.ask(t, "/api/v1/alerts?status=open", &open)
		if len(open) != 1 {
			t.Fatalf("%d alerts are open, want one", len(open))
		}
		p.ask(t, "/api/v1/alerts/"+open[0].ID, &a)
		return a
	}
	tap("daughter")
	if a := alert(); a.ClaimedBy != "contact:daughter" {
		t.Fatalf("the daughter has tapped, and it is %s, %q has it", a.Status, a.ClaimedBy)
	}
	var looked []struct{ Actor, Action, Resident, Scope, Via, Ground string }
	p.ask(t, "/api/v1/audit?actor=contact:daughter", &looked)
	if len(looked) != 1 || looked[0].Resident != "r-0" || looked[0].Scope != "alerts" || looked[0].Action != "read" || looked[0].Via != "link" || looked[0].Ground != "family" {
		t.Errorf("that she read of it by a link is written down as %+v", looked)
	}
	calls := len(hooks.to("nurse"))
	if _, err := p.request(http.MethodDelete, "/api/v1/residents/r-0/care-team/daughter", ""); err != nil {
		t.Fatal(err)
	}
	p.waitFor("the claim to end", func() error {
		if a := alert(); a.Status != "firing" {
			return fmt.Errorf("it is %s", a.Status)
		}
		return nil
	})
	a := alert()
	if last := a.Transitions[len(a.Transitions)-1]; last.Cause != "claim_expired" || last.By != "contact:daughter" {
		t.Errorf("the last step is %+v", last)
	}
	p.waitFor("the nurse to be called", func() error {
		for _, c := range hooks.to("nurse")[calls:] {
			if c.links["claim"] != "" {
				return nil
			}
		}
		return errors.New("not yet")
	})
	tap("nurse")
	p.waitFor("the nurse to have it", func() error {
		if a := alert(); a.ClaimedBy != "contact:nurse" {
			return fmt.Errorf("%q has it", a.ClaimedBy)
		}
		return nil
	})
}
