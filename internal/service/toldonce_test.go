package service_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// circled gives each resident a daughter, and all of them one nurse who is on duty:
// in a test that kills she is told so much that it comes as digests.
func circled(t *testing.T, s *service.Service, residents int, hooks string) {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	add(t, s, "nurse", "Lin", "", hooks)
	team := records.TeamFile{Team: records.Team{ID: "east", Name: "East", TimeZone: "UTC"}, Members: []string{"nurse"}}
	for i := range residents {
		resident, daughter := fmt.Sprint("r-", i), fmt.Sprint("daughter-", i)
		add(t, s, daughter, "Hong", "", hooks)
		must(s.People.SetMember(ctx, records.Membership{Resident: resident, Contact: daughter, Relation: records.AsFamily}))
		team.Residents = append(team.Residents, resident)
	}
	_, err := s.People.AddTeam(ctx, team)
	must(err)
	now := time.Now()
	_, err = s.People.AddOverride(ctx, team.ID, records.Override{Contact: "nurse", From: now.Add(-time.Minute), To: now.Add(time.Hour)})
	must(err)
}

type shownDelivery struct {
	ID, Contact, Status, Digest string
	Step                        int
}

// deliveries are those of an alert, once nothing is to be sent of it any more.
func (p *process) deliveries(alert string) (list []shownDelivery) {
	p.t.Helper()
	p.waitFor("what is told of alert "+alert, func() error {
		list = nil
		p.ask(p.t, "/api/v1/alerts/"+alert+"/deliveries", &list)
		for _, d := range list {
			if d.Status == "queued" || d.Status == "sending" {
				return fmt.Errorf("delivery %s is %s", d.ID, d.Status)
			}
		}
		return nil
	})
	return list
}

// toldOnce fails the test unless each step of each alert has one delivery for each
// of whom it tells, and the receiver has had each of those that are delivered, and
// nothing else. What a kill has it called with again has the same key.
func (p *process) toldOnce(hooks *receiver) {
	p.t.Helper()
	all := p.alerts("&rule=sos")
	told := map[string][]shownDelivery{}
	for _, a := range all {
		told[a.ID] = p.deliveries(a.ID)
	}
	calls, known := hooks.keys(), map[string]bool{}
	steps, delivered, dropped, digests := 0, 0, 0, map[string]bool{}
	for _, a := range all {
		var file struct {
			Steps []struct {
				N    int
				Whom []struct{ ID string }
			}
		}
		p.ask(p.t, "/api/v1/alerts/"+a.ID+"/escalation", &file)
		want := map[string]bool{}
		for _, s := range file.Steps {
			steps++
			for _, who := range s.Whom {
				want[fmt.Sprint(s.N, " ", who.ID)] = true
			}
		}
		if len(want) == 0 {
			p.t.Errorf("nobody was told of alert %s", a.ID)
		}
		for _, d := range told[a.ID] {
			what := fmt.Sprint(d.Step, " ", d.Contact)
			if !want[what] {
				p.t.Errorf("alert %s: delivery %s of step %s is none that was decided, or the second", a.ID, d.ID, what)
			}
			delete(want, what)
			known[d.ID], known[d.Digest] = true, true
			switch d.Status {
			case "delivered", "seen":
				delivered++
				key := d.ID
				if d.Digest != "" {
					key = d.Digest
					digests[key] = true
				}
				if calls[key] == 0 {
					p.t.Errorf("alert %s: delivery %s of step %s is %s, and nobody was called with it", a.ID, d.ID, what, d.Status)
				}
			case "dropped": // the alert was closed first
				dropped++
			default:
				p.t.Errorf("alert %s: delivery %s of step %s is %s", a.ID, d.ID, what, d.Status)
			}
		}
		if len(want) > 0 {
			p.t.Errorf("alert %s: no delivery of steps %v", a.ID, want)
		}
	}
	repeated := 0
	for key, n := range calls {
		if key == "" || !known[key] {
			p.t.Errorf("somebody was called with %s, which is no delivery", key)
		}
		repeated += n - 1
	}
	// Only what was under way when it was killed can come again: eight at a time go to
	// one provider.
	if repeated > 8*kills {
		p.t.Errorf("%d calls came again", repeated)
	}
	p.t.Logf("%d steps: %d deliveries, %d dropped; %d calls, %d of them again, %d of them digests", steps, delivered, dropped, len(calls)+repeated, repeated, len(digests))
}

// keys are how often the receiver was called with each key.
func (r *receiver) keys() map[string]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	times := map[string]int{}
	for _, c := range r.calls {
		times[c.key]++
	}
	return times
}
