package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/anxin-care/anxin/store"
)

// recordsFile is what store calls its SQLite file.
const recordsFile = "records.db"

// migrated is an SQLite file that has all migrations, made once by a test process:
// they take longer than most tests do with the database.
var migrated = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "anxin-sqlite-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(context.Background(), store.Config{Dir: dir})
	if err != nil {
		return nil, err
	}
	if err := db.Close(); err != nil { // which moves its log into the file
		return nil, err
	}
	return os.ReadFile(filepath.Join(dir, recordsFile))
})

// fill puts a database that is empty but for its schema into a folder, which makes
// its first opening fast.
func fill(t testing.TB, dir string) {
	t.Helper()
	file, err := migrated()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, recordsFile), file, 0o600)
	}
	if err != nil {
		t.Fatalf("prepare an SQLite database: %v", err)
	}
}

// template is the schema that the dump is of: a name to be replaced.
const template = "anxin_template_"

// script is what makes a schema that has all migrations: all statements at once take a
// third of the time that the migrations take. "" where there is no program that tells it.
var script = sync.OnceValues(func() (string, error) {
	bin, err := findPostgres()
	if err != nil {
		return "", nil
	}
	// What is in the path may be a link to one program of the folder.
	initdb, err := filepath.EvalSymlinks(filepath.Join(bin, "initdb"))
	if err != nil {
		return "", err
	}
	server, err := postgresURL()
	if err != nil {
		return "", err
	}
	// Other test processes may be at the same server.
	name := template + strings.ToLower(rand.Text()[:16])
	ctx := context.Background()
	if err := makeSchema(ctx, server, name); err != nil {
		return "", err
	}
	defer dropSchema(ctx, server, name)
	at, err := inSchema(server, name)
	if err != nil {
		return "", err
	}
	db, err := store.Open(ctx, store.Config{URL: at})
	if err != nil {
		return "", err
	}
	if err := db.Close(); err != nil {
		return "", err
	}
	dump := exec.Command(filepath.Join(filepath.Dir(initdb), "pg_dump"), "--schema="+name, "--inserts", "--no-owner", "--no-privileges", "--dbname="+server)
	text, err := dump.Output()
	if err != nil {
		return "", fmt.Errorf("write the template down: %w", err)
	}
	return strings.ReplaceAll(settled(string(text)), name, template), nil
})

// settled is what a dump does, without what is for psql and for its own session.
func settled(dump string) string {
	var lines []string
	for line := range strings.Lines(dump) {
		switch {
		case strings.HasPrefix(line, `\`), strings.HasPrefix(line, "SET "), strings.HasPrefix(line, "SELECT pg_catalog.set_config"), strings.HasPrefix(line, "CREATE SCHEMA"):
		default:
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func makeSchema(ctx context.Context, server, schema string) error {
	return administer(ctx, server, "CREATE SCHEMA "+schema)
}

func dropSchema(ctx context.Context, server, schema string) error {
	return administer(ctx, server, "DROP SCHEMA "+schema+" CASCADE")
}

func administer(ctx context.Context, server, statement string) error {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		return err
	}
	defer admin.Close()
	_, err = admin.ExecContext(ctx, statement)
	return err
}

// inSchema is the URL of a schema of a server.
func inSchema(server, schema string) (string, error) {
	at, err := url.Parse(server)
	if err != nil {
		return "", fmt.Errorf("the URL of the server: %w", err)
	}
	query := at.Query()
	query.Set("search_path", schema)
	at.RawQuery = query.Encode()
	return at.String(), nil
}

// prepared is a PostgreSQL schema that has all migrations, dropped with the test.
func prepared(t testing.TB) store.Config {
	t.Helper()
	cfg := Postgres(t)
	text, err := script()
	if err != nil {
		t.Fatalf("prepare a PostgreSQL schema: %v\napt-get install postgresql, or set %s", err, PostgresVariable)
	}
	if text == "" {
		return cfg
	}
	at, err := url.Parse(cfg.URL)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), cfg.URL)
	if err != nil {
		t.Fatalf("open the PostgreSQL for tests: %v", err)
	}
	defer conn.Close(t.Context())
	// By the simple protocol, which takes many statements at once.
	if _, err := conn.PgConn().Exec(t.Context(), strings.ReplaceAll(text, template, at.Query().Get("search_path"))).ReadAll(); err != nil {
		t.Fatalf("fill a PostgreSQL schema: %v", err)
	}
	return cfg
}
