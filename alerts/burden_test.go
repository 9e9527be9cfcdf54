package alerts_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestBurden(t *testing.T) { storetest.Each(t, testBurden) }

func testBurden(t *testing.T, db *store.DB) {
	h, ctx := newHouse(t, db), t.Context()
	h.enrol("r1", "r2")
	// r1 presses at 10:00, 21:59, 22:00 and 6:59 of Shanghai, on days of two weeks;
	// somebody takes each alert after 1, 2, 3 and 40 minutes, and r2's never.
	press := func(resident string, at time.Time, takes time.Duration, verdict engine.Verdict) {
		t.Helper()
		h.now = at
		h.tick()
		h.says(resident, vitals.SOSButton, 1)
		id := h.list(alerts.Query{Open: true, Rule: "sos"})[0].ID
		if takes > 0 {
			h.now = h.now.Add(takes)
			if err := h.judge.Claim(ctx, id, "u1", h.now.Add(time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		if verdict != "" {
			if err := h.judge.Resolve(ctx, id, "u1", verdict, ""); err != nil {
				t.Fatal(err)
			}
		}
	}
	day := time.Date(2026, 11, 25, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	press("r1", day.Add(10*time.Hour), time.Minute, engine.TrueAlarm)
	press("r1", day.Add(22*time.Hour-time.Minute), 2*time.Minute, engine.FalseAlarm)
	press("r1", day.AddDate(0, 0, 8).Add(22*time.Hour), 3*time.Minute, engine.FalseAlarm)
	press("r1", day.AddDate(0, 0, 9).Add(7*time.Hour-time.Minute), 40*time.Minute, engine.TestAlarm)
	press("r2", day.AddDate(0, 0, 9).Add(12*time.Hour), 0, "")

	shanghai := func(string, string) *time.Location { return time.FixedZone("", 8*3600) }
	to := day.AddDate(0, 0, 14)
	got, err := alerts.NewAlerts(db).Burden(ctx, alerts.BurdenQuery{Rule: "sos", To: to, Weeks: 2}, shanghai)
	if err != nil {
		t.Fatal(err)
	}
	want := alerts.Burden{
		From: day, To: to, Alerts: 4, ByWeek: []int{2, 2}, Night: 1, BySeverity: map[rules.Severity]int{rules.Critical: 4},
		Verdicts: map[engine.Verdict]int{engine.TrueAlarm: 1, engine.FalseAlarm: 2, engine.TestAlarm: 1, "": 1}, Claimed: 3, P50Minutes: 2, P90Minutes: 3,
	}
	h.drill("r2")
	drills, err := alerts.NewAlerts(db).Burden(ctx, alerts.BurdenQuery{Rule: alerts.DrillRule, To: h.now.Add(time.Second), Weeks: 2}, shanghai)
	if err != nil || drills.Alerts != 0 || drills.Verdicts[""] != 1 {
		t.Errorf("drills: %+v, %v", drills, err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("burden\n got %+v\nwant %+v", got, want)
	}
	for _, tc := range []struct {
		q    alerts.BurdenQuery
		want int
	}{
		{alerts.BurdenQuery{Rule: "sos", To: to, Weeks: 1}, 2},
		{alerts.BurdenQuery{Rule: "sos", To: day.Add(10 * time.Hour), Weeks: 1}, 0},
		{alerts.BurdenQuery{Rule: "sos", To: to, Weeks: 2, Residents: []string{"r1"}}, 3},
		{alerts.BurdenQuery{Rule: "sos", To: to, Weeks: 2, Residents: []string{}}, 0},
		{alerts.BurdenQuery{Rule: "fall", To: to, Weeks: 2}, 0},
	} {
		if b, err := alerts.NewAlerts(db).Burden(ctx, tc.q, shanghai); err != nil || b.Alerts != tc.want {
			t.Errorf("%+v: %d alerts, want %d, %v", tc.q, b.Alerts, tc.want, err)
		}
	}
}
