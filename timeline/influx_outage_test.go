package timeline_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// TestInfluxOutage has InfluxDB down, crashed and hanging.
func TestInfluxOutage(t *testing.T) {
	server := influxtest.New(t)
	server.Stop()
	// Anxin starts though InfluxDB is down.
	s := openAt(t, timeline.InfluxConfig{URL: server.URL, Bucket: "outage"})
	ctx := t.Context()
	for what, err := range map[string]error{
		"append": s.Append(ctx, minutes(1, start()), 1),
		"cursor": func() error { _, err := s.Cursor(ctx); return err }(),
		"latest": func() error { _, err := s.Latest(ctx, start()); return err }(),
		"has":    func() error { _, err := s.Has(ctx, []vitals.Reading{{At: start()}}); return err }(),
		"mean":   func() error { _, err := s.Aggregate(ctx, heartRates(), time.Hour, timeline.Mean); return err }(),
		"delete": s.DeleteResident(ctx, "r1"),
		"retain": s.Retain(ctx, start()),
	} {
		if !errors.Is(err, timeline.ErrUnavailable) {
			t.Errorf("%s while it is down: %v", what, err)
		}
	}
	server.Start()
	must(t, s.Append(ctx, minutes(10, start()), 10))
	server.Kill()
	if err := s.Append(ctx, minutes(20, start()), 20); !errors.Is(err, timeline.ErrUnavailable) {
		t.Errorf("append after a crash: %v", err)
	}
	server.Start()
	must(t, s.Append(ctx, minutes(20, start()), 20))
	if n := raw(t, s); n != 20 {
		t.Errorf("%d readings, want 20", n)
	}
	// It hangs: whoever asks has a limit of his own.
	server.Pause()
	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	if err := s.Append(short, minutes(30, start()), 30); !errors.Is(err, timeline.ErrUnavailable) {
		t.Errorf("append while it hangs: %v", err)
	}
	server.Resume()
	must(t, s.Append(ctx, minutes(30, start()), 30))
	cursor, err := s.Cursor(ctx)
	if err != nil || cursor != 30 || raw(t, s) != 30 {
		t.Errorf("cursor %d, %v, %d readings", cursor, err, raw(t, s))
	}
}

// TestInfluxBehind has InfluxDB come back with less than it had confirmed.
func TestInfluxBehind(t *testing.T) {
	server := influxtest.New(t)
	s := openAt(t, timeline.InfluxConfig{URL: server.URL, Bucket: "behind"})
	ctx := t.Context()
	must(t, s.Append(ctx, minutes(10, start()), 10))
	server.Stop()
	restore := server.Backup()
	server.Start()
	must(t, s.Append(ctx, minutes(20, start()), 20))
	for _, tc := range []struct {
		name   string
		lose   func()
		cursor uint64
	}{{"restored", restore, 10}, {"emptied", server.Wipe, 0}} {
		t.Run(tc.name, func(t *testing.T) {
			tc.lose()
			server.Start()
			err := s.Append(ctx, minutes(30, start())[20:], 30)
			if errors.Is(err, timeline.ErrUnavailable) { // its connection was gone
				err = s.Append(ctx, minutes(30, start())[20:], 30)
			}
			if !errors.Is(err, timeline.ErrBehind) {
				t.Fatalf("append: %v", err)
			}
			cursor, err := s.Cursor(ctx)
			if err != nil || cursor != tc.cursor {
				t.Fatalf("cursor %d, %v, want %d", cursor, err, tc.cursor)
			}
			must(t, s.Append(ctx, minutes(30, start())[cursor:], 30))
			if n := raw(t, s); n != 30 {
				t.Errorf("%d readings, want 30", n)
			}
		})
	}
}

func TestOpenInfluxRefuses(t *testing.T) {
	denied := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ping" {
			w.Header().Set("X-Influxdb-Version", "v2.7.1")
			return
		}
		http.Error(w, `{"code":"unauthorized","message":"unauthorized access"}`, http.StatusUnauthorized)
	}))
	defer denied.Close()
	for _, config := range []timeline.InfluxConfig{
		{URL: "", Bucket: "b"}, {URL: "influx:8086", Bucket: "b"}, {URL: "ftp://influx", Bucket: "b"}, {URL: "http://", Bucket: "b"},
		{URL: "http://127.0.0.1:1"}, {URL: denied.URL, Token: "wrong", Org: "o", Bucket: "b"},
	} {
		s, err := timeline.OpenInflux(t.Context(), config)
		if err == nil {
			_ = s.Close()
			t.Errorf("%+v was opened", config)
		} else if strings.Contains(err.Error(), "wrong") {
			t.Errorf("the token stands in the error: %v", err)
		}
	}
}
