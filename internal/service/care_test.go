package service_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// What is said of residents decides what their readings mean: with COPD, 90 % of
// oxygen is as it should be.
func TestConditionsAndLimitsDecideWhatIsAnAlert(t *testing.T) {
	t.Parallel()
	const copd, plain, limited, strict, milder = "r-0", "r-1", "r-2", "r-3", "r-4"
	cfg := testConfig(t)
	var passwords []string
	p := newProcess(t, cfg, func(s *service.Service) { passwords = wearers(t, s, 5) })
	p.start()
	put := func(resident, care string) {
		t.Helper()
		if _, err := p.request("PUT", "/api/v1/residents/"+resident+"/care", care); err != nil {
			t.Fatal(err)
		}
	}
	put(copd, `{"conditions":["copd"],"scale_2":{"decided_by":"Dr Wu","decided_on":"2026-01-02"}}`)
	other, err := service.OpenRecords(t.Context(), cfg, slog.New(slog.DiscardHandler)) // as a command does
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	own := records.Care{Limits: map[string]float64{"spo2.low": 89, "spo2.very_low": 85}}
	if _, err := other.Care.SetCare(t.Context(), limited, own, records.Change{}); err != nil {
		t.Fatal(err)
	}
	put(strict, `{"conditions":["copd"],"limits":{"spo2.low":91}}`)

	clients := map[string]paho.Client{}
	for i, password := range passwords {
		clients[fmt.Sprint("r-", i)] = p.connect(fmt.Sprint("d-", i), password)
	}
	// measure sends what a finger clip has stored over the last quarter of an hour.
	measure := func(resident string, spo2 int) {
		t.Helper()
		var stored []string
		for minutes := 15; minutes >= 0; minutes-- {
			stored = append(stored, fmt.Sprintf(`{"ts":%d,"spo2":%d}`, time.Now().Add(-time.Duration(minutes)*time.Minute).UnixMilli(), spo2))
		}
		topic := "anxin/v1/devices/d" + strings.TrimPrefix(resident, "r") + "/readings"
		if token := clients[resident].Publish(topic, 1, false, "["+strings.Join(stored, ",")+"]"); !token.WaitTimeout(time.Minute) || token.Error() != nil {
			t.Fatalf("publish: %v", token.Error())
		}
	}
	raised := func(query string) map[string]string {
		t.Helper()
		body, err := p.get("/api/v1/alerts" + query)
		if err != nil {
			t.Fatal(err)
		}
		var list []struct{ Resident, Rule string }
		if err := json.Unmarshal(body, &list); err != nil {
			t.Fatal(err)
		}
		of := map[string]string{}
		for _, a := range list {
			if strings.HasPrefix(a.Rule, "spo2_") {
				of[a.Resident] = strings.TrimSpace(of[a.Resident] + " " + a.Rule)
			}
		}
		return of
	}
	// Once the one of whom something was said last is judged by it, all are. What was
	// judged before that may be the whole that its alert is a part of.
	p.waitFor("what was said to be known", func() error {
		measure(strict, 90)
		if got := raised("?parts=true")[strict]; !slices.Contains(strings.Fields(got), "spo2_copd_low") {
			return fmt.Errorf("raised is %q", got)
		}
		return nil
	})
	measure(copd, 93)
	measure(copd, 90)
	measure(limited, 90)
	measure(milder, 93)
	measure(plain, 90)
	p.waitFor("the last to be judged", func() error {
		if got := raised("")[plain]; got == "" {
			return fmt.Errorf("nothing is raised")
		}
		return nil
	})
	got := raised("")
	delete(got, strict)
	if want := map[string]string{plain: "spo2_very_low", milder: "spo2_low"}; !maps.Equal(got, want) {
		t.Errorf("raised %v, want %v", got, want)
	}
}
