package service_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/journal"
)

// With a journal that is not the one which the timeline followed, the service
// ends and says so, rather than take readings in that nobody ever sees.
func TestALostJournalIsSaid(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 1) })
	p.start()
	c := p.connect("d-0", passwords[0])
	for i := range 5 {
		if token := c.Publish("anxin/v1/devices/d-0/readings", 1, false, fmt.Sprintf(`{"heart_rate":%d}`, 70+i)); !token.WaitTimeout(time.Minute) {
			t.Fatal("not acknowledged")
		}
	}
	p.settled()
	c.Disconnect(0)
	p.kill()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(filepath.Join(cfg.DataDir, "journal.db"+suffix)); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	s, err := service.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := s.Run(ctx); !errors.Is(err, journal.ErrAhead) {
		t.Errorf("the service ended with: %v", err)
	}
}
