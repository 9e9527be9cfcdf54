package service_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/internal/service"
)

// A second service on one data folder does not start. The commands go on
// working beside the first, and a killed one leaves the folder free.
func TestOneServiceForAFolder(t *testing.T) {
	cfg := testConfig(t)
	p := newProcess(t, cfg, func(s *service.Service) { wearers(t, s, 1) })
	p.start()
	second := testConfig(t)
	second.DataDir = cfg.DataDir
	open := func() error {
		s, err := service.Open(t.Context(), second, slog.New(slog.DiscardHandler))
		if err != nil {
			return err
		}
		return s.Close()
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "another Anxin is running") || !strings.Contains(err.Error(), cfg.DataDir) {
		t.Errorf("a second service: %v", err)
	}
	s, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, _, err := s.Registry.Add(t.Context(), devices.Device{ID: "d-1"}); err != nil {
		t.Errorf("a command beside the service: %v", err)
	}
	p.kill()
	if err := open(); err != nil {
		t.Errorf("after the first was killed: %v", err)
	}
}
