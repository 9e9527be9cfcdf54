package store_test

import (
	"database/sql"
	"os"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// before makes a database as it was up to a migration.
func before(t *testing.T, cfg store.Config, version int64) *sql.DB {
	t.Helper()
	driver, source, dialect := "sqlite", "file:"+cfg.Dir+"/records.db?_pragma=foreign_keys(1)", goose.DialectSQLite3
	if cfg.URL != "" {
		driver, source, dialect = "pgx", cfg.URL, goose.DialectPostgres
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	steps, err := goose.NewProvider(dialect, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err == nil {
		_, err = steps.UpTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// What people have in their databases stays when the schema is brought up to date; the
// tables of deliveries, which are made anew, still belong together.
func TestWhatThereIsStaysWhenTheSchemaChanges(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		old := before(t, cfg, 22)
		for _, statement := range []string{
			`INSERT INTO homes (id, name, time_zone, created_at) VALUES ('h', 'House 5', 'Asia/Shanghai', 1)`,
			`INSERT INTO residents (id, name, sex, home, room, time_zone, language, created_at) VALUES ('r', 'Li', 'female', 'h', '', 'UTC', '', 1)`,
			`INSERT INTO contacts (id, name, language, time_zone, created_at, changed_at) VALUES ('c', 'Hong', '', 'UTC', 1, 1)`,
			`INSERT INTO deliveries (id, about, subject, step, again, says, resident, contact, relation, severity, loud, repeat_ms, detail, channel, kind, lane, gathered, status, queued_at, due_at, deadline_at, attempts, answer)
				VALUES ('d', 'alert', 'a', 1, 0, 'call', 'r', 'c', 'family', 3, TRUE, 0, '{}', 'ch', 'email', 'x', FALSE, 'sent', 1, 2, 3, 1, 'ok')`,
			`INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES ('d', 1, 5, 'accepted', 'ok')`,
		} {
			if _, err := old.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(statement, err)
			}
		}
		db := storetest.Open(t, cfg)
		var name, home, answer, said string
		err := db.NewRaw(`SELECT r.name, h.phone, d.answer, a.said FROM residents r JOIN homes h ON h.id = r.home JOIN deliveries d ON d.resident = r.id JOIN delivery_attempts a ON a.delivery = d.id
			WHERE d.about = 'alert' AND a.at = 5 AND r.merged_into IS NULL AND r.keys_due`).Scan(t.Context(), &name, &home, &answer, &said)
		if err != nil || name != "Li" || answer != "ok" || home != "" || said != "" {
			t.Errorf("%q, %q, %q, %q, %v", name, home, answer, said, err)
		}
		if _, err := db.ExecContext(t.Context(), `UPDATE deliveries SET about = 'question'`); err != nil {
			t.Error(err)
		}
		for _, statement := range []string{
			`INSERT INTO delivery_attempts (delivery, n, at, outcome, answer) VALUES ('d-2', 1, 5, '', '')`, // of no delivery
			`UPDATE deliveries SET about = 'nothing'`,
		} {
			if _, err := db.ExecContext(t.Context(), statement); err == nil {
				t.Errorf("it took %s", statement)
			}
		}
	})
}
