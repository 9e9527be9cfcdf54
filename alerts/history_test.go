package alerts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestAlertsBetween(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := newHouse(t, fresh(t, cfg))
		h.enrol("r1", "r2")
		began := h.now
		h.says("r1", vitals.SOSButton, 1)
		first := h.list(alerts.Query{})[0]
		if err := h.judge.Resolve(t.Context(), first.ID, "u1", engine.FalseAlarm, "sat on it"); err != nil {
			t.Fatal(err)
		}
		h.now = h.now.Add(time.Hour)
		h.drill("r2") // which is no alert
		h.says("r2", vitals.FallEvent, 1)
		h.says("r1", vitals.SOSButton, 0)
		h.says("r1", vitals.SOSButton, 1)
		for _, test := range []struct {
			from, to  time.Time
			residents []string
			want      int
		}{
			{began, h.now.Add(time.Second), []string{"r1", "r2"}, 3},
			{began, h.now.Add(time.Second), []string{"r1"}, 2},
			{began, h.now, []string{"r1", "r2"}, 1}, // the end is not part of it
			{began.Add(time.Minute), h.now.Add(time.Second), []string{"r1", "r2"}, 2},
			{began, h.now.Add(time.Second), []string{"r3"}, 0},
			{began, h.now.Add(time.Second), nil, 0},
		} {
			got, err := alerts.NewAlerts(h.db).Between(t.Context(), test.from, test.to, test.residents)
			if err != nil || len(got) != test.want {
				t.Errorf("from %s to %s of %v: %d, %v; want %d", test.from, test.to, test.residents, len(got), err, test.want)
			}
		}
		all, err := alerts.NewAlerts(h.db).Between(t.Context(), began, h.now.Add(time.Second), []string{"r1", "r2"})
		if err != nil {
			t.Fatal(err)
		}
		want := alerts.Brief{ID: first.ID, Resident: "r1", Rule: "sos", Severity: rules.Critical, BeganAt: first.BeganAt, ResolvedAt: all[0].ResolvedAt, Verdict: engine.FalseAlarm}
		if all[0] != want || all[0].ResolvedAt.IsZero() || !all[1].ResolvedAt.IsZero() {
			t.Errorf("%+v", all)
		}
	})
}

// What was told by itself before it was put under another alert was told.
func TestWhatWasAPartFromItsFirstMoment(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		h := newHouse(t, fresh(t, cfg))
		h.enrol("r1", "r2")
		began := h.now
		says := func(who string, temperature float64) {
			t.Helper()
			h.says(who, vitals.BodyTemperature, temperature)
			h.now = h.now.Add(5 * time.Minute)
		}
		says("r1", 39.4)
		says("r1", 39.3) // fever and high fever at once
		says("r2", 38.4)
		says("r2", 38.4)
		says("r2", 39.3)
		says("r2", 39.3) // high fever later
		all, err := alerts.NewAlerts(h.db).Between(t.Context(), began, h.now, []string{"r1", "r2"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, a := range all {
			got[a.Resident+" "+a.Rule] = a.Part
		}
		if diff := cmp.Diff(map[string]bool{"r1 temp_fever": true, "r1 temp_high_fever": false, "r2 temp_fever": false, "r2 temp_high_fever": false}, got); diff != "" {
			t.Errorf("parts (-want +got):\n%s", diff)
		}
	})
}
