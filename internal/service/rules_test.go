package service_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

const unusual = `{"name":{"en":"Unusual","zh":"异常"},"message":{"en":"{value}/min","zh":"{value}次"},"severity":"warning",` +
	`"when":"heart_rate > baseline(heart_rate, \"14d\") + 20","clear":{"by":"person"}}`

// A rule that somebody makes while the service runs knows the past, holds after
// a crash, and its alert is closed by a person when the rule is gone.
func TestRulesChangeWhileTheServiceRuns(t *testing.T) {
	t.Parallel()
	cfg := testConfig(t)
	cfg.RulesDir = t.TempDir()
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 1) })
	remember(t, cfg.DataDir, "r-0", 60)
	p.start()
	change := func(method, path, body string) {
		t.Helper()
		p.waitFor("the rules to change", func() error { // a service that has just started hears again what it had heard
			_, err := p.request(method, path, body)
			if err != nil && !strings.Contains(err.Error(), "alert.starting") {
				t.Fatal(err)
			}
			return err
		})
	}
	change("PUT", "/api/v1/rules/hr_unusual", `{"rule":`+unusual+`}`)
	device := p.connect("d-0", passwords[0])
	p.waitFor("an alert by what is usual", func() error {
		if token := device.Publish("anxin/v1/devices/d-0/readings", 1, false, `{"heart_rate":85}`); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
		return p.raised("hr_unusual", 1)
	})

	// Another process changes a rule; while the service is down the folder changes.
	other, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	mine := `{"id":"mine",` + unusual[1:]
	if _, err := other.Records.ExecContext(t.Context(), "INSERT INTO rule_versions (edition, rule, version, body, at, by_user, reason) VALUES (2, 'mine', 1, ?, 1, 'u1', '')", mine); err != nil {
		t.Fatal(err)
	}
	p.waitFor("the change to be seen", func() error {
		_, err := p.get("/api/v1/rules/mine")
		return err
	})
	p.kill()
	file := `{id: folder_rule, name: {en: F, zh: 夹}, message: {en: "{value}", zh: "{value}"}, severity: info, when: spo2 < 80, clear: {by: person}}`
	if err := os.WriteFile(filepath.Join(cfg.RulesDir, "own.yaml"), []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	p.start()
	for _, rule := range []string{"hr_unusual", "mine", "folder_rule"} {
		if _, err := p.get("/api/v1/rules/" + rule); err != nil {
			t.Error(err)
		}
	}
	change("DELETE", "/api/v1/rules/hr_unusual", "")
	if err := p.raised("hr_unusual", 1); err != nil {
		t.Errorf("once its rule is gone: %v", err)
	}
	body, err := p.get("/api/v1/alerts?status=open&rule=hr_unusual")
	if err != nil {
		t.Fatal(err)
	}
	var open []struct{ ID string }
	if err := json.Unmarshal(body, &open); err != nil || len(open) != 1 {
		t.Fatalf("open: %s, %v", body, err)
	}
	if err := p.post("/api/v1/alerts/"+open[0].ID+"/resolve", `{"verdict":"true"}`); err != nil {
		t.Fatal(err)
	}
	if err := p.raised("hr_unusual", 0); err != nil {
		t.Error(err)
	}
}

// raised fails unless so many alerts of a rule are open.
func (p *process) raised(rule string, want int) error {
	body, err := p.get("/api/v1/alerts?status=open&rule=" + rule)
	if err != nil {
		return err
	}
	var open []struct{ ID string }
	if err := json.Unmarshal(body, &open); err != nil {
		return err
	}
	if len(open) != want {
		return fmt.Errorf("open alerts of %s: %s, want %d", rule, body, want)
	}
	return nil
}

// remember gives a resident's heart a past of two weeks.
func remember(t *testing.T, dir, resident string, rate float64) {
	t.Helper()
	past, err := timeline.OpenSQL(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var reports []vitals.Report
	for at := time.Now().AddDate(0, 0, -14); at.Before(time.Now()); at = at.Add(time.Hour) {
		reports = append(reports, vitals.Report{Device: "d-0", Residents: []string{resident}, Received: at.UnixMilli(), Samples: []vitals.Sample{
			{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: rate}}},
		}})
	}
	if err := errors.Join(past.Append(t.Context(), reports, 0), past.Close()); err != nil {
		t.Fatal(err)
	}
}
