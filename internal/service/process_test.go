package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store/storetest"
)

// The tests run the service in a process of its own where they kill it: this
// same test binary, told to be the service by its environment.
func TestMain(m *testing.M) {
	if text := os.Getenv("ANXIN_TEST_SERVE"); text != "" {
		if err := serve(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func serve(text string) error {
	var cfg service.Config
	if err := json.Unmarshal([]byte(text), &cfg); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s, err := service.Open(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run(ctx)
}

// process is the service in a process of its own.
type process struct {
	t     testing.TB
	cfg   service.Config
	token string
	cmd   *exec.Cmd
	ended chan struct{}
	// clients are who is signed in at the broker. One that another took the place of
	// would sign in again, and take it back.
	clients map[string]paho.Client

	mu  sync.Mutex
	log strings.Builder
}

// Write implements [io.Writer]: the process's log.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.Write(b)
}

func freeAddr(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func testConfig(t testing.TB) service.Config {
	dir := t.TempDir()
	return service.Config{
		HTTPAddr: freeAddr(t), MQTTAddr: freeAddr(t), DataDir: dir, DatabaseURL: storetest.In(t, dir).URL, MQTTClientID: "anxin",
		MaxConnections: 1000, MaxPayload: 16 << 20, MaxInFlight: 1024,
		JournalKeep: time.Hour, HeldKeep: 24 * time.Hour, LogLevel: "warn", LogFormat: "text",
	}
}

// newProcess prepares a service; enrol adds to its records before it runs.
func newProcess(t testing.TB, cfg service.Config, enrol func(*service.Service)) *process {
	t.Helper()
	p := &process{t: t, cfg: cfg, clients: map[string]paho.Client{}}
	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	u, err := s.AddUser(t.Context(), records.User{Login: "test", Name: "Test", Role: records.Administrator}, "long enough")
	if err != nil {
		t.Fatal(err)
	}
	if p.token, _, err = s.Users.IssueToken(t.Context(), records.Token{UserID: u.ID, Label: "test"}, ""); err != nil {
		t.Fatal(err)
	}
	enrol(s)
	t.Cleanup(p.kill)
	return p
}

// wearers enrols residents r-0, r-1, … who each wear a native device d-0, d-1, …
func wearers(t testing.TB, s *service.Service, n int) (passwords []string) {
	t.Helper()
	var enrolments []devices.Enrolment
	for i := range n {
		r, err := s.Residents.Create(t.Context(), records.Resident{ID: fmt.Sprint("r-", i), Name: "R", TimeZone: "Asia/Shanghai"})
		if err != nil {
			t.Fatal(err)
		}
		enrolments = append(enrolments, devices.Enrolment{
			Device: devices.Device{ID: fmt.Sprint("d-", i)}, Resident: r.ID, From: devices.FirstReading(),
		})
	}
	_, passwords, err := s.Registry.Enrol(t.Context(), enrolments)
	if err != nil {
		t.Fatal(err)
	}
	return passwords
}

func (p *process) start() {
	p.t.Helper()
	cfg, err := json.Marshal(p.cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), "ANXIN_TEST_SERVE="+string(cfg))
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.ended = make(chan struct{})
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func(cmd *exec.Cmd, ended chan struct{}) {
		_ = cmd.Wait()
		close(ended)
	}(p.cmd, p.ended)
	p.waitFor("the service to start", func() error {
		select {
		case <-p.ended:
			p.t.Fatalf("the service ended:\n%s", p.said())
		default:
		}
		_, err := p.get("/healthz")
		return err
	})
}

// connect signs a device in at the built-in broker, and out where it was.
func (p *process) connect(id, password string) paho.Client {
	p.t.Helper()
	if before := p.clients[id]; before != nil {
		before.Disconnect(0)
	}
	o := paho.NewClientOptions().AddBroker("tcp://" + p.cfg.MQTTAddr).SetClientID(id).SetUsername(id).SetPassword(password)
	c := paho.NewClient(o)
	if token := c.Connect(); !token.WaitTimeout(time.Minute) || token.Error() != nil {
		p.t.Fatal(token.Error())
	}
	p.clients[id] = c
	return c
}

// kill ends the process as a power cut would.
func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		<-p.ended
		p.cmd = nil
	}
}

// quit ends the process, whose log then has what each of its goroutines was at.
func (p *process) quit() {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(syscall.SIGQUIT)
		<-p.ended
		p.cmd = nil
	}
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// patience is how long anything may take before a test fails: the machine may be busy
// with other tests, and the race detector takes its time.
const patience = time.Minute

// waitFor asks again and again while there is patience.
func (p *process) waitFor(what string, ask func() error) {
	p.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		err := ask()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.quit()
			p.t.Fatalf("waiting for %s: %v\n%s", what, err, p.said())
		}
	}
}

