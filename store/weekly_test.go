package store_test

import (
	"os"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// The tables of deliveries are made anew so that one may be about a week, and again for a
// question: what was told before stays, and attempts still belong to deliveries.
func TestDeliveriesStayWhenTheirTableIsMadeAnew(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		db := storetest.Open(t, cfg)
		mustExec(t, db, `INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, status, queued_at, due_at, deadline_at, attempts, answer)
			VALUES ('d-1', 'alert', 'a-1', 1, 0, 'call', 'r', 'c', 'family', 3, ?, 0, '{}', 'ch', 'email', 'x', ?, 'sent', 1, 2, 3, 1, 'ok')`, true, false)
		mustExec(t, db, `INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES ('d-1', 1, 5, 'accepted', 'ok')`)
		again := func(name string) {
			migration, err := os.ReadFile("migrations/" + name)
			if err != nil {
				t.Fatal(err)
			}
			_, anew, _ := strings.Cut(string(migration), "CREATE TABLE deliveries_now")
			for statement := range strings.SplitSeq("CREATE TABLE deliveries_now"+anew, ";\n") {
				if strings.TrimSpace(statement) != "" {
					mustExec(t, db, statement)
				}
			}
		}
		again("00026_weekly.sql")
		mustExec(t, db, `ALTER TABLE delivery_attempts ADD COLUMN said TEXT NOT NULL DEFAULT ''`) // as 00027 does
		mustExec(t, db, `UPDATE delivery_attempts SET said = 'all of it'`)
		again("00029_panel_tellings.sql")
		var answer, said string
		err := db.NewRaw("SELECT d.answer, a.said FROM deliveries d JOIN delivery_attempts a ON a.delivery = d.id WHERE d.about = 'alert' AND a.at = 5").Scan(t.Context(), &answer, &said)
		if err != nil || answer != "ok" || said != "all of it" {
			t.Errorf("%q, %q, %v", answer, said, err)
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE deliveries SET about = 'question'`); err != nil {
			t.Error(err)
		}
		if _, err := db.ExecContext(t.Context(), `INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES ('d-2', 1, 5, '', '')`); err == nil {
			t.Error("an attempt belongs to no delivery")
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE deliveries SET about = 'nothing'`); err == nil {
			t.Error("a delivery is about nothing")
		}
	})
}
