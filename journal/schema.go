package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver
)

const (
	fileName = "journal.db"

	// schemaVersion is kept in the file's user_version.
	schemaVersion = 1

	// pageBytes is SQLite's own choice. Measured: pages of 8 to 32 KB do not make
	// large groups cheaper, and make the shelf's indices dearer.
	pageBytes = 4096

	// walBytes is how far the write-ahead log grows before it is moved into
	// the database file, see [mover].
	walBytes = 8 << 20
	walPages = walBytes / pageBytes
	// mostWALPages is how far it grows before a commit moves it: the mover cannot, or
	// more comes than it can move.
	mostWALPages = 4 * walPages

	// busyFor is how long a write waits for another process's short one.
	busyFor = 10 * time.Second
)

// schema is what a new file holds.
//
// The payloads stand apart, so that changing or walking the shelf does not
// touch them. What is told about many messages at once (sources, shelves) is
// kept by triggers, so that it is right whoever takes messages away.
const schema = `
CREATE TABLE state (
	one          INTEGER PRIMARY KEY CHECK (one = 1),
	commits      INTEGER NOT NULL, -- grows with every change of this row
	last         INTEGER NOT NULL, -- the newest entry's Seq
	shelved      INTEGER NOT NULL, -- the newest id given on the shelf
	received     INTEGER NOT NULL,
	stored       INTEGER NOT NULL,
	duplicate    INTEGER NOT NULL,
	quarantined  INTEGER NOT NULL,
	held         INTEGER NOT NULL,
	readings     INTEGER NOT NULL,
	duplicate_readings INTEGER NOT NULL,
	expired      INTEGER NOT NULL
) STRICT;
INSERT INTO state VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

CREATE TABLE runs ( -- of entries, one or more for each group
	last     INTEGER PRIMARY KEY, -- Seq of the newest entry
	count    INTEGER NOT NULL,
	appended INTEGER NOT NULL,    -- Unix milliseconds
	body     BLOB NOT NULL        -- see run.go
) STRICT;

CREATE TABLE readers (
	name   TEXT PRIMARY KEY,
	passed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shelves (
	reason   TEXT PRIMARY KEY,
	messages INTEGER NOT NULL,
	bytes    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO shelves VALUES ('quarantined', 0, 0), ('held', 0, 0);

CREATE TABLE sources ( -- of what is on the shelf now
	id       INTEGER PRIMARY KEY,
	reason   TEXT NOT NULL REFERENCES shelves (reason),
	codec    TEXT NOT NULL,
	device   TEXT NOT NULL,
	messages INTEGER NOT NULL DEFAULT 0,
	bytes    INTEGER NOT NULL DEFAULT 0,
	newest   INTEGER NOT NULL DEFAULT 0, -- id on the shelf
	UNIQUE (codec, device, reason)
) STRICT;
CREATE INDEX sources_by_newest ON sources (reason, newest);
-- A limit for each device leaves its newest message alone, so that a flood of
-- devices with one message each stays out of these two.
CREATE INDEX sources_by_messages ON sources (messages) WHERE messages > 1;
CREATE INDEX sources_by_bytes ON sources (bytes) WHERE messages > 1;

CREATE TABLE shelf (
	id        INTEGER PRIMARY KEY, -- never given twice
	source    INTEGER NOT NULL REFERENCES sources (id),
	reason    TEXT NOT NULL,
	topic     TEXT NOT NULL,
	retained  INTEGER NOT NULL,
	received  INTEGER NOT NULL, -- Unix milliseconds
	error     TEXT NOT NULL,
	bytes     INTEGER NOT NULL, -- of topic and payload
	requested INTEGER NOT NULL DEFAULT 0 -- 1 when it is to be tried again
) STRICT;
CREATE INDEX shelf_by_reason ON shelf (reason, id);
CREATE INDEX shelf_by_source ON shelf (source, id);
CREATE INDEX shelf_by_received ON shelf (reason, received);
CREATE INDEX shelf_requested ON shelf (id) WHERE requested = 1;

CREATE TABLE payloads (
	id      INTEGER PRIMARY KEY REFERENCES shelf (id),
	payload BLOB
) STRICT;

CREATE TRIGGER shelf_in AFTER INSERT ON shelf BEGIN
	UPDATE sources SET messages = messages + 1, bytes = bytes + new.bytes, newest = new.id WHERE id = new.source;
	UPDATE shelves SET messages = messages + 1, bytes = bytes + new.bytes WHERE reason = new.reason;
END;
CREATE TRIGGER shelf_out AFTER DELETE ON shelf BEGIN
	DELETE FROM payloads WHERE id = old.id;
	UPDATE shelves SET messages = messages - 1, bytes = bytes - old.bytes WHERE reason = old.reason;
	DELETE FROM sources WHERE id = old.source AND messages = 1;
	UPDATE sources SET messages = messages - 1, bytes = bytes - old.bytes,
		newest = (SELECT max(id) FROM shelf WHERE source = old.source)
	WHERE id = old.source;
END;
`

