package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// alertEvent is what the stream says of an alert.
type alertEvent struct {
	ID     string `json:"id"`
	Rule   string `json:"rule"`
	Status string `json:"status"`
	at     time.Time
}

// watchAlerts reads the stream of events about the prober's resident.
func (w *world) watchAlerts(ctx context.Context) (<-chan alertEvent, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.http+"/api/v1/events?resident="+w.resident, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		return nil, fmt.Errorf("watch alerts: %s", resp.Status)
	}
	events := make(chan alertEvent, 16)
	go func() {
		defer resp.Body.Close()
		defer close(events)
		lines := bufio.NewScanner(resp.Body)
		lines.Buffer(nil, 1<<20)
		kind := ""
		for lines.Scan() {
			at, line := time.Now(), lines.Text()
			if is, ok := strings.CutPrefix(line, "event: "); ok {
				kind = is
			}
			data, ok := strings.CutPrefix(line, "data: ")
			if !ok || kind != "alert" {
				continue
			}
			e := alertEvent{at: at}
			if json.Unmarshal([]byte(data), &e) == nil {
				events <- e
			}
		}
	}()
	return events, nil
}

// probeAlerts presses the prober's button again and again until ctx ends, closes
// each alert, and measures from the publishing until the stream shows it. It
// returns the times, sorted, in milliseconds.
func (w *world) probeAlerts(ctx context.Context) ([]float64, error) {
	events, err := w.watchAlerts(ctx)
	if err != nil {
		return nil, err
	}
	c, err := dialLoad(w.mqtt, w.prober, 1)
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	go func() { // whose acknowledgements nobody waits for
		var b [512]byte
		for {
			if _, err := c.conn.Read(b[:]); err != nil {
				return
			}
		}
	}()
	var took []float64
	for id := uint16(1); ctx.Err() == nil; id++ {
		start := time.Now()
		if err := c.publish(id, fmt.Appendf(nil, `{"ts":%d,"sos_button":"pressed"}`, start.UnixMilli())); err != nil {
			return nil, err
		}
		e, err := awaitAlert(ctx, events, "firing")
		if err != nil {
			break
		}
		took = append(took, millis(e.at.Sub(start)))
		if err := w.resolve(ctx, e.ID); err != nil {
			break
		}
		if _, err := awaitAlert(ctx, events, "resolved"); err != nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if len(took) == 0 {
		return nil, errors.New("no alert was ever seen on the stream")
	}
	slices.Sort(took)
	return took, nil
}

func awaitAlert(ctx context.Context, events <-chan alertEvent, status string) (alertEvent, error) {
	for {
		select {
		case e, ok := <-events:
			if !ok {
				return e, errors.New("the stream ended")
			}
			if e.Rule == "sos" && e.Status == status {
				return e, nil
			}
		case <-ctx.Done():
			return alertEvent{}, ctx.Err()
		}
	}
}

func (w *world) resolve(ctx context.Context, alert string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.http+"/api/v1/alerts/"+alert+"/resolve", bytes.NewBufferString(`{"verdict":"test"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("resolve alert %s: %s", alert, resp.Status)
	}
	return nil
}
