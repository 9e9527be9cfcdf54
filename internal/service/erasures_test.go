package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/mentions"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// notOfResidents are tables whose rows are of nobody, or cannot be made here.
var notOfResidents = []string{"goose_db_version", "audit", "audit_chain", "erasures", "engine_rules", "care_version", "registry_version", "reminder_version", "panel_members"}

// ours are values that columns take which take only some.
func ours(c store.Column, whose string) any {
	switch c.Table + "." + c.Name {
	case "alerts.status":
		return "resolved"
	case "alerts.home", "alerts.part_of":
		return ""
	case "resident_versions.body":
		return "{}"
	case "residents.sex":
		return "unknown"
	case "escalations.phase":
		return "ended"
	case "deliveries.about":
		return "alert"
	case "deliveries.status":
		return "sent"
	case "care_team.relation":
		return "resident"
	case "merges.readings":
		return "moved"
	case "users.role":
		return "family"
	case "devices.home", "teams.supervisor":
		return nil
	case "wearings.to_at":
		return 9
	case "team_members.contact", "shifts.contact", "shift_overrides.contact":
		return "contacts-staff"
	case "deliveries.digest":
		return nil
	case "link_uses.delivery":
		return "deliveries-" + whose
	}
	return nil
}

// fill puts a row about somebody into every table, whatever columns it has.
func fill(t *testing.T, db *store.DB, whose string) (tables []string) {
	t.Helper()
	columns, err := db.Columns(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]map[string]any{}
	waits := map[string][]string{}
	for _, c := range columns {
		if slices.Contains(notOfResidents, c.Table) {
			continue
		}
		if rows[c.Table] == nil {
			rows[c.Table] = map[string]any{}
			tables = append(tables, c.Table)
		}
		value := ours(c, whose)
		switch {
		case value != nil:
		case slices.Contains([]string{"devices.home", "teams.supervisor", "deliveries.digest", "residents.merged_into"}, c.Table+"."+c.Name):
			continue
		case c.NamesResident():
			value = whose
		case c.Refers != "":
			value = c.Refers + "-" + whose
		case c.Name == "one":
			value = 1
		case c.Type == "text":
			value = c.Table + "-" + whose
		case c.Type == "boolean":
			value = true
		case c.Type == "bytea" || c.Type == "blob":
			value = []byte("x")
		default:
			value = len(whose) // a number of their own
		}
		if c.Refers != "" && c.Refers != c.Table && value != "contacts-staff" {
			waits[c.Table] = append(waits[c.Table], c.Refers)
		}
		rows[c.Table][c.Name] = value
	}
	done := map[string]bool{}
	for len(done) < len(tables) {
		before := len(done)
		for _, table := range tables {
			if done[table] || slices.ContainsFunc(waits[table], func(of string) bool { return !done[of] }) {
				continue
			}
			row := rows[table]
			if _, err := db.NewInsert().Model(&row).Table(table).Exec(t.Context()); err != nil {
				t.Fatalf("put a row into %s: %v\n%v", table, err, row)
			}
			done[table] = true
		}
		if len(done) == before {
			t.Fatalf("tables that wait for each other: %v of %v", done, tables)
		}
	}
	return tables
}

// staff is a contact who stays, whoever goes.
func staff(t *testing.T, db *store.DB) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), `INSERT INTO contacts (id, name, language, time_zone, created_at, changed_at) VALUES ('contacts-staff', 'S', '', 'UTC', 1, 1)`)
	if err != nil {
		t.Fatal(err)
	}
}

// everyRow counts the rows of all tables.
func everyRow(t *testing.T, db *store.DB, tables []string) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	for _, table := range tables {
		n, err := db.NewSelect().Table(table).Count(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts[table] = int64(n)
	}
	return counts
}

type still struct{}

func (still) Forget(ctx context.Context, _ string, erase func(context.Context) error) error {
	return erase(ctx)
}

// newErasures is what erases from the records alone.
func newErasures(t *testing.T, db *store.DB, books []store.Holdings, places ...rights.Store) *rights.Erasures {
	t.Helper()
	return rights.New(rights.Config{
		DB: db, Books: books, Judge: still{}, Stores: places, Tombstones: &rights.Tombstones{}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
		Hindered: func(context.Context, string) error { return nil },
		Sources:  func(context.Context, string) ([]rights.Source, error) { return nil, nil },
		Erased:   func(context.Context, string) {},
	})
}

