package alerts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// When a rule is taken away, its open alerts are closed in one go, by a person: as
// many as that one may close, and none of a rule that is judged.
func TestTheAlertsOfARuleThatIsGoneAreClosedAtOnce(t *testing.T) {
	storetest.Each(t, testGone)
}

func testGone(t *testing.T, db *store.DB) {
	h, ctx := newHouse(t, db), t.Context()
	for _, resident := range []string{"r1", "r2", "r3"} {
		h.enrol(resident)
		h.says(resident, vitals.WaterLeak, 1)
	}
	h.says("r1", vitals.Smoke, 1)
	h.now = h.now.Add(10 * time.Minute)
	h.tick()
	leaks := h.list(alerts.Query{Rule: "water_leak", Open: true})
	if len(leaks) != 3 {
		t.Fatalf("there are %d alerts, want 3", len(leaks))
	}
	mine := func(_ context.Context, a alerts.Alert) (bool, error) { return a.Resident != "r3", nil }
	close := func(id string) error {
		return h.judge.ResolveGone(ctx, id, "u1", engine.TrueAlarm, "the rule is gone", mine)
	}
	var fault *store.Fault
	if err := close(leaks[0].ID); !errors.As(err, &fault) || fault.Code != "alert.judged" {
		t.Errorf("while the rule is judged: %v", err)
	}
	for _, p := range h.set.Programs() { // what is raised about the service itself is judged, too
		if raised := (alerts.Alert{Rule: p.Rule, Status: engine.Firing}); p.ID == "reach_gap" && raised.Gone(h.set) {
			t.Error("an alert about the service is gone")
		}
	}
	set := setOf(t, without("water_leak"))
	if leaks[0].Gone(h.set) || !leaks[0].Gone(set) {
		t.Error("gone is what is judged")
	}
	if err := h.judge.Use(ctx, set); err != nil {
		t.Fatal(err)
	}
	first := leaks[0].ID
	if leaks[0].Resident == "r3" {
		first = leaks[1].ID
	}
	if err := close(first); err != nil {
		t.Fatal(err)
	}
	for _, a := range h.list(alerts.Query{Limit: 100}) {
		open := a.Rule.ID == "smoke_gas_co" || a.Resident == "r3"
		if a.Open() != open {
			t.Errorf("%s of %s is open: %v", a.Rule.ID, a.Resident, a.Open())
		}
		if !open && a.Verdict != engine.TrueAlarm {
			t.Errorf("%s of %s was closed as %q", a.Rule.ID, a.Resident, a.Verdict)
		}
	}
}
