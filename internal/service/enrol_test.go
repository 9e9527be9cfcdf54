package service

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
)

// The judge is told of residents when something about them has changed, whoever
// changed it, and from time to time.
func TestResidentsAreToldWhenTheyChange(t *testing.T) {
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	cfg := Default()
	cfg.HTTPAddr, cfg.MQTTAddr, cfg.DataDir = "127.0.0.1:0", "127.0.0.1:0", t.TempDir()
	s, err := Open(ctx, cfg, log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := OpenRecords(ctx, cfg, log) // such as the command line
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()

	var last enrolled
	now := time.Now()
	look := func(what string, want bool) {
		t.Helper()
		now = now.Add(enrolEvery)
		if err := s.Registry.Refresh(ctx); err != nil { // as each second of a running service
			t.Fatal(err)
		}
		next, err := s.enrolResidents(ctx, last, now)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if told := next != last; told != want {
			t.Errorf("%s: told %t, want %t", what, told, want)
		}
		last = next
	}
	profile := func() (body string) {
		t.Helper()
		err := s.Records.NewRaw("SELECT body FROM engine_inputs WHERE kind = 'profile' AND resident = 'li' ORDER BY id DESC LIMIT 1").Scan(ctx, &body)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	look("the first time", true)
	look("nothing new", false)
	if _, err := other.Residents.Create(ctx, records.Resident{ID: "li", Name: "Li", TimeZone: "Asia/Shanghai"}); err != nil {
		t.Fatal(err)
	}
	look("a new resident", true)
	look("nothing new", false)
	if strings.Contains(profile(), "copd") {
		t.Errorf("the profile is %s", profile())
	}
	set := func(on *Service, c records.Care) {
		t.Helper()
		if _, err := on.Care.SetCare(context.Background(), "li", c, records.Change{}); err != nil {
			t.Fatal(err)
		}
	}
	set(other, records.Care{Conditions: []string{"copd"}, Planned: map[string]time.Duration{"bp_systolic": 12 * time.Hour}})
	look("a condition, said in another process", true)
	if body := profile(); !strings.Contains(body, `"conditions":["copd"]`) || !strings.Contains(body, `"planned":{"bp_systolic":"12h"}`) {
		t.Errorf("the profile is %s", body)
	}
	set(s, records.Care{Limits: map[string]float64{"hr.high": 110}})
	look("a limit", true)
	if body := profile(); strings.Contains(body, "copd") || !strings.Contains(body, `"limits":{"hr.high":110}`) {
		t.Errorf("the profile is %s", body)
	}
	if _, err := s.Care.SetSituation(ctx, records.Situation{Resident: "li", Kind: records.AwayFromHome, Until: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	look("away", true)
	away := profile()
	if !strings.Contains(away, `"situations":{"away":`) {
		t.Errorf("the profile is %s", away)
	}
	look("nothing new", false)

	// That the situation has ended does not change the profile soon: nobody was
	// quiet at home meanwhile.
	now = now.Add(2 * time.Hour)
	look("after a while", true)
	if body := profile(); body != away {
		t.Errorf("the profile is %s, was %s", body, away)
	}
	now = now.Add(100 * time.Hour)
	look("after days", true)
	if strings.Contains(profile(), "situations") {
		t.Errorf("the profile is %s", profile())
	}
}

// What nobody asks for is refused, and names what was perhaps meant.
func TestCareIsCheckedByTheRules(t *testing.T) {
	cfg := Default()
	cfg.DataDir = t.TempDir()
	s, err := OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, err = s.Residents.Create(t.Context(), records.Resident{ID: "li", Name: "Li", TimeZone: "UTC"},
		s.Care.With(records.Care{Conditions: []string{"dementa"}}, records.Change{}))
	if err == nil || !strings.Contains(err.Error(), "did you mean dementia?") {
		t.Errorf("%v", err)
	}
}
