package heartbeat_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/internal/heartbeat"
)

// part moves, or says why not.
type part struct{ why atomic.Pointer[string] }

func (p *part) Moves(context.Context) error {
	if why := p.why.Load(); why != nil {
		return errors.New(*why)
	}
	return nil
}

func (p *part) stop(why string) { p.why.Store(&why) }
func (p *part) move()           { p.why.Store(nil) }

// A real server hears every minute, and nothing while any part stands still.
func TestBeatsOnlyWhileEverythingMoves(t *testing.T) {
	var beats atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/ping/secret" {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		beats.Add(1)
	}))
	defer server.Close()
	synctest.Test(t, func(t *testing.T) {
		var broker, deliveries part
		h := heartbeat.New(server.URL+"/ping/secret", slog.New(slog.DiscardHandler), time.Now,
			heartbeat.Part{Name: "broker", Moves: broker.Moves}, heartbeat.Part{Name: "deliveries", Moves: deliveries.Moves})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- h.Run(ctx) }()
		want := func(n int64, stopped string) {
			t.Helper()
			if beats.Load() != n {
				t.Errorf("%d beats, want %d", beats.Load(), n)
			}
			var names []string
			for _, s := range h.Stopped() {
				names = append(names, s.Part+": "+s.Why.Error())
			}
			if got := strings.Join(names, "; "); got != stopped {
				t.Errorf("stopped: %s, want %s", got, stopped)
			}
		}
		time.Sleep(5*time.Minute + time.Second)
		want(6, "")
		deliveries.stop("nothing was sent for 5m")
		began := time.Now()
		time.Sleep(10 * time.Minute)
		want(6, "deliveries: nothing was sent for 5m")
		if since := h.Stopped()[0].Since; since.Sub(began) > time.Minute || since.Before(began) {
			t.Errorf("stopped since %s, want soon after %s", since, began)
		}
		if got := metrics(t, h); got != "broker 0 deliveries 1" {
			t.Errorf("metrics: %s", got)
		}
		deliveries.move()
		broker.stop("takes nobody")
		time.Sleep(time.Minute)
		want(6, "broker: takes nobody")
		broker.move()
		time.Sleep(3 * time.Minute)
		want(9, "")
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// metrics are the values of the heart's metric by part.
func metrics(t *testing.T, h *heartbeat.Heart) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(h)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "anxin_part_stopped" {
		t.Fatalf("metrics %v, %v", families, err)
	}
	var all []string
	for _, m := range families[0].GetMetric() {
		all = append(all, fmt.Sprint(m.GetLabel()[0].GetValue(), " ", m.GetGauge().GetValue()))
	}
	return strings.Join(all, " ")
}

// An address that refuses or is not there is said, without the secret in it.
func TestAnAddressThatDoesNotTakeItIsSaid(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusNotFound) }))
	defer refusing.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := "http://" + l.Addr().String()
	l.Close()
	for url, want := range map[string]string{refusing.URL: "it answers 404 Not Found", gone: "connection refused"} {
		var log lines
		h := heartbeat.New(url+"/ping/secret", slog.New(slog.NewTextHandler(&log, nil)), time.Now)
		ctx, cancel := context.WithCancel(t.Context())
		log.wrote = cancel
		if err := h.Run(ctx); err != nil {
			t.Error(err)
		}
		if said := log.String(); !strings.Contains(said, want) || strings.Contains(said, "secret") {
			t.Errorf("the log says %q, want %q and no secret", said, want)
		}
	}
}

// lines is a log that tells when something was written.
type lines struct {
	bytes.Buffer
	wrote func()
}

func (l *lines) Write(b []byte) (int, error) {
	defer l.wrote()
	return l.Buffer.Write(b)
}
