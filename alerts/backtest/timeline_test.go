package backtest_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// places tells the zones of the test's devices by their names.
type places struct{}

func (places) Sensor(device string) (class, zone string) {
	if device == "li-eye" {
		return "radar", "bathroom"
	}
	return "", ""
}

// TestTheTimelineGivesWhatWasHeard writes messages to the timeline, some of them
// late and some of a clock that is ahead: read back, they are judged as they were
// when they arrived.
func TestTheTimelineGivesWhatWasHeard(t *testing.T) {
	store, err := timeline.OpenSQL(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	heard := &memory{said: map[string][]backtest.Message{}}
	var reports []vitals.Report
	seen := map[string]bool{}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, who := range []string{"li", "wang"} {
		heard.watch(who, 9, engine.Profile{})
		for at := monday.AddDate(0, 0, -3); at.Before(monday.AddDate(0, 0, 10)); at = at.Add(time.Duration(1+rng.IntN(8)) * time.Minute) {
			device := who + []string{"-band", "-eye", "-cuff"}[rng.IntN(3)]
			measured := at
			switch rng.IntN(40) {
			case 0:
				measured = at.Add(-time.Duration(rng.IntN(5*24)) * time.Hour)
			case 1:
				measured = at.Add(90 * time.Second)
			}
			// The timeline keeps a reading of a device and moment once.
			if key := fmt.Sprint(device, measured.UnixMilli()); seen[key] {
				continue
			} else {
				seen[key] = true
			}
			s := vitals.Sample{At: measured.UnixMilli(), Values: []vitals.Value{
				{Metric: vitals.HeartRate, Number: 60 + float64(at.Hour()*4) + float64(rng.IntN(20))}, {Metric: vitals.SpO2, Number: 90 + float64(rng.IntN(9))},
			}}
			if device == who+"-eye" {
				s.Values = []vitals.Value{{Metric: vitals.Motion, Number: float64(rng.IntN(2))}}
			}
			class, zone := places{}.Sensor(device)
			heard.said[who] = append(heard.said[who], backtest.Message{
				Received: at.UnixMilli(), Readings: engine.Readings{Device: device, Class: class, Zone: zone, Samples: []vitals.Sample{s}},
			})
			reports = append(reports, vitals.Report{Device: device, Residents: []string{who}, Received: at.UnixMilli(), Samples: []vitals.Sample{s}})
		}
	}
	slices.SortFunc(reports, func(a, b vitals.Report) int { return cmp.Compare(a.Received, b.Received) })
	if err := store.Append(t.Context(), reports, 1); err != nil {
		t.Fatal(err)
	}
	want := run(t, backtest.Config{Source: heard, Rules: set(t), WarmUp: 48 * time.Hour})
	got := run(t, backtest.Config{Source: &backtest.Timeline{Store: store, Sensors: places{}, People: heard.residents}, Rules: set(t), WarmUp: 48 * time.Hour})
	if want.All.Alerts < 20 {
		t.Fatalf("only %d alerts", want.All.Alerts)
	}
	if !reflect.DeepEqual(got.Alerts, want.Alerts) {
		t.Errorf("%d alerts from the timeline, %d when they were heard", len(got.Alerts), len(want.Alerts))
	}
	if got.Messages != want.Messages || !reflect.DeepEqual(got.Rules, want.Rules) {
		t.Errorf("%d messages from the timeline, %d that were heard, or other rules", got.Messages, want.Messages)
	}
}