func booksOf(t *testing.T, db *store.DB) []store.Holdings {
	t.Helper()
	registry, err := devices.OpenRegistry(t.Context(), db, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return (&Service{Registry: registry}).holdings()
}

// What was said in a digest, or of a home, names several: nobody who is erased is named
// in it any more, by whatever name. What told of them alone goes, to whomever it went.
func TestWhatWasSaidOfSeveralIsErased(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		staff(t, db)
		fill(t, db, "li")
		fill(t, db, "wang")
		exec := func(statement string, args ...any) {
			t.Helper()
			if _, err := db.NewRaw(statement, args...).Exec(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		exec("UPDATE residents SET name = 'Li Hua' WHERE id = 'li'")
		exec(`UPDATE resident_versions SET body = '{"name":"Li_Xiao!"}' WHERE resident = 'li'`)
		exec("DELETE FROM delivery_attempts")
		exec("DELETE FROM link_uses")
		exec("DELETE FROM deliveries")
		tell := func(id, about, resident, contact, digest, said string) {
			t.Helper()
			exec(`INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, digest, status, queued_at, due_at, deadline_at, attempts, answer)
				VALUES (?, ?, ?, 1, 0, '', ?, ?, '', 3, FALSE, 0, '{}', 'ch', 'email', '', ?, ?, 'sent', 1, 1, 1, 1, ?)`,
				id, about, "of "+id, resident, contact, digest != "", nullable(digest), "taken: "+said)
			if digest == "" {
				exec("INSERT INTO delivery_attempts (delivery, n, at, outcome, answer, said) VALUES (?, 1, 1, 'accepted', ?, ?)", id, "taken: "+said, said)
			}
		}
		own, others := "contacts-li", "contacts-wang"
		tell("shared", "digest", "", others, "", "13:00 Fall: Li Hua\n13:01 Fall: Wang")
		tell("shared-li", "alert", "li", others, "shared", "")
		tell("shared-wang", "alert", "wang", others, "shared", "")
		exec("UPDATE deliveries SET answer = 'taken: 13:00 Fall: Li Hua' WHERE id = 'shared-wang'") // as that of the digest
		tell("her-own", "digest", "", own, "", "two things wait for you")                           // to herself
		tell("her-own-1", "alert", "li", own, "her-own", "")
		tell("her-own-2", "occurrence", "li", own, "her-own", "")
		tell("of-others", "digest", "", others, "", "13:00 Fall: Wang, Linus")
		tell("of-others-1", "alert", "wang", others, "of-others", "")
		tell("home", "alert", "", others, "", "Smoke: Li Hua, Wang")
		tell("before", "news", "", others, "", "Over: Smoke: Wang, Li_Xiao!")
		tell("home-of-others", "alert", "", others, "", "Smoke: Wang, Li Huang")
		tell("a-test", "test", "", own, "", "This is a test")
		tell("a-test-of-others", "test", "", others, "", "This is a test")

		erasures := newErasures(t, db, booksOf(t, db))
		if _, err := erasures.Ask(t.Context(), "li", "", "asked"); err != nil {
			t.Fatal(err)
		}
		if err := erasures.CarryOutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		var left []struct{ ID, Answer, Said string }
		err := db.NewRaw("SELECT d.id, d.answer, COALESCE(a.said, '') AS said FROM deliveries AS d LEFT JOIN delivery_attempts AS a ON a.delivery = d.id ORDER BY d.id").Scan(t.Context(), &left)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range left {
			got = append(got, d.ID+": "+d.Said)
			if mentions.New("Li Hua", "Li_Xiao!").In(d.Answer) {
				t.Errorf("the answer to %s is %q still", d.ID, d.Answer)
			}
		}
		want := []string{
			"a-test-of-others: This is a test", "before: ", "home: ", "home-of-others: Smoke: Wang, Li Huang",
			"of-others: 13:00 Fall: Wang, Linus", "of-others-1: ", "shared: ", "shared-wang: ",
		}
		if !slices.Equal(got, want) {
			t.Errorf("left are %q,\nwant %q", got, want)
		}
		var attempts []string
		if err := db.NewRaw("SELECT delivery FROM delivery_attempts WHERE delivery NOT IN (SELECT id FROM deliveries) OR answer LIKE '%Li Hua%' AND answer NOT LIKE '%Li Huang%'").Scan(t.Context(), &attempts); err != nil || len(attempts) > 0 {
			t.Errorf("attempts that are left of what is gone, or name her: %q, %v", attempts, err)
		}
	})
}

// nullable is NULL for "".
func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// Who adds a table with a column that names a resident, and does not say to whom its
// rows belong, learns it here.
func TestEveryTableThatNamesAResidentIsHeld(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		held := map[string]bool{}
		for _, book := range booksOf(t, db) {
			for _, h := range book.Tables {
				held[h.Table] = held[h.Table] || !h.Around
			}
		}
		columns, err := db.Columns(t.Context())
		if err != nil || len(columns) < 100 {
			t.Fatalf("%d columns, %v", len(columns), err)
		}
		for _, c := range columns {
			if c.NamesResident() && !held[c.Table] {
				t.Errorf("%s of %s names a resident, and nobody erases it: add the table to the Holdings of its package", c.Name, c.Table)
			}
		}
	})
}

