package alerts_test

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func TestEnded(t *testing.T) { storetest.Each(t, testEnded) }

func testEnded(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1", "r2")
	for _, resident := range []string{"r1", "r2"} {
		h.says(resident, vitals.SOSButton, 1)
	}
	var resolved []time.Time
	resolve := func(resident string) {
		t.Helper()
		h.now = h.now.Add(time.Hour)
		resolved = append(resolved, h.now)
		one := h.list(alerts.Query{Open: true, Residents: []string{resident}, Limit: 1})[0]
		if err := h.judge.Resolve(t.Context(), one.ID, "u1", engine.TestAlarm, ""); err != nil {
			t.Fatal(err)
		}
	}
	resolve("r2")
	resolve("r1")
	h.says("r1", vitals.SOSButton, 2) // which stays open
	for _, tc := range []struct {
		name  string
		since time.Time
		limit int64
		of    []string
		want  []string
	}{
		{"both, the newest first", resolved[0], 10, nil, []string{"r1", "r2"}},
		{"since the second", resolved[1], 10, nil, []string{"r1"}},
		{"since then", resolved[1].Add(time.Millisecond), 10, nil, nil},
		{"of one", resolved[0], 10, []string{"r2"}, []string{"r2"}},
		{"at most one", resolved[0], 1, nil, []string{"r1"}},
	} {
		ended, err := alerts.NewAlerts(db).Ended(t.Context(), tc.since, tc.limit, tc.of...)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, a := range ended {
			got = append(got, a.Resident)
			if a.Verdict != engine.TestAlarm || len(a.Evidence.Readings) == 0 {
				t.Errorf("%s: %+v", tc.name, a)
			}
		}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

// asked keeps the queries that a database is asked.
type asked []string

func (a *asked) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }
func (a *asked) AfterQuery(_ context.Context, e *bun.QueryEvent)                    { *a = append(*a, e.Query) }

// The alerts that have ended are found by their index, without sorting.
func TestEndedIsReadByItsIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		var queries asked
		watched := *db
		watched.DB = db.WithQueryHook(&queries)
		if _, err := alerts.NewAlerts(&watched).Ended(t.Context(), time.UnixMilli(1), 500); err != nil {
			t.Fatal(err)
		}
		tx, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = tx.Rollback() }()
		explain := "EXPLAIN QUERY PLAN "
		if db.Dialect().Name() == dialect.PG {
			explain = "EXPLAIN "
			// An empty table is read whole, unless that is forbidden.
			if _, err := tx.ExecContext(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
				t.Fatal(err)
			}
		}
		rows, err := tx.QueryContext(t.Context(), explain+queries[0])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for rows.Next() {
			line := make([]any, len(columns))
			for i := range line {
				line[i] = new(string)
			}
			if err := rows.Scan(line...); err != nil {
				t.Fatal(err)
			}
			plan.WriteString(*line[len(line)-1].(*string) + "\n") // what is done stands last
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		if text := plan.String(); !strings.Contains(text, "alerts_by_resolution") || strings.Contains(strings.ToLower(text), "sort") || strings.Contains(text, "TEMP B-TREE") {
			t.Errorf("%s\n%s", queries[0], text)
		}
	})
}
