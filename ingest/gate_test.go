package ingest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/journal"
)

// stop ends a broker, after preparations, and returns how long that took.
func stop(t *testing.T, to Submitter, prepare func(*Broker)) time.Duration {
	t.Helper()
	cfg := DefaultBrokerConfig()
	cfg.Addr = "127.0.0.1:0"
	m := NewMetrics(prometheus.NewRegistry(), func() journal.Counts { return journal.Counts{} })
	b, err := NewBroker(cfg, secretOnly, to, m, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	prepare(b)
	begin := time.Now()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return time.Since(begin)
}

func TestStopWaitsForNobody(t *testing.T) {
	took := stop(t, newInbox(), func(b *Broker) {
		rawDial(t, b) // says nothing
		deaf := rawDial(t, b)
		deaf.connect("band-1", "band-1", "", 2)
		_ = deaf.Conn.(*net.TCPConn).SetReadBuffer(4096)
		pings := make([]byte, 100_000)
		for i := range len(pings) / 2 {
			pings[2*i] = packets.Pingreq << 4
		}
		for { // until the broker waits for it to read
			_ = deaf.SetWriteDeadline(time.Now().Add(3 * time.Second))
			if _, err := deaf.Write(pings); err != nil {
				break
			}
		}
	})
	if took > 5*time.Second {
		t.Errorf("the stop took %s", took)
	}
}

// A packet's length is no more than a claim, before the sign-in by anybody.
func TestClaimedLengthTakesNoMemory(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 50 {
		c := rawDial(t, b)
		if _, err := c.Write([]byte{packets.Connect << 4, 0x80, 0x80, 0x80, 0x07}); err != nil { // 14 MiB
			t.Fatal(err)
		}
		if !c.gone(5 * time.Second) {
			t.Fatal("neither refused nor disconnected")
		}
	}
	runtime.ReadMemStats(&after)
	if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 50 {
		t.Errorf("%d MiB for 50 connections that have not signed in", grown)
	}
}

// exhausted is a listener that has no room for the first connections.
type exhausted struct {
	net.Listener
	times int
}

func (e *exhausted) Accept() (net.Conn, error) {
	if e.times > 0 {
		e.times--
		return nil, &net.OpError{Op: "accept", Err: syscall.EMFILE}
	}
	return e.Listener.Accept()
}

func TestGateOutlivesExhaustion(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := NewMetrics(prometheus.NewRegistry(), func() journal.Counts { return journal.Counts{} })
	g := newGate(&exhausted{Listener: l, times: 2}, 10, m, slog.New(slog.DiscardHandler))
	defer g.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := g.Accept(); err != nil {
		t.Errorf("nobody is let in any more: %v", err)
	}
}

// Devices come and go for years; what is left of a connection is nothing.
func TestNothingIsLeftOfAConnection(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	freed := make(chan struct{}, 100)
	for i := range 10 {
		c := rawDial(t, b)
		id := fmt.Sprint("band-", i)
		c.connect(id, id, "", 2)
		for _, cl := range b.server.Clients.GetAll() {
			runtime.AddCleanup(cl, func(struct{}) { freed <- struct{}{} }, struct{}{})
		}
		c.send(packets.Disconnect<<4, nil)
		if !c.gone(5 * time.Second) {
			t.Fatal("still connected")
		}
		eventually(t, "the client to be forgotten", func() bool { return b.Connections() == 0 })
	}
	eventually(t, "its memory to be freed", func() bool {
		runtime.GC()
		return len(freed) >= 9 // the last may still be on a stack
	})
}
