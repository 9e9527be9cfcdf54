package storetest

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"

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

// Fill puts a database that is empty but for its schema into a folder, which makes
// its first opening fast.
func Fill(t testing.TB, dir string) {
	t.Helper()
	file, err := migrated()
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, recordsFile), file, 0o600)
	}
	if err != nil {
		t.Fatalf("prepare an SQLite database: %v", err)
	}
}