func TestARecordIsErasedAndOthersStay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		staff(t, db)
		fill(t, db, "li")
		tables := fill(t, db, "wang")
		if err := audit.NewLog(db, nil).Append(t.Context(), audit.Entry{Actor: "users-li", Action: audit.Read, Resident: "li"}); err != nil {
			t.Fatal(err)
		}
		// Rules of everybody's leave some residents out, by their ids.
		for _, statement := range []string{
			`INSERT INTO engine_rules (id, rules, since) VALUES (1, '[{"residents": {"except": ["li", "li-2"]}}]', 1)`,
			`UPDATE rule_versions SET body = '{"residents": {"except": ["li"]}}' WHERE rule = 'rule_versions-wang'`,
			`UPDATE alerts SET rule_text = '{"residents": {"except": ["li"]}}' WHERE resident = 'wang'`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		before := everyRow(t, db, tables)
		books := booksOf(t, db)
		var unnamed []string // tables whose rows stay, without the name
		for _, book := range books {
			for _, h := range book.Tables {
				if h.Unnamed != nil {
					unnamed = append(unnamed, h.Table)
				}
			}
		}
		erasures := newErasures(t, db, books)
		one, err := erasures.Ask(t.Context(), "li", "u-1", "asked for it")
		if err != nil {
			t.Fatal(err)
		}
		if one, err = erasures.CarryOut(t.Context(), one.ID); err != nil || !one.Done() {
			t.Fatalf("%+v, %v", one, err)
		}
		var text string
		if err := db.NewSelect().Table("engine_rules").Column("rules").Scan(t.Context(), &text); err != nil || text != `[{"residents": {"except": ["erased-resident", "li-2"]}}]` {
			t.Errorf("rules are %s, %v", text, err)
		}
		columns, err := db.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range columns {
			if c.Table == "audit" || c.Table == "erasures" || c.Name == "merged_into" || !c.NamesResident() {
				continue
			}
			if n, err := db.CountNaming(t.Context(), c, "li"); err != nil || n != 0 {
				t.Errorf("%d rows of %s name li, %v", n, c.Table, err)
			}
			if n, err := db.CountNaming(t.Context(), c, "wang"); err != nil || n == 0 {
				t.Errorf("%d rows of %s name wang, %v", n, c.Table, err)
			}
		}
		proven := map[string]rights.Place{}
		for _, p := range one.Places {
			proven[p.What] = p
			if p.Before == 0 || p.After != 0 && p.Kept == "" {
				t.Errorf("proof %+v: every table had a row, and none has one", p)
			}
		}
		if p := proven["audit"]; p.After != 2 || p.Kept == "" {
			t.Errorf("of the audit the proof says %+v, want what was done and that it was asked for", p)
		}
		for table, n := range everyRow(t, db, tables) {
			_, was := proven[table]
			was = was && !slices.Contains(unnamed, table)
			if was && n != before[table]-1 || !was && n != before[table] {
				t.Errorf("%s has %d rows, had %d; in the proof: %t", table, n, before[table], was)
			}
		}
		if one.Hash != one.Sum() {
			t.Error("the hash is not that of the proof")
		}
		again, err := erasures.Get(t.Context(), one.ID)
		if err != nil || again.Sum() != one.Hash {
			t.Errorf("read again, the proof has the hash %s, %v, want %s", again.Sum(), err, one.Hash)
		}
		if _, err := audit.Verify(t.Context(), db); err != nil {
			t.Error(err)
		}
	})
}

