package alerts_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// Who was forgotten comes back by nothing: not by what the journal holds, by who is told
// of them late, by a crash, nor by the home where they lived.
func TestWhoIsForgottenStaysForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		home := func(residents ...string) map[string]alerts.Equipment {
			return map[string]alerts.Equipment{
				alerts.HomeKey("h1"):  {TimeZone: "UTC", Residents: residents, Devices: []engine.Expected{{ID: "door", Every: 60_000}}},
				alerts.WornKey("r-1"): {TimeZone: "UTC", Devices: []engine.Expected{{ID: "d1"}}},
			}
		}
		equip := func(residents ...string) {
			t.Helper()
			if _, err := h.judge.Equip(t.Context(), home(residents...)); err != nil {
				t.Fatal(err)
			}
		}
		live := func() {
			h.enrol("r-1", "r-2")
			equip("r-1", "r-2")
			h.says("r-1", vitals.SOSButton, 1)
			h.saysBy("d2", "r-2", vitals.SOSButton, 1)
			h.tick()
			if err := h.judge.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			equip("r-2", "r-1")
			h.says("r-1", vitals.HeartRate, 200)
		}
		live()
		for _, crash := range []bool{true, false} {
			h.judge = h.reopened() // which has not heard all again
			err := h.judge.Forget(t.Context(), "r-1", func(ctx context.Context) error {
				return db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
					return store.EraseAll(ctx, tx, "r-1", []store.Holdings{escalation.Holdings(), alerts.Holdings()})
				})
			})
			if err != nil {
				t.Fatal(err)
			}
			if crash {
				nothingOf(t, db)
			}
		}
		if err := h.judge.Hear(t.Context(), h.journal); err != nil {
			t.Fatal(err)
		}
		live()
		h.tick()
		if err := h.judge.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, a := range h.list(alerts.Query{}) {
			if a.Resident != "r-2" && a.Device == "" {
				t.Errorf("there is an alert of %q", a.Resident)
			}
		}
		if n := len(h.list(alerts.Query{Residents: []string{"r-2"}, Open: true})); n != 1 {
			t.Errorf("%d alerts of the other are open, want one", n)
		}
		equip("r-2")
		if err := h.judge.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		nothingOf(t, db)
	})
}

// nothingOf looks for r-1 in all that the judge has written.
func nothingOf(t *testing.T, db *store.DB) {
	t.Helper()
	for _, table := range []string{"alerts", "alert_transitions", "engine_inputs", "engine_states"} {
		var rows []map[string]any
		if err := db.NewSelect().Table(table).Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for column, value := range row {
				text, isBytes := value.([]byte)
				if !isBytes {
					text = fmt.Append(nil, value)
				}
				if bytes.Contains(text, []byte("r-1")) {
					t.Errorf("%s of %s: %.200q", column, table, text)
				}
			}
		}
	}
}
