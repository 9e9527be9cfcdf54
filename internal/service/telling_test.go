package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// receiver is a real server for webhooks, which writes down who was called when and
// answers as it is told to.
type receiver struct {
	*httptest.Server

	mu     sync.Mutex
	calls  []called
	broken map[string]bool // the paths that answer 500
	news   chan struct{}   // of a call, for whoever waits for one
}

type called struct {
	who, key, subject, text, language string
	links                             map[string]string
	at                                time.Time
}

func newReceiver(t testing.TB) *receiver {
	r := &receiver{broken: map[string]bool{}, news: make(chan struct{}, 1)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	var body struct {
		Subject, Text, Language string
		Links                   []struct{ Kind, URL string }
	}
	text, _ := io.ReadAll(q.Body)
	_ = json.Unmarshal(text, &body)
	c := called{who: strings.TrimPrefix(q.URL.Path, "/"), key: q.Header.Get("Idempotency-Key"), subject: body.Subject, text: body.Text, language: body.Language, links: map[string]string{}, at: time.Now()}
	for _, l := range body.Links {
		c.links[l.Kind] = l.URL
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.broken[c.who] {
		http.Error(w, "not today", http.StatusInternalServerError)
		return
	}
	r.calls = append(r.calls, c)
	select {
	case r.news <- struct{}{}:
	default:
	}
}

// next waits for the first call to somebody.
func (r *receiver) next(t testing.TB, who string) called {
	t.Helper()
	late := time.After(time.Minute)
	for {
		if calls := r.to(who); len(calls) > 0 {
			return calls[0]
		}
		select {
		case <-r.news:
		case <-late:
			t.Fatalf("nobody called %s", who)
		}
	}
}

// to are the calls to somebody so far.
func (r *receiver) to(who string) []called {
	r.mu.Lock()
	defer r.mu.Unlock()
	var calls []called
	for _, c := range r.calls {
		if c.who == who {
			calls = append(calls, c)
		}
	}
	return calls
}

// An SOS over MQTT reaches the family and whoever is on duty over real webhooks;
// one tap on a link claims it, the other hears who has it, and both hear that it is
// over. A kill in between loses nothing and repeats nothing.
func TestFromTheButtonToTheTap(t *testing.T) {
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
	device := p.connect("d-0", passwords[0])
	if token := device.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":1}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	pressed := time.Now()
	waitFor := func(who string, n int) []called {
		t.Helper()
		p.waitFor(fmt.Sprintf("call %d to %s", n, who), func() error {
			if got := len(hooks.to(who)); got < n {
				return fmt.Errorf("%d calls", got)
			}
			return nil
		})
		return hooks.to(who)
	}
	first := waitFor("daughter", 1)[0]
	waitFor("nurse", 1)
	t.Logf("the daughter was told %s after the button: %s", first.at.Sub(pressed).Round(time.Millisecond), first.subject)
	if len(hooks.to("backup")) > 0 {
		t.Error("who is not on duty was told at once")
	}

	p.kill() // as a power cut would
	p.start()
	var open []struct{ ID string }
	p.ask(t, "/api/v1/alerts?status=open", &open)
	if len(open) != 1 {
		t.Fatalf("open alerts: %v", open)
	}
	path := "/api/v1/alerts/" + open[0].ID
	var file struct {
		State string
		Next  struct {
			At   time.Time
			Whom []struct{ ID, Name string }
		}
		Steps []struct {
			Stage int
			Whom  []struct{ ID, Name string }
		}
	}
	p.ask(t, path+"/escalation", &file)
	if file.State != "running" || len(file.Steps) != 1 || len(file.Steps[0].Whom) != 2 || file.Steps[0].Whom[0].Name != "Hong" || len(file.Next.Whom) == 0 {
		t.Errorf("escalation: %+v", file)
	}

	claim := first.links["claim"]
	if claim == "" {
		t.Fatalf("no link to claim it by: %+v", first)
	}
	p.tap(claim)
	news := waitFor("nurse", 2)[1]
	if !strings.Contains(news.subject+news.text, "Hong") {
		t.Errorf("the news of the claim does not name who has it: %+v", news)
	}
	p.ask(t, path+"/escalation", &file)
	if file.State != "claimed" {
		t.Errorf("after the tap: %+v", file)
	}
	if err := p.post(path+"/resolve", `{"verdict":"false_alarm"}`); err != nil {
		t.Fatal(err)
	}
	waitFor("daughter", 2)
	waitFor("nurse", 3)
	if n := len(hooks.to("daughter")); n != 2 {
		t.Errorf("the daughter was called %d times, want for help and for the end", n)
	}
}

// Whose channel fails for good need not be waited for: the next step comes at once.
func TestTheNextAreToldAtOnceWhenNobodyIsReached(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, 1)
		people(t, s, hooks.URL)
		add(t, s, "neighbour", "Wang", "", hooks.URL)
		if err := s.People.SetMember(t.Context(), records.Membership{Resident: "r-0", Contact: "neighbour", Relation: records.AsNeighbour, Wishes: records.Wishes{From: records.Critical}}); err != nil {
			t.Fatal(err)
		}
	})
	p.cfg.TellNetworks = nil // now all of it leads into a network of ours: refused for good
	p.start()
	device := p.connect("d-0", passwords[0])
	if token := device.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":1}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	p.waitFor("the steps to go on", func() error {
		var open []struct{ ID string }
		p.ask(t, "/api/v1/alerts?status=open", &open)
		if len(open) == 0 {
			return errors.New("no alert")
		}
		var file struct {
			Steps []struct {
				Why       string
				Unreached []struct{ ID string }
			}
		}
		p.ask(t, "/api/v1/alerts/"+open[0].ID+"/escalation", &file)
		if len(file.Steps) < 4 || len(file.Steps[0].Unreached) == 0 {
			return fmt.Errorf("steps: %+v", file.Steps)
		}
		return nil
	})
}

