package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// line is the connection between pages and the API, which tests cut.
type line struct {
	mu    sync.Mutex
	cut   chan struct{} // closed when the line is cut
	isCut bool
	mute  bool // streams stay open and say nothing
	opens int
}

func newLine() *line { return &line{cut: make(chan struct{})} }

// Cut ends all streams, and lets none begin.
func (l *line) Cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut = true
	close(l.cut)
}

// Mend lets streams begin again; they are mute when it is said.
func (l *line) Mend(mute bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.isCut, l.mute, l.cut = false, mute, make(chan struct{})
}

func (l *line) open() (cut chan struct{}, mute, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opens++
	return l.cut, l.mute, !l.isCut
}

// api adds what the pages' scripts need of the API, as its contract says.
func (n *neighbourhood) api(r chi.Router, l *line) {
	r.Get("/api/v1/events", func(w http.ResponseWriter, r *http.Request) { n.events(w, r, l) })
	r.Get("/api/v1/residents/{id}/readings", n.serveReadings)
}

func (n *neighbourhood) events(w http.ResponseWriter, r *http.Request, l *line) {
	cut, mute, ok := l.open()
	if _, signedIn := n.UserOf(r.Context()); !ok || !signedIn {
		http.Error(w, "no", http.StatusServiceUnavailable)
		return
	}
	only := r.URL.Query()["resident"]
	watch, stop := n.live.Watch(func(resident string) bool { return len(only) == 0 || slices.Contains(only, resident) })
	defer stop()
	changed, stopAlerts := n.alerts.watch()
	defer stopAlerts()
	silent := r.URL.Query().Get("readings") == "none"
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w).Flush
	send := func(event string, data any) {
		body, _ := json.Marshal(data)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, body)
		_ = flush()
	}
	_ = flush()
	hello := time.NewTicker(time.Second) // the contract's 15 s, for those in a hurry
	defer hello.Stop()
	if !mute {
		send("hello", map[string]any{"now": n.now().UTC()})
	}
	for {
		select {
		case <-r.Context().Done():
			return
		case <-cut:
			return
		case <-hello.C:
			if !mute {
				send("hello", map[string]any{"now": n.now().UTC()})
			}
		case id := <-changed:
			file, err := n.alerts.Alert(r.Context(), web.User{}, id)
			if wanted := len(only) == 0 || r.URL.Query().Get("alerts") == "all" || slices.Contains(only, file.Resident); err == nil && wanted && !mute {
				send("alert", map[string]any{"id": id, "resident": file.Resident})
			}
		case <-watch.Ready():
			for _, reading := range watch.Take() {
				if !mute && !silent {
					send("reading", asJSON(reading, true))
				}
			}
		}
	}
}

func asJSON(r vitals.Reading, whole bool) map[string]any {
	shown := map[string]any{
		"value": r.Number, "text": r.Marks.Comparator() + r.Metric.Format(r.Number),
		"at": r.At, "received": r.Received, "device": r.Device,
	}
	if marks := r.Marks.Names(); marks != nil {
		shown["marks"] = marks
	}
	if whole {
		shown["resident"], shown["metric"], shown["unit"] = r.Resident, r.Metric.String(), r.Metric.Info().Unit
	}
	return shown
}

func (n *neighbourhood) serveReadings(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	metric, ok := vitals.ParseMetric(q.Get("metric"))
	from, errFrom := strconv.ParseInt(q.Get("from"), 10, 64)
	to, errTo := strconv.ParseInt(q.Get("to"), 10, 64)
	if _, signedIn := n.UserOf(r.Context()); !ok || errFrom != nil || errTo != nil || !signedIn {
		http.Error(w, "no", http.StatusUnprocessableEntity)
		return
	}
	found := n.of(chi.URLParam(r, "id"), metric, time.UnixMilli(from), time.UnixMilli(to))
	answer := map[string]any{"resident": chi.URLParam(r, "id"), "metric": metric.String(), "unit": metric.Info().Unit}
	if every := q.Get("every"); every != "" {
		length, err := time.ParseDuration(every)
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		answer["points"] = aggregate(found, length, q.Get("fn"))
	} else {
		limit, err := strconv.Atoi(q.Get("limit"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		shown := []map[string]any{}
		for _, reading := range found[max(0, len(found)-limit):] {
			shown = append(shown, asJSON(reading, false))
		}
		answer["readings"] = shown
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

func aggregate(readings []vitals.Reading, every time.Duration, fn string) []map[string]any {
	points := []map[string]any{}
	for start := 0; start < len(readings); {
		window := readings[start].At.Truncate(every)
		var numbers []float64
		end := start
		for ; end < len(readings) && readings[end].At.Truncate(every).Equal(window); end++ {
			if !readings[end].Marks.Unfit() {
				numbers = append(numbers, readings[end].Number)
			}
		}
		start = end
		if len(numbers) == 0 {
			continue
		}
		sum := 0.0
		for _, number := range numbers {
			sum += number
		}
		value := map[string]float64{
			"count": float64(len(numbers)), "sum": sum, "mean": sum / float64(len(numbers)),
			"min": slices.Min(numbers), "max": slices.Max(numbers), "last": numbers[len(numbers)-1],
		}[fn]
		points = append(points, map[string]any{"at": window.UTC(), "value": value})
	}
	return points
}
