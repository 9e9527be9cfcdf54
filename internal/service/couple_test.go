package service

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// couple are two residents, a timeline, and what makes their files one.
type couple struct {
	*testing.T
	db       *store.DB
	registry *devices.Registry
	people   *records.Residents
	care     *records.CareBook
	book     *merging.Book
	timeline timeline.Store
	rand     *rand.Rand
	n        int
}

type anyWord struct{}

func (anyWord) CheckCare(records.Care) ([]store.Field, error) { return nil, nil }

func newCouple(t *testing.T, db *store.DB, tl timeline.Store, seed uint64) *couple {
	t.Helper()
	registry, err := devices.OpenRegistry(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tl.Close() })
	c := &couple{T: t, db: db, registry: registry, people: records.NewResidents(db, registry), timeline: tl, rand: rand.New(rand.NewPCG(seed, 1))}
	c.care = records.NewCareBook(db, anyWord{}, time.Now)
	c.book = merging.NewBook(merging.Config{DB: db, Residents: c.people, Homes: registry, Care: c.care, Owned: Owned(), Checks: []merging.Check{medicineTwice}, Moving: correcting, Now: time.Now})
	for _, home := range []string{"h-1", "h-2"} {
		if _, err := registry.AddHome(t.Context(), devices.Home{ID: home, Name: home, TimeZone: "Asia/Shanghai"}); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

func (c *couple) must(err error) {
	c.Helper()
	if err != nil {
		c.Fatal(err)
	}
}

func (c *couple) exec(query string, args ...any) {
	c.Helper()
	_, err := c.db.NewRaw(query, args...).Exec(c.Context())
	if err != nil {
		c.Fatalf("%s: %v", query, err)
	}
}

// id is a new one.
func (c *couple) id(what string) string {
	c.n++
	return fmt.Sprintf("%s-%d", what, c.n)
}

func (c *couple) some(do func(i int)) {
	for i := range c.rand.IntN(4) {
		do(i)
	}
}

// fill says something of a resident in every table.
func (c *couple) fill(resident string) {
	c.Helper()
	for _, contact := range []string{"c-1", "c-2", "c-3"} {
		if c.rand.IntN(2) == 0 {
			c.exec("INSERT INTO care_team (resident, contact, relation, n, severity_from, delay_ms, repeat_ms, weekly_since, weekly_told) VALUES (?, ?, 'family', 1, 1, 0, 0, ?, ?)",
				resident, contact, []any{nil, 5, 6}[c.rand.IntN(3)], []string{"", "2026-W40", "2026-W41"}[c.rand.IntN(3)])
		}
		c.some(func(int) {
			c.exec(`INSERT INTO consents (id, resident, purpose, contact, scopes, given_by, capacity, proof, witness, manner, text_version, text_hash, language, given_at, from_at, recorded_by, withdrawn_by, withdrawal)
				VALUES (?, ?, 'sharing', ?, ?, 'x', 'resident', '', '', 'paper', '', '', 'en', 1, 1, '', '', '')`, c.id("consent"), resident, contact, c.rand.IntN(32))
		})
	}
	if c.rand.IntN(2) == 0 {
		c.exec("INSERT INTO team_residents (resident, team) VALUES (?, ?)", resident, []string{"t-1", "t-2"}[c.rand.IntN(2)])
	}
	if c.rand.IntN(2) == 0 {
		c.exec("INSERT INTO duty_tokens (id, resident, contact, until, offered_by, offered_at, accepted_at, ended_by, outcome) VALUES (?, ?, 'c-1', 9, '', 1, 2, '', '')", c.id("duty"), resident)
	}
	c.some(func(int) {
		c.exec("INSERT INTO situations (id, resident, kind, since, until, note, set_by, set_at, ended_at, ended_by) VALUES (?, ?, 'away', 1, 9, '', '', 1, ?, '')",
			c.id("situation"), resident, []any{nil, 5}[c.rand.IntN(2)])
	})
	c.fillFile(resident)
	c.some(func(int) {
		id := c.id("assessment")
		columns := "(id, resident, form, form_version, answers, band_set, band, assessor_user, assessor, mode, day, note, withdrawn, version, reason, created_at, created_by, changed_at, changed_by)"
		for _, table := range []string{"assessments", "assessment_versions"} {
			c.exec("INSERT INTO "+table+" "+columns+" VALUES (?, ?, 'f', 1, '{}', '', '', '', '', '', '2026-01-01', '', FALSE, 1, '', 1, '', 1, '')", id, resident)
		}
	})
	c.some(func(int) {
		id := c.id("alert")
		c.exec(`INSERT INTO alerts (id, resident, rule, rule_text, status, severity, since, began_at, changed_at, claimed_by, verdict, transitions, told)
			VALUES (?, ?, 'r', '{}', 'firing', 1, 1, 1, 1, '', '', 1, 1)`, id, resident)
		c.exec(`INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, status, queued_at, due_at, deadline_at, attempts, answer)
			VALUES (?, 'alert', ?, 1, 0, '', ?, 'c-1', '', 1, FALSE, 0, '{}', '', '', '', FALSE, 'sent', 1, 1, 1, 1, '')`, c.id("delivery"), id, resident)
	})
	for severity := range 3 {
		if c.rand.IntN(2) == 0 {
			c.exec("INSERT INTO policies_of (resident, severity, policy, at, by_user) VALUES (?, ?, 'p', 1, '')", resident, severity)
			c.exec("INSERT INTO reach_gaps (resident, severity, since) VALUES (?, ?, 1)", resident, severity)
		}
	}
	c.some(func(int) {
		id := c.id("reminder")
		c.exec("INSERT INTO reminders (id, resident, kind, schedule, body, version, created_at, changed_at, changed_by) VALUES (?, ?, 'drinking', '08:00', '{}', 1, 1, 1, '')", id, resident)
		c.some(func(i int) {
			c.exec(`INSERT INTO reminder_occurrences (id, reminder, resident, day, n, due_at, zone, planned_at, status, asked, told, escalated, on_time, by_user, device, reason, seen)
				VALUES (?, ?, ?, '2026-01-01', ?, 1, '', 1, 'due', 0, 0, 0, 0, '', '', '', '')`, c.id("occurrence"), id, resident, i)
		})
		c.exec("INSERT INTO reminder_calls (id, at, n, resident, kind, body) VALUES (?, 1, 0, ?, 'raise', '{}')", c.id("call"), resident)
		c.exec("INSERT INTO reminder_tellings (id, at, until, resident, body) VALUES (?, 1, 2, ?, '{}')", c.id("telling"), resident)
	})
}

func (c *couple) fillFile(resident string) {
	for version := range c.rand.IntN(5) {
		entry, kind := c.id("entry"), "note"
		if version == 0 {
			kind = "particulars"
		}
		c.exec("INSERT INTO file_entries (id, resident, kind, version) VALUES (?, ?, ?, 1)", entry, resident, kind)
		c.exec(`INSERT INTO file_versions (entry, version, resident, file_version, state, body, ended_on, reason, changed_by, changed_at)
			VALUES (?, 1, ?, ?, 'current', '{}', '', '', '', 1)`, entry, resident, version+1)
		c.exec("INSERT INTO file_papers (entry, resident, sha256, size) VALUES (?, ?, 'x', 1)", entry, resident)
	}
}

// tables are all rows of all tables that a merge may change, in order.
func (c *couple) tables() map[string][]string {
	c.Helper()
	all := map[string][]string{}
	for _, o := range Owned() {
		switch o.Table {
		case "audit", "resident_keys", "resident_versions", "resident_care", "merges", "engine_states", "engine_inputs":
			continue // which only grow, or are made anew
		}
		rows, err := c.db.QueryContext(c.Context(), "SELECT * FROM "+o.Table)
		c.must(err)
		names, err := rows.Columns()
		c.must(err)
		all[o.Table] = nil
		for rows.Next() {
			values, into := make([]any, len(names)), make([]any, len(names))
			for i := range values {
				into[i] = &values[i]
			}
			c.must(rows.Scan(into...))
			all[o.Table] = append(all[o.Table], fmt.Sprint(values...))
		}
		c.must(rows.Close())
		slices.Sort(all[o.Table])
	}
	return all
}

// readings are all readings of a resident.
func (c *couple) readings(resident string) (all []string) {
	for _, m := range vitals.Metrics() {
		for r, err := range c.timeline.Range(c.Context(), timeline.Query{Resident: resident, Metric: m, To: time.Now().Add(time.Hour)}) {
			c.must(err)
			all = append(all, fmt.Sprint(m, r.Device, r.At.UnixMilli(), r.Received.UnixMilli(), r.Number, r.Marks))
		}
	}
	return all
}

// measure takes in what a device measured, of whoever it is by the registry.
func (c *couple) measure(device string, at time.Time) {
	c.Helper()
	whose := c.registry.ResidentsAt(device, at.UnixMilli())
	values := []vitals.Value{{Metric: vitals.HeartRate, Number: float64(c.rand.IntN(100))}}
	if c.rand.IntN(2) == 0 {
		values = append(values, vitals.Value{Metric: vitals.SpO2, Number: 97})
	}
	c.must(c.timeline.Append(c.Context(), []vitals.Report{{
		Device: device, Residents: whose, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}},
	}}, 0))
}

func (c *couple) follow() {
	c.Helper()
	c.must(c.book.Readings(c.Context(), c.timeline, func(context.Context, uint64) error { return nil }, func(context.Context, merging.Merge) error { return nil }))
}
func (c *couple) union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

func (c *couple) left(o store.Owned, resident string) (n int) {
	c.must(c.db.NewRaw("SELECT COUNT(*) FROM "+o.Table+" WHERE "+o.Resident+" = ?", resident).Scan(c.Context(), &n))
	return n
}
