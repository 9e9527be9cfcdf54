// Package heartbeat tells an address outside that every part of Anxin moves. When
// it tells nothing any more, whoever listens there raises the alarm: what has
// stopped cannot say so itself.
package heartbeat

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Part is a part that must move.
type Part struct {
	// Name is one of few words in lower case: it labels a metric.
	Name string
	// Moves says why the part does not move, nil when it does.
	Moves func(ctx context.Context) error
}

// Stopped is a part that does not move, why, and since when.
type Stopped struct {
	Part  string
	Why   error
	Since time.Time
}

// Heart looks at all parts every minute, and tells the address when all move.
type Heart struct {
	url    string
	parts  []Part
	client *http.Client
	log    *slog.Logger
	now    func() time.Time

	mu      sync.Mutex
	stopped []Stopped
}

const (
	// beatEvery is how often the address hears: services that listen for such beats
	// expect one every few minutes.
	beatEvery = time.Minute
	// lookWithin bounds how long a part may take to be looked at, and the address to
	// answer.
	lookWithin = 15 * time.Second
)

// New returns a heart of some parts, which beats at a URL; "" for nowhere.
func New(url string, log *slog.Logger, now func() time.Time, parts ...Part) *Heart {
	// One request a minute is not worth a connection that is kept.
	client := &http.Client{Timeout: lookWithin, Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	return &Heart{url: url, parts: parts, client: client, log: log, now: now}
}

// Run beats until ctx ends.
func (h *Heart) Run(ctx context.Context) error {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		h.beat(ctx)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (h *Heart) beat(ctx context.Context) {
	if h.look(ctx); ctx.Err() != nil || h.url == "" || len(h.Stopped()) > 0 {
		return
	}
	if err := h.tell(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("tell the heartbeat's address that all is well", "error", err)
	}
}

// look finds the parts that do not move.
func (h *Heart) look(ctx context.Context) {
	before := map[string]time.Time{}
	for _, s := range h.Stopped() {
		before[s.Part] = s.Since
	}
	var stopped []Stopped
	for _, p := range h.parts {
		within, cancel := context.WithTimeout(ctx, lookWithin)
		err := p.Moves(within)
		cancel()
		if ctx.Err() != nil {
			return
		}
		since, was := before[p.Name]
		switch {
		case err != nil && !was:
			since = h.now()
			h.log.Error("a part of Anxin does not move: the heartbeat stops", "part", p.Name, "error", err)
		case err == nil && was:
			h.log.Info("a part of Anxin moves again", "part", p.Name)
		}
		if err != nil {
			stopped = append(stopped, Stopped{p.Name, err, since})
		}
	}
	h.mu.Lock()
	h.stopped = stopped
	h.mu.Unlock()
}

func (h *Heart) tell(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, http.NoBody)
	if err != nil {
		return withoutURL(err)
	}
	resp, err := h.client.Do(req)
	if err != nil {
		return withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		return fmt.Errorf("it answers %s", resp.Status)
	}
	return nil
}

// withoutURL is the error without the address in it, which holds the key of who
// listens there.
func withoutURL(err error) error {
	text := err.Error()
	if i := strings.LastIndex(text, `": `); i >= 0 {
		text = text[i+3:]
	}
	return fmt.Errorf("it cannot be reached: %s", text)
}

// Stopped are the parts that did not move when they were looked at last.
func (h *Heart) Stopped() []Stopped {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stopped
}

var stoppedMetric = prometheus.NewDesc("anxin_part_stopped", "1 while a part of Anxin does not move.", []string{"part"}, nil)

// Describe implements [prometheus.Collector].
func (h *Heart) Describe(ch chan<- *prometheus.Desc) { ch <- stoppedMetric }

// Collect implements [prometheus.Collector].
func (h *Heart) Collect(ch chan<- prometheus.Metric) {
	stopped := map[string]float64{}
	for _, s := range h.Stopped() {
		stopped[s.Part] = 1
	}
	for _, p := range h.parts {
		ch <- prometheus.MustNewConstMetric(stoppedMetric, prometheus.GaugeValue, stopped[p.Name], p.Name)
	}
}
