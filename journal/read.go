package journal

import (
	"context"
	"database/sql"
	"fmt"
)

// readBytes is about where Read stops, however many entries are asked for.
const readBytes = 4 << 20

// Read returns entries after the given Seq, see [Log]. An error that is a
// [*DamagedError] tells which entries cannot be read.
func (f *File) Read(ctx context.Context, after uint64, max int) ([]Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, f.explainRead(after, err)
	}
	f.mu.Lock()
	last, closed := f.state.last, f.closed
	entries, ok := f.recent.read(after, max)
	f.mu.Unlock()
	switch {
	case closed:
		return nil, f.explainRead(after, ErrClosed)
	case after > last:
		return nil, f.explainRead(after, fmt.Errorf("%w: the newest is %d", ErrAhead, last))
	case ok || after == last:
		return entries, nil
	}
	entries, err := f.readRuns(ctx, after, last, max)
	if err != nil {
		return nil, f.explainRead(after, err)
	}
	return entries, nil
}

// readRuns reads from the file what is after one Seq and up to another.
func (f *File) readRuns(ctx context.Context, after, last uint64, max int) ([]Entry, error) {
	rows, err := f.reads.QueryContext(ctx,
		"SELECT last, count, body FROM runs WHERE last > ? AND last <= ? ORDER BY last", int64(after), int64(last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []Entry
	size := 0
	for at := after; at < last && len(entries) < max && size < readBytes; {
		r, err := nextRun(rows, last)
		if err == nil && r.first > at+1 {
			err = f.explainGap(ctx, at, r.first)
		}
		if err != nil && len(entries) > 0 {
			// What is good comes first; the next Read meets the error.
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		entries = r.entries(entries, after, max-len(entries))
		size += r.size
		at = r.last()
	}
	return entries, nil
}

// nextRun reads one row; after the end an empty run behind the last entry.
func nextRun(rows *sql.Rows, last uint64) (run, error) {
	if !rows.Next() {
		return run{first: last + 1}, rows.Err()
	}
	var (
		end   uint64
		count int
		row   []byte
	)
	if err := rows.Scan(&end, &count, &row); err != nil {
		return run{}, err
	}
	return unpack(end, count, row)
}

// explainGap returns nil when the entries between two were trimmed. A trim
// leaves nothing older behind; where there is something, they are lost.
func (f *File) explainGap(ctx context.Context, after, next uint64) error {
	var older bool
	err := f.reads.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM runs WHERE last <= ?)", int64(after)).Scan(&older)
	if err != nil {
		return err
	}
	if older {
		return &DamagedError{after + 1, next - 1, "they are missing"}
	}
	return nil
}

func (f *File) explainRead(after uint64, err error) error {
	return f.explain(fmt.Sprintf("read entries after %d", after), err)
}

// Wait returns when the log holds an entry after the given Seq: one that was
// trimmed already is none.
func (f *File) Wait(ctx context.Context, after uint64) error {
	for {
		f.mu.Lock()
		holds, closed := f.state.last > max(after, f.trimmed), f.closed
		if !closed && !holds && f.grown == nil {
			f.grown = make(chan struct{})
		}
		grown := f.grown
		f.mu.Unlock()
		if closed {
			return f.explain(fmt.Sprintf("wait for entries after %d", after), ErrClosed)
		}
		if holds {
			return nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return fmt.Errorf("wait for entries after %d: %w", after, ctx.Err())
		}
	}
}
