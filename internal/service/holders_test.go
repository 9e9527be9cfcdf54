package service_test

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
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

// The nurse on duty has an alert, and her account is disabled: nobody has it any more,
// the steps go on without her, her links do nothing, and she is no proof that somebody
// is reached.
func TestWhoseAccountIsDisabledHasNothing(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	var passwords []string
	var lin records.User
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, 1)
		people(t, s, hooks.URL)
		// Of what is less than critical only the team is told.
		err := s.People.SetMember(t.Context(), records.Membership{Resident: "r-0", Contact: "daughter", Relation: records.AsFamily, Wishes: records.Wishes{From: records.Critical}})
		if err == nil {
			lin, err = s.AddUser(t.Context(), records.User{Login: "lin", Name: "Lin", Role: records.Caregiver}, "long enough")
		}
		if err == nil {
			_, err = s.People.ChangeContact(t.Context(), records.Contact{ID: "nurse", Name: "Lin", User: lin.ID, TimeZone: "UTC"})
		}
		if err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	p.connect("d-0", passwords[0]).Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":"pressed"}`)
	links := hooks.next(t, "nurse").links
	tap := func() int {
		t.Helper()
		resp, err := http.Post(links["claim"], "application/x-www-form-urlencoded", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	type file struct {
		ID, Status  string
		ClaimedBy   string `json:"claimed_by"`
		Transitions []struct{ Cause, By string }
	}
	var open []file
	alert := func() (a file) {
		t.Helper()
		p.ask(t, "/api/v1/alerts/"+open[0].ID, &a)
		return a
	}
	reached := func() (by []string) {
		t.Helper()
		var proofs []struct {
			Contact string
			Untried []string
		}
		p.ask(t, "/api/v1/residents/r-0/reach", &proofs)
		for _, proof := range proofs {
			by = append(by, proof.Contact)
			if slices.Contains(proof.Untried, "nurse") && !slices.Contains(by, "nurse") {
				by = append(by, "nurse, perhaps")
			}
		}
		return by
	}
	if p.ask(t, "/api/v1/alerts?status=open", &open); len(open) != 1 {
		t.Fatalf("%d alerts are open, want one", len(open))
	}
	tap()
	if a := alert(); a.ClaimedBy != "contact:nurse" && a.ClaimedBy != lin.ID {
		t.Fatalf("the nurse has tapped, and it is %s, %q has it", a.Status, a.ClaimedBy)
	}
	p.waitFor("the nurse to be proven", func() error {
		if by := reached(); !slices.Contains(by, "nurse") {
			return fmt.Errorf("reached are %q", by)
		}
		return nil
	})

	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	told, calls := len(hooks.to("daughter")), len(hooks.to("nurse"))
	if err := s.Users.Disable(t.Context(), lin.ID, ""); err != nil {
		t.Fatal(err)
	}
	if by := reached(); slices.ContainsFunc(by, func(who string) bool { return strings.HasPrefix(who, "nurse") }) {
		t.Errorf("she is a proof still: reached are %q", by)
	}
	p.waitFor("the claim to end", func() error {
		if a := alert(); a.Status != "firing" {
			return fmt.Errorf("it is %s", a.Status)
		}
		return nil
	})
	a := alert()
	if last := a.Transitions[len(a.Transitions)-1]; last.Cause != "claim_expired" {
		t.Errorf("the last step is %+v", last)
	}
	p.waitFor("the others to be called again", func() error {
		for _, c := range hooks.to("daughter")[told:] {
			if c.links["claim"] != "" {
				return nil
			}
		}
		return errors.New("not yet")
	})
	tap()
	if a := alert(); a.Status != "firing" {
		t.Errorf("she has tapped without an account, and it is %s: %q has it", a.Status, a.ClaimedBy)
	}
	if now := len(hooks.to("nurse")); now != calls {
		t.Errorf("she was called %d times more", now-calls)
	}
}