// access is what a connection may do and how sure its commits are.
type access int

const (
	// durable commits are on disk.
	durable access = iota
	// lazy commits survive the end of the process at once, a power cut only
	// together with the next durable one.
	lazy
	// reading changes nothing.
	reading
)

// connect opens the file in dir, without creating it. The connections of one
// access share what is returned, at most conns of them.
func connect(dir string, a access, conns int) (*sql.DB, error) {
	path, err := filepath.Abs(filepath.Join(dir, fileName))
	if err != nil {
		return nil, fmt.Errorf("find journal in %s: %w", dir, err)
	}
	pragmas := []string{
		"page_size(" + strconv.Itoa(pageBytes) + ")",
		"journal_mode(WAL)",
		"wal_autocheckpoint(" + strconv.Itoa(mostWALPages) + ")",
		// What a long reader or a large group made of the write-ahead log is given back.
		"journal_size_limit(" + strconv.Itoa(8*walBytes) + ")",
	}
	switch a {
	case durable:
		pragmas = append(pragmas, "synchronous(FULL)")
	case lazy:
		pragmas = append(pragmas, "synchronous(NORMAL)")
	case reading:
		pragmas = []string{"query_only(1)"}
	}
	query := url.Values{
		"mode":          {"rw"},
		"_pragma":       pragmas,
		"_busy_timeout": {strconv.FormatInt(busyFor.Milliseconds(), 10)},
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("open the journal's file: %w", err)
	}
	if info.Size() == 0 {
		query.Set("_auto_vacuum", "incremental") // before the first write or never
	}
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed // of a Windows drive
	}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: slashed}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// create makes an empty file for the journal where there is none. It holds
// health data, so nobody else may read it; what SQLite puts beside it gets the
// same permissions.
func create(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the journal's directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, fileName), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("make the journal's file: %w", err)
	}
	return file.Close()
}

// layOut makes the tables in a new file, and refuses a file of a later version.
func layOut(ctx context.Context, s *session) error {
	return s.transact(ctx, func() error {
		version, err := versionOf(ctx, s.conn)
		if err != nil || version == schemaVersion {
			return err
		}
		_, err = s.conn.ExecContext(ctx, schema+"PRAGMA user_version = "+strconv.Itoa(schemaVersion))
		return err
	})
}

// queryer is what *sql.DB and *sql.Conn have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// versionOf returns the file's schema version: schemaVersion, or 0 for an empty file.
func versionOf(ctx context.Context, q queryer) (int, error) {
	var version int
	if err := q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, fmt.Errorf("read the file's version: %w", err)
	}
	if version > schemaVersion {
		return 0, fmt.Errorf("the file has version %d, this program knows up to %d: it was written by a later one", version, schemaVersion)
	}
	return version, nil
}