func (p *process) get(path string) ([]byte, error) { return p.request(http.MethodGet, path, "") }

func (p *process) post(path, body string) error {
	_, err := p.request(http.MethodPost, path, body)
	return err
}

func (p *process) request(method, path, body string) ([]byte, error) {
	req, err := http.NewRequest(method, "http://"+p.cfg.HTTPAddr+path, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s %s", path, resp.Status, answer)
	}
	return answer, err
}

// figures reads the metrics.
func (p *process) figures() (map[string]int64, error) {
	body, err := p.get("/metrics")
	if err != nil {
		return nil, err
	}
	figures := map[string]int64{}
	for line := range strings.Lines(string(body)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && strings.HasPrefix(name, "anxin_") {
			n, err := strconv.ParseFloat(value, 64)
			if err == nil {
				figures[name] = int64(n)
			}
		}
	}
	return figures, nil
}

// balanced fails the test unless each received message is somewhere.
func (p *process) balanced() map[string]int64 {
	p.t.Helper()
	f, err := p.figures()
	if err != nil {
		p.t.Fatal(err)
	}
	received, stored, duplicate := f["anxin_messages_received_total"], f["anxin_messages_stored_total"], f["anxin_messages_duplicate_total"]
	quarantined, held := f["anxin_messages_quarantined"], f["anxin_messages_held"]
	if received != stored+duplicate+quarantined+held {
		p.t.Errorf("received %d is not stored %d + duplicate %d + quarantined %d + held %d", received, stored, duplicate, quarantined, held)
	}
	return f
}

// settled waits until the timeline has everything that the journal has, as long as it
// gets nearer: how much there is to be done goes by how busy the machine was.
func (p *process) settled() {
	p.t.Helper()
	for before := int64(math.MaxInt64); before > 0; {
		p.waitFor("the timeline to get on", func() error {
			f, err := p.figures()
			if err != nil {
				return err
			}
			behind, ok := f[`anxin_journal_lag_entries{reader="timeline"}`]
			if !ok || behind >= before {
				return fmt.Errorf("%d entries behind, as before", behind)
			}
			before = behind
			return nil
		})
	}
}

// readings are all of a resident's readings of a metric, by time.
func (p *process) readings(resident, metric string) map[int64][]float64 {
	p.t.Helper()
	found := map[int64][]float64{}
	to := time.Now().Add(time.Hour).UnixMilli()
	for {
		body, err := p.get(fmt.Sprintf("/api/v1/residents/%s/readings?metric=%s&from=0&to=%d&limit=100000", resident, metric, to))
		if err != nil {
			p.t.Fatal(err)
		}
		var answer struct {
			Readings []struct {
				At    time.Time
				Value float64
			}
			Truncated bool
		}
		if err := json.Unmarshal(body, &answer); err != nil {
			p.t.Fatal(err)
		}
		for _, r := range answer.Readings {
			found[r.At.UnixMilli()] = append(found[r.At.UnixMilli()], r.Value)
		}
		if !answer.Truncated {
			return found
		}
		to = answer.Readings[0].At.UnixMilli()
	}
}