// Who calls for help and has nobody is told to the service's staff at once, as an
// alert that nobody else hears of, and once; one tap takes it.
func TestWhoHasNobodyIsToldToTheStaff(t *testing.T) {
	t.Parallel()
	hooks := newReceiver(t)
	cfg := testConfig(t)
	cfg.TellNetworks = []string{"127.0.0.0/8"}
	cfg.PublicURL = "http://" + cfg.HTTPAddr
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) {
		passwords = wearers(t, s, 1)
		admin, err := s.Users.ByLogin(t.Context(), "test")
		if err != nil {
			t.Fatal(err)
		}
		add(t, s, "admin", "Gao", admin.ID, hooks.URL)
	})
	p.start()
	device := p.connect("d-0", passwords[0])
	if token := device.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"sos_button":1}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatal(token.Error())
	}
	p.waitFor("the call to the staff", func() error {
		if len(hooks.to("admin")) == 0 {
			return errors.New("none")
		}
		return nil
	})
	p.kill()
	p.start()
	var open []struct{ ID, Rule string }
	p.ask(t, "/api/v1/alerts?status=open", &open)
	if len(open) != 1 || open[0].Rule != "sos" {
		t.Fatalf("open alerts: %+v", open)
	}
	var told []struct {
		Contact, Says, Status string
		Attempts              []struct{}
	}
	p.ask(t, "/api/v1/alerts/"+open[0].ID+"/deliveries", &told)
	if len(told) != 1 || told[0].Contact != "admin" || told[0].Says != "gap" {
		t.Errorf("deliveries: %+v", told)
	}
	first := hooks.to("admin")[0]
	if !strings.HasPrefix(first.subject, "Nobody reached: ") || first.links["claim"] == "" {
		t.Errorf("the staff hears %+v", first)
	}
	p.tap(first.links["claim"])
	p.waitFor("the steps to stop", func() error {
		var file struct{ State string }
		p.ask(t, "/api/v1/alerts/"+open[0].ID+"/escalation", &file)
		if file.State != "claimed" {
			return errors.New(file.State)
		}
		return nil
	})
	// Who signs in as "test" is Gao to those who read it.
	p.page("/alerts/"+open[0].ID, "Gao has it until")
}

// tap does what a one-tap link asks for, once the service has started.
func (p *process) tap(link string) {
	p.t.Helper()
	p.waitFor("the tap to be taken", func() error {
		resp, err := http.Post(link, "application/x-www-form-urlencoded", nil)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
			return fmt.Errorf("%s: %s", resp.Status, body)
		}
		return nil
	})
}

// ask reads an answer of the API.
func (p *process) ask(t testing.TB, path string, into any) {
	t.Helper()
	body, err := p.get(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, body)
	}
}

// people puts a daughter, a nurse on duty and a nurse who is not around resident
// r-0, each with a webhook.
func people(t *testing.T, s *service.Service, hooks string) {
	t.Helper()
	add(t, s, "daughter", "Hong", "", hooks)
	add(t, s, "nurse", "Lin", "", hooks)
	add(t, s, "backup", "Wu", "", hooks)
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.People.SetMember(ctx, records.Membership{Resident: "r-0", Contact: "daughter", Relation: records.AsFamily, Wishes: records.Wishes{From: records.Info}}))
	_, err := s.People.AddTeam(ctx, records.TeamFile{Team: records.Team{ID: "east", Name: "East", TimeZone: "UTC"}, Members: []string{"nurse", "backup"}, Residents: []string{"r-0"}})
	must(err)
	now := time.Now()
	_, err = s.People.AddOverride(ctx, "east", records.Override{Contact: "nurse", From: now.Add(-time.Minute), To: now.Add(time.Hour)})
	must(err)
}

func add(t testing.TB, s *service.Service, id, name, user, hooks string) {
	t.Helper()
	if _, err := s.People.AddContact(t.Context(), records.Contact{ID: id, Name: name, User: user, TimeZone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	_, err := s.People.AddChannel(t.Context(), records.Channel{
		Contact: id, Kind: records.Webhook, Address: hooks + "/" + id + "#secret=0123456789abcdef0123456789abcdef", Trusted: true, From: records.Info, LoudFrom: records.Warning,
	})
	if err != nil {
		t.Fatal(err)
	}
}
