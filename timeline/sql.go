package timeline

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// SQL is the [Store] in an SQL database: the file timeline.db, embedded.
//
// Commits are not each synced to disk (synchronous NORMAL), only checkpoints
// are, at least one a minute while anything is written. That loses nothing: after
// the end of the process every commit is there; after a power cut the last ones
// may be gone, whole and from the end, and the cursor, which is in the same
// transaction as the readings, has gone back with them. The journal, which is
// synced, is then read again from there. It must therefore keep for some
// minutes what its readers have passed.
type SQL struct {
	dialect dialect
	reads   *sql.DB

	turn    turn // of the one who writes
	writes  *sql.DB
	insert  *sql.Stmt // of insertRows readings
	ids     dictionary
	rows    []row // reused
	args    []any // reused
	checked time.Time
	erased  bool // something was erased that the log still holds
}

var _ Store = (*SQL)(nil)

const (
	fileName = "timeline.db"
	// insertRows is how many readings go in by one statement: measured, more is
	// no faster.
	insertRows = 64
	// checkpointEvery bounds what a power cut can take back.
	checkpointEvery = time.Minute
	// walBytes is how long the log grows before it is moved: what else waits for the
	// disk waits for all of it to be synced.
	walBytes   = 16 << 20
	pageBytes  = 4096
	cacheBytes = 64 << 20
	readConns  = 4
	busyFor    = 10 * time.Second
)

// OpenSQL opens the timeline in dir, and makes both where there are none.
func OpenSQL(ctx context.Context, dir string) (*SQL, error) {
	// A log that a killed process left may hold what that one had erased.
	s := &SQL{dialect: sqlite3(), turn: newTurn(), checked: time.Now(), erased: true}
	if err := s.open(ctx, dir); err != nil {
		return nil, errors.Join(fmt.Errorf("open timeline in %s: %w", dir, unavailable(err)), s.Close())
	}
	return s, nil
}

func (s *SQL) open(ctx context.Context, dir string) (err error) {
	path, err := createFile(dir)
	if err != nil {
		return err
	}
	s.writes, err = connect(path, 1, "journal_mode(WAL)", "synchronous(NORMAL)",
		"wal_autocheckpoint("+strconv.Itoa(walBytes/pageBytes)+")",
		"journal_size_limit("+strconv.Itoa(8*walBytes)+")",
		"cache_size(-"+strconv.Itoa(cacheBytes>>10)+")",
		"secure_delete(1)") // what is erased is gone from the file, too
	if err != nil {
		return err
	}
	for _, statement := range s.dialect.schema() {
		if _, err := s.writes.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("make tables: %w", err)
		}
	}
	if s.reads, err = connect(path, readConns, "query_only(1)"); err != nil {
		return err
	}
	s.insert, err = s.writes.PrepareContext(ctx, s.insertStatement(insertRows))
	if err != nil {
		return err
	}
	s.ids, err = loadDictionary(ctx, s.writes)
	return err
}

// createFile makes an empty file where there is none. It holds health data, so
// nobody else may read it; what SQLite puts beside it gets the same permissions.
func createFile(dir string) (path string, err error) {
	if path, err = filepath.Abs(filepath.Join(dir, fileName)); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	return path, file.Close()
}

func connect(path string, conns int, pragmas ...string) (*sql.DB, error) {
	slashed := filepath.ToSlash(path)
	if slashed[0] != '/' {
		slashed = "/" + slashed // of a Windows drive
	}
	query := url.Values{
		"mode":          {"rw"},
		"_pragma":       pragmas,
		"_busy_timeout": {strconv.FormatInt(busyFor.Milliseconds(), 10)},
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: slashed}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// Cursor implements [Store].
func (s *SQL) Cursor(ctx context.Context) (uint64, error) {
	var seq int64
	err := s.reads.QueryRowContext(ctx, `SELECT seq FROM cursors WHERE name = 'journal'`).Scan(&seq)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, fmt.Errorf("read the timeline's cursor: %w", unavailable(err))
	}
	return uint64(seq), nil
}

// write runs f in a transaction of its own.
func (s *SQL) write(ctx context.Context, f func(tx *sql.Tx) error) error {
	if err := s.turn.take(ctx); err != nil {
		return err
	}
	defer s.turn.release()
	tx, err := s.writes.BeginTx(ctx, nil)
	if err != nil {
		return unavailable(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback() // err tells more
		s.ids.forget()
		return unavailable(err)
	}
	if err := tx.Commit(); err != nil {
		s.ids.forget()
		return unavailable(err)
	}
	s.ids.keep()
	return s.checkpoint(ctx)
}

// checkpoint syncs, once a while. That readers keep it from reaching the end of
// the log is no harm: what it reaches is synced first. After something was
// erased it is tried at each write, until nobody reads what the log holds and
// it can be emptied.
func (s *SQL) checkpoint(ctx context.Context) error {
	if !s.erased && time.Since(s.checked) < checkpointEvery {
		return nil
	}
	s.checked = time.Now()
	var busy, size, moved int
	err := s.writes.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &size, &moved)
	if err == nil && s.erased && moved == size {
		// This one waits for readers, of whom none is at anything old.
		err = s.writes.QueryRowContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &size, &moved)
		s.erased = err != nil || busy != 0
	}
	return unavailable(err)
}

// unavailable marks errors that say more about the disk or a lock than about
// what was asked.
func unavailable(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() & 0xff { // the primary code
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED, lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN, lib.SQLITE_NOMEM:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}

// Close closes the file. Nothing may use the store meanwhile or later.
func (s *SQL) Close() error {
	var errs []error
	if s.insert != nil {
		errs = append(errs, s.insert.Close())
	}
	for _, db := range []*sql.DB{s.reads, s.writes} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