// A name that somebody has written into JSON elsewhere is found, and said.
func TestWhatNobodyHoldsIsFound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		staff(t, db)
		fill(t, db, "li")
		for _, statement := range []string{
			`CREATE TABLE forgotten (id TEXT PRIMARY KEY, of_resident TEXT NOT NULL)`, `INSERT INTO forgotten VALUES ('f', 'li')`,
			`INSERT INTO reminder_holidays VALUES ('2026-01-01', 0, '{"who": ["li"]}')`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		erasures := newErasures(t, db, booksOf(t, db))
		one, err := erasures.Ask(t.Context(), "li", "", "asked for it")
		if err != nil {
			t.Fatal(err)
		}
		if one, err = erasures.CarryOut(t.Context(), one.ID); err != nil || one.Done() || !strings.Contains(one.Problem, "forgotten.of_resident") || !strings.Contains(one.Problem, "reminder_holidays.name") {
			t.Fatalf("%+v, %v, want one that says what is left", one, err)
		}
		if _, err := db.ExecContext(t.Context(), `DELETE FROM forgotten`); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `DELETE FROM reminder_holidays WHERE day = '2026-01-01'`); err != nil {
			t.Fatal(err)
		}
		if err := erasures.CarryOutAll(t.Context()); err != nil {
			t.Fatal(err)
		}
		if one, err = erasures.Get(t.Context(), one.ID); err != nil || !one.Done() || one.Problem != "" || one.Tries != 2 {
			t.Errorf("%+v, %v, want done at the second try", one, err)
		}
	})
}

// shaky is a store that fails, or in which the process dies, at the nth call.
type shaky struct {
	left  int64
	calls int
	dies  int
}

var errDied = errors.New("died")

func (s *shaky) step() error {
	if s.calls++; s.calls == s.dies {
		panic(errDied)
	}
	return nil
}

func (s *shaky) Name() string { return "shaky" }

func (s *shaky) Count(context.Context, string, []rights.Source) ([]rights.Count, error) {
	return []rights.Count{{What: "things", N: s.left}}, s.step()
}

func (s *shaky) Erase(context.Context, string, []rights.Source) error {
	if err := s.step(); err != nil {
		return err
	}
	s.left = 0
	return s.step()
}

// dying runs what may die, and reports whether it did.
func dying(do func()) (died bool) {
	defer func() {
		switch got := recover(); got {
		case nil:
		case errDied:
			died = true
		default:
			panic(got)
		}
	}()
	do()
	return false
}

// Wherever the process dies, the next one goes on, and the proof has what there was at
// first.
func TestAnErasureGoesOnAfterACrash(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		staff(t, db)
		books := booksOf(t, db)
		for dies := 1; ; dies++ {
			whose := fmt.Sprintf("li-%s", strings.Repeat("x", dies))
			fill(t, db, whose)
			place := &shaky{left: 5, dies: dies}
			one, err := newErasures(t, db, books, place).Ask(t.Context(), whose, "", "asked for it")
			if err != nil {
				t.Fatal(err)
			}
			// Before it has counted, before and after the place is empty, after the rows
			// are gone, and while they go.
			crashed := books
			if dies > 4 {
				crashed = append([]store.Holdings{{Also: func(context.Context, bun.Tx, string) error { panic(errDied) }}}, books...)
			}
			died := dying(func() { _, err = newErasures(t, db, crashed, place).CarryOut(t.Context(), one.ID) })
			place.dies = 0
			if err := newErasures(t, db, books, place).CarryOutAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			if one, err = newErasures(t, db, books, place).Get(t.Context(), one.ID); err != nil || !one.Done() || one.Sum() != one.Hash {
				t.Fatalf("died at %d: %+v, %v", dies, one, err)
			}
			for _, p := range one.Places {
				if p.Before <= 0 || p.After != 0 && p.Kept == "" {
					t.Errorf("died at %d: proof %+v", dies, p)
				}
			}
			if !died {
				t.Fatalf("nothing died at %d", dies)
			}
			if dies == 5 {
				return
			}
		}
	})
}

func TestAReasonWithANameIsRefused(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	staff(t, db)
	fill(t, db, "li")
	erasures := newErasures(t, db, booksOf(t, db))
	if _, err := db.ExecContext(t.Context(), `UPDATE residents SET name = 'Li Hua', called = '李华'`); err != nil {
		t.Fatal(err)
	}
	for _, reason := range []string{"", "  ", "li hua has asked", "asked by Li Hua", "问了李华了吗", strings.Repeat("x", 3000)} {
		if _, err := erasures.Ask(t.Context(), "li", "", reason); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("reason %.20q: %v", reason, err)
		}
	}
	if _, err := erasures.Ask(t.Context(), "nobody", "", "asked"); !errors.Is(err, store.ErrNotFound) {
		t.Error(err)
	}
	if _, err := erasures.Ask(t.Context(), "li", "", "asked by the family of li huang"); err != nil {
		t.Fatal(err)
	}
	if _, err := erasures.Ask(t.Context(), "li", "", "asked"); !errors.Is(err, store.ErrConflict) {
		t.Error(err)
	}
}
