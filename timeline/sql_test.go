package timeline_test

import (
	"bytes"
	"database/sql"
	"encoding/binary"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/timelinetest"
)

// openSQL opens a store in the test's own folder.
func openSQL(tb testing.TB) timelinetest.Open {
	dir := tb.TempDir()
	return func(t testing.TB, name string) timeline.Store {
		s, err := timeline.OpenSQL(t.Context(), filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
}

func TestSQL(t *testing.T) { timelinetest.Run(t, openSQL(t)) }

func BenchmarkSQL(b *testing.B) { timelinetest.Bench(b, openSQL(b)) }

// sideDoor opens the file itself.
func sideDoor(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "timeline.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// TestSQLWholeOrNothing has the last statement of an append fail.
func TestSQLWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	s, err := timeline.OpenSQL(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	must(t, s.Append(t.Context(), minutes(3, start()), 1))
	db := sideDoor(t, dir)
	if _, err := db.Exec(`CREATE TRIGGER refuse BEFORE INSERT ON cursors BEGIN SELECT RAISE(ABORT, 'refused'); END`); err != nil {
		t.Fatal(err)
	}
	more := minutes(5, start())
	more[4].Device, more[4].Residents = "new", []string{"new", "r1"}
	if err := s.Append(t.Context(), more, 2); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Fatalf("append: %v", err)
	}
	if cursor, err := s.Cursor(t.Context()); err != nil || cursor != 1 || raw(t, s) != 3 {
		t.Fatalf("cursor %d, %v, with %d readings, want 1 with 3", cursor, err, raw(t, s))
	}
	if _, err := db.Exec(`DROP TRIGGER refuse`); err != nil {
		t.Fatal(err)
	}
	must(t, s.Append(t.Context(), more, 2))
	latest, err := s.Latest(t.Context(), start())
	if err != nil || raw(t, s) != 5 || len(latest) != 2 {
		t.Fatalf("%d readings, latest %v, %v", raw(t, s), latest, err)
	}
}

// TestSQLErasesFromTheFile looks for what was erased in the files themselves.
func TestSQLErasesFromTheFile(t *testing.T) {
	dir := t.TempDir()
	s, err := timeline.OpenSQL(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	const resident = "resident-01JD5Z9KQ4X3T7"
	reports := minutes(500, start())
	for i := range reports {
		reports[i].Residents = []string{resident}
		reports[i].Samples[0].Values[0].Number = 12345.678
	}
	must(t, s.Append(t.Context(), reports, 1))
	number := binary.BigEndian.AppendUint64(nil, math.Float64bits(12345.678))
	found := func() (files []string) {
		for _, name := range []string{"timeline.db", "timeline.db-wal"} {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(content, []byte(resident)) || bytes.Contains(content, number) {
				files = append(files, name)
			}
		}
		return files
	}
	if len(found()) == 0 {
		t.Fatal("the readings are not where they are looked for")
	}
	must(t, s.DeleteResident(t.Context(), resident))
	if files := found(); len(files) > 0 {
		t.Errorf("erased, and still in %v", files)
	}

	// Somebody who still reads keeps the log; the next write after that empties it.
	must(t, s.Append(t.Context(), reports, 2))
	reader, err := sideDoor(t, dir).Begin()
	must(t, err)
	var n int
	must(t, reader.QueryRow(`SELECT count(*) FROM readings`).Scan(&n))
	must(t, s.DeleteResident(t.Context(), resident))
	if len(found()) == 0 {
		t.Error("the reader kept nothing: this tests nothing")
	}
	must(t, s.Append(t.Context(), minutes(1, start()), 3))
	must(t, reader.Rollback())
	must(t, s.Append(t.Context(), minutes(2, start()), 4))
	if files := found(); len(files) > 0 {
		t.Errorf("erased while somebody read, and still in %v", files)
	}
}

func TestSQLFileIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data", "care")
	s, err := timeline.OpenSQL(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	must(t, s.Append(t.Context(), minutes(3, start()), 1))
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) == 0 {
		t.Fatal(entries, err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
}

func TestOpenSQLRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "timeline.db"), []byte("not a database, though long enough to be looked at"), 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "timeline.db")
	for _, where := range []string{dir, file} {
		if s, err := timeline.OpenSQL(t.Context(), where); err == nil {
			_ = s.Close()
			t.Errorf("%s was opened", where)
		}
	}
}
