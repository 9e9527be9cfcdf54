package service_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
)

// A drill goes the way of an alert, from a button that nobody pressed to somebody's
// tap, and says wherever it is told that it is one. A test message reaches who is
// told of nothing else.
func TestADrillGoesAllTheWayToATap(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 1)
		people(t, s, hooks.URL)
	})
	p.start()
	first := func(who string) called {
		t.Helper()
		p.waitFor("a call to "+who, func() error {
			if len(hooks.to(who)) == 0 {
				return fmt.Errorf("none")
			}
			return nil
		})
		return hooks.to(who)[0]
	}
	var proofs []struct {
		Severity, Contact string
		Reached           bool
		Untried           []string
	}
	p.ask(t, "/api/v1/residents/r-0/reach", &proofs)
	if len(proofs) != 3 || proofs[2].Reached || len(proofs[2].Untried) == 0 {
		t.Errorf("before anything was sent: %+v", proofs)
	}

	p.waitFor("the drill to begin", func() error { return p.post("/api/v1/residents/r-0/drills", "") })
	for _, who := range []string{"daughter", "nurse"} {
		if c := first(who); !strings.HasPrefix(c.subject, "DRILL. ") || !strings.HasPrefix(c.text, "DRILL. ") || strings.Contains(c.text, "120") || c.language != "en" {
			t.Errorf("to the %s: %+v", who, c)
		}
	}
	if err := p.post("/api/v1/residents/r-0/drills", ""); err == nil {
		t.Error("a second drill began while the first was under way")
	}
	resp, err := http.Post(hooks.to("nurse")[0].links["claim"], "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	var drills []struct {
		ToldAt  time.Time `json:"told_at"`
		By      string    `json:"answered_by"`
		TookMS  int64     `json:"took_ms"`
		EndedAt time.Time `json:"ended_at"`
	}
	p.ask(t, "/api/v1/residents/r-0/drills", &drills)
	if len(drills) != 1 || drills[0].By != "contact:nurse" || drills[0].TookMS <= 0 || drills[0].ToldAt.IsZero() || drills[0].EndedAt.IsZero() {
		t.Errorf("drills: %+v", drills)
	} else {
		t.Logf("from the drill to the tap: %d ms", drills[0].TookMS)
	}
	var open []struct{ ID string }
	p.ask(t, "/api/v1/alerts?status=open", &open)
	if len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
	p.ask(t, "/api/v1/residents/r-0/reach", &proofs)
	if !proofs[2].Reached || proofs[2].Contact != "daughter" {
		t.Errorf("after the drill: %+v", proofs)
	}

	var channels []struct{ ID string }
	p.ask(t, "/api/v1/contacts/backup/channels", &channels)
	if err := p.post("/api/v1/contacts/backup/channels/"+channels[0].ID+"/test", ""); err != nil {
		t.Fatal(err)
	}
	test := first("backup")
	if test.subject != "Anxin: a test" || test.links["open"] == "" {
		t.Errorf("the test message: %+v", test)
	}
}
