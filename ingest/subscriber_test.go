package ingest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/mosquittotest"
)

// lockedBuffer is a log that a test reads while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// subscribe runs a subscriber until the returned function is called.
func subscribe(t *testing.T, cfg SubscriberConfig, in *inbox) (s *Subscriber, log *lockedBuffer, stop func()) {
	t.Helper()
	log = &lockedBuffer{}
	s, err := NewSubscriber(cfg, in, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	return s, log, stop
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(60 * time.Second)
	for !is() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

var allReadings = []string{"anxin/v1/devices/+/readings"}

func TestSubscriberTakesInAndAcknowledges(t *testing.T) {
	broker := mosquittotest.New(t)
	in := newInbox()
	cfg := SubscriberConfig{URL: broker.URL(), ClientID: "anxin", Filters: allReadings}
	s, _, stop := subscribe(t, cfg, in)
	eventually(t, "the subscription", s.Connected)
	c, err := dial(t, "tcp://"+broker.Addr, "band-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	send := func(n int) {
		t.Helper()
		token := c.Publish("anxin/v1/devices/band-1/readings", 1, false, fmt.Sprint(n))
		if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	send(1)
	send(2)
	first, second := <-in.arrived, <-in.arrived
	first.Ack.Acknowledge(first.Token)
	if string(second.Payload) != "2" || second.Dup {
		t.Fatalf("%+v", second)
	}
	// The second is never acknowledged: it comes again, to the next connection,
	// and so does what was published in between.
	stop()
	send(3)
	s, _, _ = subscribe(t, cfg, in)
	// What else comes again, and is marked so, depends on what the broker had heard
	// of the first connection's end: so the third's mark is not asked for.
	dup := map[string]bool{}
	for !has(dup, "2") || !has(dup, "3") {
		m := <-in.arrived
		dup[string(m.Payload)] = m.Dup
		m.Ack.Acknowledge(m.Token)
	}
	if !dup["2"] {
		t.Error("what was sent again is not marked so")
	}
	eventually(t, "the subscription", s.Connected)
}

func TestSubscriberComesBackAfterTheBroker(t *testing.T) {
	broker := mosquittotest.New(t)
	in := newInbox()
	var deafened atomic.Int32
	s, _, _ := subscribe(t, SubscriberConfig{
		URL: broker.URL(), ClientID: "anxin", Share: "anxin", Filters: allReadings,
		Deafened: func(from, to time.Time) {
			if !to.Before(from) {
				deafened.Add(1)
			}
		},
	}, in)
	for round := range 3 {
		eventually(t, "the subscription", s.Connected)
		c, err := dial(t, "tcp://"+broker.Addr, "band-1", "", nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Publish("anxin/v1/devices/band-1/readings", 1, false, fmt.Sprint(round)).Wait()
		if m := <-in.arrived; string(m.Payload) != fmt.Sprint(round) {
			t.Errorf("round %d: %s", round, m.Payload)
		} else {
			m.Ack.Acknowledge(m.Token)
		}
		if got := int(deafened.Load()); got != round+1 {
			t.Errorf("round %d: told %d times that nothing could be heard, before what came then", round, got)
		}
		broker.Stop() // and all it knew of our session with it
		eventually(t, "the loss to be noticed", func() bool { return !s.Connected() })
		broker.Start()
	}
}

func TestSubscriberSaysWhatTheBrokerRefused(t *testing.T) {
	broker := mosquittotest.New(t, mosquittotest.WithACL(t, map[string]string{"anxin": "pass-word"}, "user anxin\ntopic read anxin/v1/devices/+/readings\n"))
	in := newInbox()
	url := strings.Replace(broker.URL(), "mqtt://", "mqtt://anxin:pass-word@", 1)
	s, log, _ := subscribe(t, SubscriberConfig{URL: url, ClientID: "anxin", Filters: allReadings}, in)
	eventually(t, "the subscription", s.Connected)
	if strings.Contains(log.String(), "pass-word") {
		t.Error("the password is in the log")
	}
	wrong := strings.Replace(broker.URL(), "mqtt://", "mqtt://anxin:wrong@", 1)
	s, log, _ = subscribe(t, SubscriberConfig{URL: wrong, ClientID: "other", Filters: allReadings}, in)
	eventually(t, "the refusal in the log", func() bool {
		return strings.Contains(log.String(), "uthorized") || strings.Contains(log.String(), "user name")
	})
	if s.Connected() || strings.Contains(log.String(), "wrong@") {
		t.Errorf("with a wrong password: connected, or the password is in the log: %s", log)
	}
}

func TestBrokerAddress(t *testing.T) {
	for _, url := range []string{"", "localhost", "http://x:1", "mqtt://", "mqtt://u:secret@h:p:q"} {
		_, err := NewSubscriber(SubscriberConfig{URL: url}, newInbox(), slog.New(slog.DiscardHandler))
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", url, err)
		}
	}
}

// published is a message as the client hands it over.
type published struct {
	name  string
	acked chan string
}

func (p *published) Duplicate() bool   { return false }
func (p *published) Qos() byte         { return 1 }
func (p *published) Retained() bool    { return false }
func (p *published) Topic() string     { return p.name }
func (p *published) MessageID() uint16 { return 1 }
func (p *published) Payload() []byte   { return nil }
func (p *published) Ack()              { p.acked <- p.name }

// stopping takes in everything but what arrives as its connection ends.
type stopping struct {
	end   func()
	taken []Message
}

func (s *stopping) Submit(ctx context.Context, m Message) error {
	if m.Topic == "cut off" {
		s.end()
		return ctx.Err()
	}
	s.taken = append(s.taken, m)
	return nil
}

func TestNoAcknowledgementForAnotherMessage(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	to := &stopping{end: cancel}
	s := &Subscriber{to: to, log: slog.New(slog.DiscardHandler)}
	acks := &pahoAcks{}
	acks.write = acks.send
	acked := make(chan string, 3)
	for _, name := range []string{"before", "cut off", "after"} {
		s.take(ctx, acks, &published{name, acked})
	}
	for _, m := range to.taken {
		m.Ack.Acknowledge(m.Token)
		if got := <-acked; got != m.Topic {
			t.Errorf("%q is safe, %q was acknowledged", m.Topic, got)
		}
	}
	if len(to.taken) != 1 {
		t.Errorf("%d messages were taken in", len(to.taken))
	}
}

func TestSubscriberOverTLS(t *testing.T) {
	broker := mosquittotest.New(t)
	cert := selfSigned(t)
	front, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { front.Close() })
	go func() {
		for {
			outside, err := front.Accept()
			if err != nil {
				return
			}
			inside, err := net.Dial("tcp", broker.Addr)
			if err != nil {
				outside.Close()
				continue
			}
			go func() { _, _ = io.Copy(inside, outside); inside.Close() }()
			go func() { _, _ = io.Copy(outside, inside); outside.Close() }()
		}
	}()
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	_, port, _ := net.SplitHostPort(front.Addr().String())

	in := newInbox()
	s, log, _ := subscribe(t, SubscriberConfig{URL: "mqtts://localhost:" + port, ClientID: "stranger", Filters: allReadings}, in)
	eventually(t, "a refused certificate", func() bool { return strings.Contains(log.String(), "certificate") })
	if s.Connected() {
		t.Error("connected to a broker that nobody vouches for")
	}
	s, _, _ = subscribe(t, SubscriberConfig{
		URL: "mqtts://localhost:" + port, ClientID: "anxin", Filters: allReadings, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}, in)
	eventually(t, "the subscription", s.Connected)
	c, err := dial(t, "tcp://"+broker.Addr, "band-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	c.Publish("anxin/v1/devices/band-1/readings", 1, false, "over TLS")
	if m := <-in.arrived; string(m.Payload) != "over TLS" {
		t.Errorf("%q arrived", m.Payload)
	}
}

func has(m map[string]bool, key string) bool {
	_, ok := m[key]
	return ok
}

// What devices answer on an external broker is no message of theirs.
func TestSubscriberHearsReplies(t *testing.T) {
	broker := mosquittotest.New(t)
	in := newInbox()
	heard := make(chan string, 1)
	s, _, _ := subscribe(t, SubscriberConfig{
		URL: broker.URL(), ClientID: "anxin", Filters: allReadings,
		Replies: func(device string, payload []byte) { heard <- device + " " + string(payload) },
	}, in)
	eventually(t, "the subscription", s.Connected)
	c, err := dial(t, "tcp://"+broker.Addr, "speaker-1", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range []string{"replies", "readings"} {
		token := c.Publish("anxin/v1/devices/speaker-1/"+topic, 1, false, topic)
		if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
			t.Fatal(token.Error())
		}
	}
	if got := <-heard; got != "speaker-1 replies" {
		t.Errorf("heard %q", got)
	}
	if m := <-in.arrived; string(m.Payload) != "readings" {
		t.Errorf("taken in: %s", m.Payload)
	}
}
