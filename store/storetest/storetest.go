// Package storetest gives tests a records database of their own, on each of the
// databases that [store] supports.
//
// PostgreSQL comes from ANXIN_TEST_POSTGRES_URL when that is set: the user
// there must be allowed to make schemas. Otherwise a server is started from
// Debian's postgresql package, one for the test process; it ends with it.
//
// With ANXIN_TEST_POSTGRES_URL set, what would be tested on SQLite alone ([New], [In])
// is tested on PostgreSQL, and so the whole suite is.
package storetest

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver

	"github.com/anxin-care/anxin/store"
)

// PostgresVariable is the environment variable that names another PostgreSQL.
const PostgresVariable = "ANXIN_TEST_POSTGRES_URL"

// Each runs the test once for each database, on one that is empty.
func Each(t *testing.T, test func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, Open(t, SQLite(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, Open(t, prepared(t))) })
}

// EachConfig is [Each] for tests that open the database themselves, perhaps
// more than once: it has no schema yet.
func EachConfig(t *testing.T, test func(t *testing.T, cfg store.Config)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, store.Config{Dir: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { test(t, Postgres(t)) })
}

// Open opens a database and closes it with the test.
func Open(t testing.TB, cfg store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close the database: %v", err)
		}
	})
	return db
}

// New is a database that is empty but for its schema, for tests to which it does not
// matter which one it is.
func New(t testing.TB) store.Config {
	t.Helper()
	return In(t, t.TempDir())
}

// In is [New] for tests of what keeps more than its records in the data folder dir.
func In(t testing.TB, dir string) store.Config {
	t.Helper()
	if os.Getenv(PostgresVariable) != "" {
		cfg := prepared(t)
		cfg.Dir = dir
		return cfg
	}
	fill(t, dir)
	return store.Config{Dir: dir}
}

// SQLite is a new folder with a file that is empty but for its schema.
func SQLite(t testing.TB) store.Config {
	t.Helper()
	dir := t.TempDir()
	fill(t, dir)
	return store.Config{Dir: dir}
}

// postgresURL is where the server of this test process is.
var postgresURL = sync.OnceValues(func() (string, error) {
	if set := os.Getenv(PostgresVariable); set != "" {
		return set, nil
	}
	return startPostgres()
})

// Postgres is a new schema in the PostgreSQL for tests, with nothing in it. It is
// dropped with the test.
func Postgres(t testing.TB) store.Config {
	t.Helper()
	server, err := postgresURL()
	if err != nil {
		t.Fatalf("no PostgreSQL to test on: %v\napt-get install postgresql, or set %s", err, PostgresVariable)
	}
	schema := "anxin_test_" + strings.ToLower(rand.Text()[:16])
	if err := makeSchema(context.Background(), server, schema); err != nil {
		t.Fatalf("make a schema for the test: %v", err)
	}
	t.Cleanup(func() {
		if err := dropSchema(context.Background(), server, schema); err != nil {
			t.Errorf("drop the test's schema: %v", err)
		}
	})
	at, err := inSchema(server, schema)
	if err != nil {
		t.Fatalf("%s: %v", PostgresVariable, err)
	}
	return store.Config{URL: at}
}
