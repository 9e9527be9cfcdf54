package service_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/browsertest"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
)

// withdrawnWithin is how long a withdrawal may take to have its effect everywhere.
const withdrawnWithin = 5 * time.Second

// A daughter has her mother's page open, and listens by a program; when her mother
// withdraws the consent, both end within five seconds, and she is told of nothing
// that comes afterwards. Others are.
func TestAWithdrawnConsentEndsEverything(t *testing.T) {
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	p, password, daughter := withADaughter(t, cfg, hooks)
	p.start()
	consent := p.shares(`"status","vitals","alerts","file"`)

	b := browsertest.Start(t)
	page := b.Page(t, browsertest.Phone)
	page.Open("http://" + p.cfg.HTTPAddr + "/sign-in?next=/residents/r-0")
	page.Type("input[name=login]", "hong")
	page.Type("input[name=password]", "long enough\r")
	page.Wait("the resident's live page", `document.querySelector("h1")?.innerText === "R" && document.documentElement.dataset.live === "live"`)
	file := b.Page(t, browsertest.Phone)
	file.Open("http://" + p.cfg.HTTPAddr + "/sign-in?next=/residents/r-0/file")
	file.Type("input[name=login]", "hong")
	file.Type("input[name=password]", "long enough\r")
	file.Wait("the health file, which is not live", `location.pathname === "/residents/r-0/file" && document.documentElement.dataset.access === "watched"`)
	stream := follow(t, p, daughter)

	began := time.Now()
	if err := p.post("/api/v1/residents/r-0/consents/"+consent+"/withdraw", `{}`); err != nil {
		t.Fatal(err)
	}
	select {
	case <-stream.ended:
		if took := time.Since(began); took > withdrawnWithin {
			t.Errorf("the stream ended %s after the withdrawal", took)
		}
		if !stream.told.Load() {
			t.Error("the stream did not say that what she may see has changed")
		}
	case <-time.After(time.Minute):
		t.Fatal("the stream goes on after the withdrawal")
	}
	for _, open := range []*browsertest.Page{page, file} {
		open.Wait("the page to close", `document.querySelector("h1").innerText === "That did not work"`)
	}
	if took := time.Since(began); took > withdrawnWithin {
		t.Errorf("the pages closed %s after the withdrawal", took)
	}

	p.connect("d-0", password).Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":"pressed"}`)
	p.waitFor("the nurse to be called", func() error {
		if len(hooks.to("nurse")) == 0 {
			return errors.New("not yet")
		}
		return nil
	})
	if n := len(hooks.to("daughter")); n != 0 {
		t.Errorf("the daughter was told %d times after the withdrawal", n)
	}
	verified(t, p)
}

// withADaughter is a service with a resident, whose daughter signs in.
func withADaughter(t *testing.T, cfg service.Config, hooks *receiver) (p *process, password, daughter string) {
	t.Helper()
	p = newProcess(t, cfg, func(s *service.Service) {
		password = wearers(t, s, 1)[0]
		people(t, s, hooks.URL)
		u, err := s.AddUser(t.Context(), records.User{Login: "hong", Name: "Hong", Role: records.Family}, "long enough")
		if err != nil {
			t.Fatal(err)
		}
		hong, err := s.People.Contact(t.Context(), "daughter")
		if err != nil {
			t.Fatal(err)
		}
		hong.User = u.ID
		if _, err := s.People.ChangeContact(t.Context(), hong); err != nil {
			t.Fatal(err)
		}
		if daughter, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
			t.Fatal(err)
		}
	})
	return p, password, daughter
}

// shares keeps a consent of the resident's to show the daughter some kinds of data.
func (p *process) shares(scopes string) (consent string) {
	p.t.Helper()
	answer, err := p.request(http.MethodPost, "/api/v1/residents/r-0/consents", `{"purpose":"sharing","contact":"daughter","scopes":[`+scopes+`],"given_by":"R","capacity":"resident","manner":"paper","proof":"folder 7"}`)
	if err != nil {
		p.t.Fatal(err)
	}
	var given struct{ ID string }
	if err := json.Unmarshal(answer, &given); err != nil {
		p.t.Fatal(err)
	}
	return given.ID
}

