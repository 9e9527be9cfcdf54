package service_test

import (
	"context"
	"fmt"
	"log/slog"
	"syscall"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
)

// What was heard of devices just before a stop is on disk after it.
func TestHealthIsWrittenAtTheStop(t *testing.T) {
	cfg := testConfig(t)
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 1) })
	p.start()
	c := p.connect("d-0", passwords[0])
	for i := range 3 {
		if token := c.Publish("anxin/v1/devices/d-0/status", 1, false, fmt.Sprintf(`{"battery":%d}`, 80-i)); !token.WaitTimeout(time.Minute) {
			t.Fatal("not acknowledged")
		}
	}
	p.waitFor("the devices' reader", func() error {
		f, err := p.figures()
		if n := f[`anxin_journal_lag_entries{reader="devices"}`]; err == nil && n > 0 {
			err = fmt.Errorf("%d entries behind", n)
		}
		return err
	})
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.ended
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("ended with %d:\n%s", code, p.said())
	}
	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	health, err := devices.OpenHealth(t.Context(), s.Records)
	if err != nil {
		t.Fatal(err)
	}
	cursor, err := health.Cursor(t.Context())
	if battery := health.State("d-0").Battery.Value; err != nil || cursor != 3 || battery != 78 {
		t.Errorf("written up to entry %d of 3, battery %v, want 78; %v", cursor, battery, err)
	}
}

// A stop that comes before anything has begun is no failure.
func TestAStopIsNoFailure(t *testing.T) {
	s, err := service.Open(t.Context(), testConfig(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := s.Run(ctx); err != nil {
		t.Error(err)
	}
}
