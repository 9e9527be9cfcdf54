package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"
)

// File is the embedded [Log]: one SQLite file, journal.db, in a directory.
//
// One process at a time appends; others may look at its shelf with
// [OpenReader] meanwhile. Append is called by one goroutine at a time, all else
// by any.
type File struct {
	dir     string
	durable *session // appends
	lazy    *session // everything that may be lost in a power cut
	reads   *sql.DB
	mover   *mover
	shelf   shelf
	reserve uint64
	// turn is held, by a value in it, by who writes: the two sessions above take
	// turns here, first come first served, rather than at SQLite's lock.
	turn chan struct{}

	mu      sync.Mutex
	state   state
	recent  recent
	trimmed uint64        // up to this Seq nothing is held any more
	grown   chan struct{} // closed when the log grows or closes; nil when nobody waits
	readers map[string]position
	saved   time.Time // when positions were last written
	handed  map[uint64]struct{}
	closed  bool
}

var _ Log = (*File)(nil)

// state is the row of that name, as of the last commit.
type state struct {
	commits int64
	last    uint64
	shelved uint64
	counts  Counts
}

// Option is a choice for [Open].
type Option func(*File)

// WithReaders names readers that are to come: nothing is trimmed until each of
// them has passed it, though it may never have run yet.
func WithReaders(names ...string) Option {
	return func(f *File) {
		for _, name := range names {
			f.readers[name] = position{}
		}
	}
}

// readConns is how many readers can wait for the disk side by side.
const readConns = 4

// Open opens the journal in dir, and makes both where there are none.
func Open(ctx context.Context, dir string, options ...Option) (*File, error) {
	f := &File{
		dir: dir, reserve: reserve, turn: make(chan struct{}, 1), recent: recent{limit: recentBytes},
		readers: map[string]position{}, handed: map[uint64]struct{}{},
	}
	for _, option := range options {
		option(f)
	}
	if err := f.open(ctx); err != nil {
		return nil, errors.Join(f.explain("open", err), f.disconnect())
	}
	return f, nil
}

func (f *File) open(ctx context.Context) (err error) {
	if err := create(f.dir); err != nil {
		return err
	}
	if f.durable, err = openSession(ctx, f.dir, durable); err != nil {
		return err
	}
	if err := layOut(ctx, f.durable); err != nil {
		return err
	}
	if f.lazy, err = openSession(ctx, f.dir, lazy); err != nil {
		return err
	}
	if f.reads, err = connect(f.dir, reading, readConns); err != nil {
		return err
	}
	f.shelf = shelf{f.reads}
	if f.state, err = readState(ctx, f.reads); err != nil {
		return err
	}
	if err := f.checkEnds(ctx); err != nil {
		return err
	}
	if err := f.loadReaders(ctx); err != nil {
		return err
	}
	f.mover, err = startMover(ctx, f)
	return err
}

// readState reads the row.
func readState(ctx context.Context, q queryer) (s state, err error) {
	err = q.QueryRowContext(ctx, `SELECT commits, last, shelved, received, stored, duplicate, quarantined, held,
		readings, duplicate_readings, expired FROM state`).Scan(&s.commits, &s.last, &s.shelved,
		&s.counts.Received, &s.counts.Stored, &s.counts.Duplicate, &s.counts.Quarantined, &s.counts.Held,
		&s.counts.Readings, &s.counts.DuplicateReadings, &s.counts.Expired)
	if err != nil {
		return s, fmt.Errorf("read the counts: %w", err)
	}
	return s, nil
}

// checkEnds sees that the log ends where the state says, and where it begins.
func (f *File) checkEnds(ctx context.Context) error {
	var trimmed, newest sql.Null[uint64]
	err := f.reads.QueryRowContext(ctx, "SELECT (SELECT last - count FROM runs ORDER BY last LIMIT 1), (SELECT max(last) FROM runs)").Scan(&trimmed, &newest)
	if err != nil {
		return fmt.Errorf("find the oldest and the newest entry: %w", err)
	}
	f.trimmed = trimmed.V
	if !newest.Valid {
		f.trimmed, newest.V = f.state.last, f.state.last
	}
	if newest.V != f.state.last {
		return fmt.Errorf("the newest entry is %d, it should be %d: the file was changed by something else", newest.V, f.state.last)
	}
	return nil
}

// Close writes what is pending and lets go of the file. Calls that wait return
// [ErrClosed], and so do later ones.
func (f *File) Close() error {
	f.turn <- struct{}{}
	defer func() { <-f.turn }()
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return ErrClosed
	}
	f.closed = true
	f.wake()
	f.mu.Unlock()

	saved := f.lazy.transact(context.Background(), func() error { return f.savePositions(f.lazy) })
	if err := errors.Join(saved, f.disconnect()); err != nil {
		return fmt.Errorf("close journal in %s: %w", f.dir, err)
	}
	return nil
}

func (f *File) disconnect() error {
	var errs []error
	if f.mover != nil {
		errs = append(errs, f.mover.close())
	}
	if f.reads != nil {
		errs = append(errs, f.reads.Close())
	}
	for _, s := range []*session{f.lazy, f.durable} {
		if s != nil {
			errs = append(errs, s.close())
		}
	}
	return errors.Join(errs...)
}

// Last is the Seq of the newest entry, 0 when there never was one.
func (f *File) Last() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.last
}

// Counts returns the counts as of the last commit.
func (f *File) Counts() Counts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state.counts
}

// enter waits for the turn to write.
func (f *File) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case f.turn <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	if f.isClosed() {
		f.leave()
		return ErrClosed
	}
	return nil
}

func (f *File) leave() { <-f.turn }

func (f *File) isClosed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// housekeep runs a short transaction that may be lost in a power cut. When it
// is committed, note takes it over into memory, with mu held, before the next
// one has its turn; it may be nil.
//
// Once begun, a transaction is not given up when ctx ends: it is short, and
// interrupting SQLite would only make its outcome uncertain.
func (f *File) housekeep(ctx context.Context, do func(context.Context, *session) error, note func()) error {
	if err := f.enter(ctx); err != nil {
		return err
	}
	defer f.leave()
	ctx = context.WithoutCancel(ctx)
	if err := f.lazy.transact(ctx, func() error { return do(ctx, f.lazy) }); err != nil {
		return err
	}
	if note != nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		note()
	}
	return nil
}

// errNotAlone says that the file is not as this process left it.
var errNotAlone = errors.New("another process has written to this journal: only one may have it open")

// writeState writes the row within a transaction. It fails when another
// process has written it since, for then nothing here is true any more.
func (s *session) writeState(ctx context.Context, next state) error {
	if next.last > math.MaxInt64 || next.shelved > math.MaxInt64 {
		return errors.New("the journal's numbers are used up")
	}
	c := next.counts
	changed, err := s.exec(ctx, `UPDATE state SET commits = ?, last = ?, shelved = ?, received = ?, stored = ?,
		duplicate = ?, quarantined = ?, held = ?, readings = ?, duplicate_readings = ?, expired = ? WHERE commits = ?`,
		next.commits, int64(next.last), int64(next.shelved), c.Received, c.Stored,
		c.Duplicate, c.Quarantined, c.Held, c.Readings, c.DuplicateReadings, c.Expired, next.commits-1)
	if err != nil {
		return fmt.Errorf("write the counts: %w", err)
	}
	if changed == 0 {
		return errNotAlone
	}
	return nil
}

// wake lets those go on who wait. The caller holds mu.
func (f *File) wake() {
	if f.grown != nil {
		close(f.grown)
		f.grown = nil
	}
}
