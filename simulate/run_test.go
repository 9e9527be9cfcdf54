package simulate_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"github.com/anxin-care/anxin/simulate"
)

// TestRefusedLogin has a broker that lets nobody in, as Anxin's own does with a
// device that it does not know.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	server := mqtt.New(&mqtt.Options{Logger: slog.New(slog.DiscardHandler)}) // no hook lets anybody in
	listener := listeners.NewTCP(listeners.Config{ID: "t", Address: "127.0.0.1:0"})
	if err := server.AddListener(listener); err != nil {
		t.Fatal(err)
	}
	if err := server.Serve(); err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, err := simulate.New(t.Context(), simulate.Config{
		URL: "mqtt://" + listener.Address(), Homes: simulate.Generate(2, 1), Speed: 1, Often: 1, Log: slog.New(slog.DiscardHandler),
	})
	if err == nil || !strings.Contains(err.Error(), "refuses sim-") || !strings.Contains(err.Error(), "--enrol") {
		t.Errorf("refused: %v, want which login, and the way out", err)
	}
}

// TestNoBroker waits for a broker that is not there, says so once, and says it
// again when it is told to give up.
func TestNoBroker(t *testing.T) {
	t.Parallel()
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	ctx, stop := context.WithTimeout(t.Context(), 3*time.Second)
	defer stop()
	var log bytes.Buffer
	_, err = simulate.New(ctx, simulate.Config{
		URL: "mqtt://" + gone.Addr().String(), Homes: simulate.Generate(2, 1), Speed: 1, Often: 1,
		Log: slog.New(slog.NewTextHandler(&log, nil)),
	})
	if err == nil || !strings.Contains(err.Error(), gone.Addr().String()) {
		t.Errorf("no broker: %v, want its address", err)
	}
	if said := strings.Count(log.String(), "trying again"); said != 1 {
		t.Errorf("said %d times, want once: %s", said, log.String())
	}
}
