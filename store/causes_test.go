package store_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// What people did before each of it had a cause of its own is told apart.
func TestCausesOfOldSteps(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		old := storetest.Open(t, cfg)
		alert := func(id string, snoozed any) {
			mustExec(t, old, `INSERT INTO alerts (id, resident, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions, snoozed_until)
				VALUES (?, 'r', 'hr_high', '{}', 'firing', 2, 1, 1, 1, '', '', 1, ?)`, id, snoozed)
		}
		step := func(alert string, n int, at int64, status, cause string, until any) {
			mustExec(t, old, `INSERT INTO alert_transitions (alert, n, at, status, severity, cause, by_user, until, verdict, reason, evidence)
				VALUES (?, ?, ?, ?, 2, ?, 'u', ?, '', '', '{}')`, alert, n, at, status, cause, until)
		}
		alert("a", nil)
		step("a", 1, 10, "firing", "began", nil)
		step("a", 2, 20, "firing", "person", 30) // a snooze, as nobody has it
		step("a", 3, 30, "firing", "snooze_ended", nil)
		step("a", 4, 40, "claimed", "person", 100)
		step("a", 5, 50, "claimed", "person", 60) // kept quiet by who has it: it ended then
		step("a", 6, 60, "claimed", "snooze_ended", nil)
		step("a", 7, 70, "claimed", "person", 200) // another takes it over
		step("a", 8, 80, "resolved", "person", nil)
		alert("b", 90)
		step("b", 1, 10, "firing", "began", nil)
		step("b", 2, 20, "claimed", "person", 80)
		step("b", 3, 30, "claimed", "person", 90) // still quiet
		// The schema is past that: what the migration does to old steps is done to these.
		migration, err := os.ReadFile("migrations/00012_causes.sql")
		if err != nil {
			t.Fatal(err)
		}
		for statement := range strings.SplitSeq(string(migration), ";\n") {
			if strings.Contains(statement, "UPDATE") {
				mustExec(t, old, statement)
			}
		}
		var causes []string
		if err := old.NewRaw("SELECT cause FROM alert_transitions ORDER BY alert, n").Scan(t.Context(), &causes); err != nil {
			t.Fatal(err)
		}
		want := []string{"began", "snoozed", "snooze_ended", "claimed", "snoozed", "snooze_ended", "claimed", "resolved", "began", "claimed", "snoozed"}
		if !slices.Equal(causes, want) {
			t.Errorf("%q, want %q", causes, want)
		}
	})
}
