package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver
)

const (
	fileName = "records.db"

	// busyFor is how long a write waits for another process's.
	busyFor = 10 * time.Second

	// sqliteConns is how many read side by side.
	sqliteConns = 8
)

func openSQLite(cfg Config) (*DB, error) {
	path, err := createFile(cfg.Dir)
	if err != nil {
		return nil, err
	}
	query := url.Values{
		"mode": {"rw"},
		// A transaction that writes takes its lock when it begins: one that began by
		// reading could not wait for the lock later.
		"_txlock":       {"immediate"},
		"_busy_timeout": {strconv.FormatInt(busyFor.Milliseconds(), 10)},
		"_pragma": {
			"journal_mode(WAL)",
			"synchronous(FULL)", // a commit is on the disk
			"foreign_keys(1)",
		},
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // of a Windows drive
	}
	conns, err := sql.Open("sqlite", "file:"+(&url.URL{Path: slashed}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	conns.SetMaxOpenConns(sqliteConns)
	conns.SetMaxIdleConns(sqliteConns)
	return &DB{
		DB:       bun.NewDB(conns, sqlitedialect.New(), bun.WithDiscardUnknownColumns()),
		turn:     make(chan struct{}, 1),
		snapshot: sql.LevelDefault,
	}, nil
}

// createFile makes an empty file where there is none. It holds health data, so
// nobody else may read it; what SQLite puts beside it gets the same permissions.
func createFile(dir string) (path string, err error) {
	if path, err = filepath.Abs(filepath.Join(dir, fileName)); err != nil {
		return "", fmt.Errorf("find %s: %w", fileName, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("make the folder: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return path, nil
	}
	if err != nil {
		return "", fmt.Errorf("make the file: %w", err)
	}
	return path, file.Close()
}
