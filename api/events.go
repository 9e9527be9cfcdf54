package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

const (
	// helloEvery is how often a stream shows that it lives.
	helloEvery = 15 * time.Second
	// recheckEvery is how often a stream looks whether it may go on: a consent that is
	// withdrawn is to close it, and the page that it is of, within five seconds. When
	// something was changed here it looks at once, at most every recheckLeast: a command or
	// another server may have withdrawn it, too.
	recheckEvery, recheckLeast = 3 * time.Second, time.Second
	// sendWithin is how long a watcher may leave an event unread.
	sendWithin = 10 * time.Second
	// gather is the least time between two writes of a stream: a page needs no
	// more than ten changes of a value a second.
	gather = 100 * time.Millisecond
)

// readingEvent is one changed value.
type readingEvent struct {
	Resident string `json:"resident"`
	Reading
}

// events streams changes of the newest readings, and of alerts, as server-sent
// events. First and every 15 seconds it says hello with the server's time.
func (a *API) events(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	query := r.URL.Query()
	only := query["resident"]
	for _, id := range only {
		if _, err := a.resident(ctx, records.Status, id); err != nil {
			writeError(w, err)
			return
		}
	}
	wantsReadings, wantsAlerts := a.wanted(ctx, only, records.Vitals), a.wanted(ctx, only, records.Alerts)
	if query.Get("readings") == "none" {
		wantsReadings = func(string) bool { return false }
	}
	if query.Get("alerts") == "all" {
		wantsAlerts = a.wanted(ctx, nil, records.Alerts)
	}
	ties, err := a.ties(ctx)
	if err != nil {
		writeError(w, a.failed(ctx, "read what you may see", err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // for a proxy that would hold events back
	if r.Method == http.MethodHead {
		return
	}
	watch, stop := a.live.Watch(wantsReadings)
	defer stop()
	alerted, stopAlerts := a.feed.Watch(wantsAlerts)
	defer stopAlerts()

	out := &eventWriter{w: w, control: http.NewResponseController(w)}
	hello := time.NewTicker(helloEvery)
	defer hello.Stop()
	recheck := time.NewTimer(recheckEvery)
	defer recheck.Stop()
	changed, checked := a.changes.next(), time.Time{}
	if err := out.hello(a.now()); err != nil {
		return
	}
	var pause <-chan time.Time
	ready := watch.Ready()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.stopping:
			return
		case <-changed:
			changed = nil
			recheck.Reset(recheckLeast - time.Since(checked))
		case <-recheck.C:
			// Before it looks: what changes meanwhile is looked at again.
			changed, checked = a.changes.next(), time.Now()
			recheck.Reset(recheckEvery)
			// A session that ended closes its streams too.
			if err := a.access.Finish(ctx); err != nil || !a.stillSignedIn(ctx) {
				return
			}
			// So does a care team that somebody has left, or a consent that was withdrawn: what
			// the page shows may be too much now.
			if now, err := a.ties(ctx); err != nil || now != ties {
				_ = out.send(func() error { return out.event("access", struct{}{}) })
				return
			}
		case <-hello.C:
			if err := out.hello(a.now()); err != nil {
				return
			}
		case <-alerted.Ready():
			// An alert does not wait with the readings.
			if err := a.sendAlerts(ctx, out, alerted.Take()); err != nil {
				return
			}
		case <-pause:
			pause, ready = nil, watch.Ready()
		case <-ready:
			if err := out.readings(watch.Take()); err != nil {
				return
			}
			pause, ready = time.After(gather), nil
		}
	}
}

// wanted tells whose data of a kind a stream is for: of some residents, or of all
// whom the request may see.
func (a *API) wanted(ctx context.Context, only []string, scope records.Scope) func(resident string) bool {
	return func(resident string) bool {
		if len(only) > 0 && !slices.Contains(only, resident) {
			return false
		}
		may, err := a.sees(ctx, scope, resident)
		return err == nil && may
	}
}

// ties changes when what the request may see does.
func (a *API) ties(ctx context.Context) (string, error) {
	user, _ := UserOf(ctx)
	of, err := a.access.Ties(ctx, user)
	if err != nil {
		return "", err
	}
	cases, err := a.panels.Ties(ctx, user)
	return of + " " + cases, err
}

func (a *API) sendAlerts(ctx context.Context, out *eventWriter, ids []string) error {
	for _, id := range ids {
		one, about, err := a.alert(ctx, id, alerts.MayRead)
		var answer huma.StatusError
		if errors.As(err, &answer) && answer.GetStatus() == http.StatusNotFound {
			continue // nobody's of those whom this stream is for
		}
		if err != nil {
			return err
		}
		if err := out.send(func() error { return out.event("alert", a.showAlert(one, about)) }); err != nil {
			return err
		}
	}
	return nil
}

// eventWriter writes events and gives up on a client that does not read.
type eventWriter struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func (e *eventWriter) hello(now time.Time) error {
	return e.send(func() error { return e.event("hello", map[string]time.Time{"now": now.UTC()}) })
}

func (e *eventWriter) readings(readings []vitals.Reading) error {
	return e.send(func() error {
		for _, r := range readings {
			if err := e.event("reading", readingEvent{Resident: r.Resident, Reading: showReading(r)}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (e *eventWriter) send(write func() error) error {
	if err := e.control.SetWriteDeadline(time.Now().Add(sendWithin)); err != nil {
		return err
	}
	if err := write(); err != nil {
		return err
	}
	return e.control.Flush()
}

func (e *eventWriter) event(name string, data any) error {
	body, err := json.Marshal(data)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.w, "event: %s\ndata: %s\n\n", name, body)
	return err
}
