package alerts_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// Open alerts go on with whom a merge gives them to, through crashes: their claims run
// out, people close them, and who presses again is told of once.
func TestAlertsGoOnWhenFilesAreMerged(t *testing.T) {
	for name, crashes := range map[string]bool{"no crash": false, "crashes": true} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) { testJoined(t, db, crashes) })
		})
	}
}

func testJoined(t *testing.T, db *store.DB, crashes bool) {
	h := newHouse(t, db)
	crash := func() {
		if crashes {
			h.open()
		}
	}
	move := func(from, into string) func(context.Context, bun.Tx) error {
		return func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE alerts SET resident = ? WHERE resident = ?", into, from)
			return err
		}
	}
	of := func(resident string) alerts.Alert {
		t.Helper()
		list := h.list(alerts.Query{Open: true, Residents: []string{resident}})
		if len(list) != 1 {
			t.Fatalf("%d alerts of %s", len(list), resident)
		}
		return list[0]
	}
	h.enrol("r1", "r2")
	h.says("r1", vitals.HeartRate, 71)
	h.saysBy("d2", "r2", vitals.SOSButton, 1)
	id := of("r2").ID
	if err := h.judge.Claim(t.Context(), id, "u1", h.now.Add(30*time.Minute)); err != nil {
		t.Fatal(err)
	}

	// What is refused changes nothing, and says itself what it is: people read it.
	refused := errors.New("the son would see more")
	if err := h.judge.Join(t.Context(), "r2", "r1", func(context.Context, bun.Tx) error { return refused }); err == nil || err.Error() != refused.Error() {
		t.Fatal(err)
	}
	if a := of("r2"); a.ID != id || a.Status != engine.Claimed {
		t.Errorf("after a merge that failed: %+v", a)
	}

	if err := h.judge.Join(t.Context(), "r2", "r1", move("r2", "r1")); err != nil {
		t.Fatal(err)
	}
	h.aliases = map[string]string{"r2": "r1"}
	h.enrol("r1")
	crash()
	if a := of("r1"); a.ID != id || a.Status != engine.Claimed || a.ClaimedBy != "u1" {
		t.Errorf("merged: %+v", a)
	}
	h.now = h.now.Add(time.Minute)
	h.saysBy("d2", "r2", vitals.SOSButton, 2) // by the other's name, as the journal has it
	crash()
	if a := of("r1"); a.ID != id {
		t.Errorf("pressed again: %+v", a)
	}
	h.now = h.now.Add(31 * time.Minute)
	h.tick()
	if a := of("r1"); a.Status != engine.Firing {
		t.Errorf("the claim did not run out: %+v", a)
	}

	if err := h.judge.Part(t.Context(), "r2", "r1", move("r1", "r2")); err != nil {
		t.Fatal(err)
	}
	h.aliases = nil
	h.enrol("r1", "r2")
	crash()
	if a := of("r2"); a.ID != id {
		t.Errorf("two again: %+v", a)
	}
	h.now = h.now.Add(time.Minute)
	h.says("r1", vitals.SOSButton, 1)
	if a := of("r1"); a.ID == id {
		t.Errorf("one alert of two: %+v", a)
	}
	crash()
	if err := h.judge.Resolve(t.Context(), id, "u2", engine.TrueAlarm, ""); err != nil {
		t.Fatal(err)
	}
	if err := h.judge.Resolve(t.Context(), of("r1").ID, "u2", engine.TrueAlarm, ""); err != nil {
		t.Fatal(err)
	}
	if left := h.list(alerts.Query{Open: true}); len(left) > 0 {
		t.Errorf("%d alerts are open", len(left))
	}
	for key, n := range h.told {
		if n > 1 {
			t.Errorf("%s was told %d times", key, n)
		}
	}
}