// Who may see how somebody is, and no more, sees that on all pages about them: that
// there is an alert, and neither which nor any value.
func TestTheStatusAlone(t *testing.T) {
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	p, password, daughter := withADaughter(t, cfg, hooks)
	p.start()
	p.shares(`"status"`)
	p.connect("d-0", password).Publish("anxin/v1/devices/d-0/readings", 1, false, `{"heart_rate":71,"sos_button":"pressed"}`)
	staff := p.token
	p.page("/residents/r-0", "SOS button", ">71<", "not told: no consent to it")
	p.token = daughter
	for _, path := range []string{"/", "/residents/r-0"} {
		page := p.page(path, "Critical", "Open alerts: 1")
		for _, secret := range []string{"SOS button", ">71<", "Heart rate"} {
			if strings.Contains(page, secret) {
				t.Errorf("%s says %q to who may see the status alone", path, secret)
			}
		}
	}
	p.token = staff
	var all []struct{ Action, What string }
	p.ask(t, "/api/v1/residents/r-0/audit?limit=1000", &all)
	for _, e := range all {
		if e.Action == "change" && strings.HasPrefix(e.What, "GET ") {
			t.Errorf("looking is written down as changing: %+v", e)
		}
	}
}

// Access in an emergency is told to everybody around the resident but neighbours.
func TestABrokenGlassIsTold(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	var stranger string
	p := newProcess(t, cfg, func(s *service.Service) {
		wearers(t, s, 1)
		people(t, s, hooks.URL)
		add(t, s, "chen", "Chen", "", hooks.URL)
		if err := s.People.SetMember(t.Context(), records.Membership{Resident: "r-0", Contact: "chen", Relation: records.AsNeighbour}); err != nil {
			t.Fatal(err)
		}
		u, err := s.AddUser(t.Context(), records.User{Login: "xu", Name: "Nurse Xu", Role: records.Caregiver}, "long enough")
		if err != nil {
			t.Fatal(err)
		}
		if stranger, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
			t.Fatal(err)
		}
	})
	p.start()
	boss := p.token
	p.token = stranger
	if _, err := p.get("/api/v1/residents/r-0/latest"); err == nil {
		t.Fatal("a nurse of no team of hers sees the resident")
	}
	if err := p.post("/api/v1/residents/r-0/emergency", `{"reason":"She called from the stairs."}`); err != nil {
		t.Fatal(err)
	}
	if _, err := p.get("/api/v1/residents/r-0/latest"); err != nil {
		t.Errorf("in the emergency: %v", err)
	}
	for _, who := range []string{"daughter", "nurse", "backup"} {
		p.waitFor(who+" to be told", func() error {
			if len(hooks.to(who)) == 0 {
				return errors.New("not yet")
			}
			return nil
		})
		if c := hooks.to(who)[0]; !strings.Contains(c.text, "Nurse Xu") || !strings.Contains(c.text, "She called from the stairs.") {
			t.Errorf("to the %s: %+v", who, c)
		}
	}
	p.token = boss
	p.waitFor("it to be noted that they were told", func() error {
		var all []struct {
			ToldAt *time.Time `json:"told_at"`
		}
		p.ask(t, "/api/v1/emergencies", &all)
		if len(all) != 1 || all[0].ToldAt == nil {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	for who, want := range map[string]int{"daughter": 1, "nurse": 1, "backup": 1, "chen": 0} {
		if n := len(hooks.to(who)); n != want {
			t.Errorf("the %s was told %d times, want %d", who, n, want)
		}
	}
	verified(t, p)
}

// verified checks that the audit of a process, which may be running, is whole.
func verified(t *testing.T, p *process) {
	t.Helper()
	db, err := store.Open(t.Context(), store.Config{Dir: p.cfg.DataDir, URL: p.cfg.DatabaseURL})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if found, err := audit.Verify(t.Context(), db); err != nil || found.Entries == 0 {
		t.Errorf("the audit: %+v, %v", found, err)
	}
}

// following is a program that listens to the live events.
type following struct {
	ended chan struct{}
	told  atomic.Bool
}

func follow(t *testing.T, p *process, token string) *following {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.cfg.HTTPAddr+"/api/v1/events?resident=r-0", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("listen: %v %v", resp, err)
	}
	f := &following{ended: make(chan struct{})}
	go func() {
		defer close(f.ended)
		defer resp.Body.Close()
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			if lines.Text() == "event: access" {
				f.told.Store(true)
			}
		}
	}()
	return f
}
