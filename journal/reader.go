package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// Reader looks at a journal that another process may have open: at its counts
// and its shelf. It never appends.
type Reader struct {
	dir   string
	reads *sql.DB
	shelf shelf
}

// OpenReader opens the journal in dir. It fails with [os.ErrNotExist] when there
// is none.
func OpenReader(ctx context.Context, dir string) (*Reader, error) {
	if _, err := os.Stat(filepath.Join(dir, fileName)); err != nil {
		return nil, fmt.Errorf("look at the journal: %w", err)
	}
	reads, err := connect(dir, reading, 1)
	if err != nil {
		return nil, err
	}
	version, err := versionOf(ctx, reads)
	if err == nil && version == 0 {
		err = errors.New("nothing was ever written to it")
	}
	if err != nil {
		return nil, errors.Join(explain(dir, "look at", err), reads.Close())
	}
	return &Reader{dir: dir, reads: reads, shelf: shelf{reads}}, nil
}

// Counts returns the counts as of the last commit.
func (r *Reader) Counts(ctx context.Context) (Counts, error) {
	s, err := readState(ctx, r.reads)
	if err != nil {
		return Counts{}, explain(r.dir, "read the counts", err)
	}
	return s.counts, nil
}

// Shelf lists messages on the shelf, see [Log].
func (r *Reader) Shelf(ctx context.Context, reason Reason, codec, device string, after uint64, max int) ([]Shelved, error) {
	messages, err := r.shelf.messages(ctx, reason, codec, device, after, max)
	if err != nil {
		return nil, explain(r.dir, "list messages "+string(reason), err)
	}
	return messages, nil
}

// Summaries lists the devices that have messages held, see [Log].
func (r *Reader) Summaries(ctx context.Context, max int) ([]Summary, error) {
	summaries, err := r.shelf.summaries(ctx, max)
	if err != nil {
		return nil, explain(r.dir, "list devices with messages held", err)
	}
	return summaries, nil
}

// RequestReplay asks the process that has the journal open to try messages
// again, see [File.Requested]. It returns how many of them are on the shelf.
func (r *Reader) RequestReplay(ctx context.Context, ids []uint64) (found int, err error) {
	err = r.write(ctx, func(s *session) (err error) {
		found, err = requestReplay(ids, func(some []uint64) (n int, err error) {
			err = s.transact(ctx, func() error {
				n, err = s.request(ctx, some)
				return err
			})
			return n, err
		})
		return err
	})
	if err != nil {
		return found, explain(r.dir, "request a replay", err)
	}
	return found, nil
}

// Drop throws quarantined messages away, see [File.Drop].
func (r *Reader) Drop(ctx context.Context, ids ...uint64) error {
	err := r.write(ctx, func(s *session) error {
		return s.transact(ctx, func() error { return s.drop(ctx, ids) })
	})
	if err != nil {
		return explain(r.dir, "drop quarantined messages", err)
	}
	return nil
}

// write opens the file for writing as long as do takes.
//
// The process that appends has the file locked most of the time when it is
// busy. SQLite's own way of waiting looks ever more rarely, and may miss each
// moment between two commits; so this one looks every few milliseconds.
func (r *Reader) write(ctx context.Context, do func(*session) error) error {
	s, err := openSession(ctx, r.dir, durable)
	if err != nil {
		return err
	}
	if _, err := s.conn.ExecContext(ctx, "PRAGMA busy_timeout = 5"); err != nil {
		return errors.Join(err, s.close())
	}
	for end := time.Now().Add(busyFor); ; {
		err := do(s)
		if !isBusy(err) || time.Now().After(end) {
			return errors.Join(err, s.close())
		}
	}
}

func isBusy(err error) bool {
	var failed *sqlite.Error
	return errors.As(err, &failed) && failed.Code()&0xff == lib.SQLITE_BUSY
}

// Close lets go of the file.
func (r *Reader) Close() error { return r.reads.Close() }
