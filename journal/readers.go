package journal

import (
	"context"
	"fmt"
	"time"
)

// position is how far a reader has come.
type position struct {
	passed uint64
	saved  uint64 // what of it is in the file
	known  bool   // it has a row in the file
}

func (f *File) loadReaders(ctx context.Context) error {
	rows, err := f.reads.QueryContext(ctx, "SELECT name, passed FROM readers")
	if err != nil {
		return fmt.Errorf("read how far the readers are: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		p := position{known: true}
		if err := rows.Scan(&name, &p.saved); err != nil {
			return fmt.Errorf("read how far the readers are: %w", err)
		}
		p.passed = p.saved
		f.readers[name] = p
	}
	return rows.Err()
}

// Passed tells that the named reader needs nothing up to seq any more. Only
// the first call for a name goes to the file at once. Later ones go there along
// with a group, before a trim, and on closing: what a crash forgets of them
// makes a trim keep a little more, until the reader comes by again.
func (f *File) Passed(ctx context.Context, reader string, seq uint64) error {
	doing := fmt.Sprintf("note that %s has passed %d", reader, seq)
	if err := ctx.Err(); err != nil {
		return f.explain(doing, err)
	}
	f.mu.Lock()
	last, closed := f.state.last, f.closed
	p := f.readers[reader]
	if !closed && seq <= last && p.known {
		p.passed = max(p.passed, seq)
		f.readers[reader] = p
	}
	f.mu.Unlock()
	switch {
	case closed:
		return f.explain(doing, ErrClosed)
	case seq > last:
		return f.explain(doing, fmt.Errorf("%w: the newest is %d", ErrAhead, last))
	case p.known:
		return nil
	}
	if err := f.register(ctx, reader, seq); err != nil {
		return f.explain(doing, err)
	}
	return nil
}

// register writes a reader's first position.
func (f *File) register(ctx context.Context, reader string, seq uint64) error {
	return f.housekeep(ctx, func(ctx context.Context, s *session) error {
		return s.savePosition(ctx, reader, seq)
	}, func() {
		f.readers[reader] = position{passed: max(seq, f.readers[reader].passed), saved: seq, known: true}
	})
}

func (s *session) savePosition(ctx context.Context, reader string, seq uint64) error {
	_, err := s.exec(ctx, `INSERT INTO readers (name, passed) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET passed = excluded.passed`, reader, int64(seq))
	if err != nil {
		return fmt.Errorf("save how far %s is: %w", reader, err)
	}
	return nil
}

// positionsDue reports whether it is time to save positions with a group.
func (f *File) positionsDue(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Sub(f.saved) < saveEvery {
		return false
	}
	f.saved = now
	return true
}

// savePositions writes the positions that have changed. They count as saved
// even when the transaction around it fails; the next change saves them again.
func (f *File) savePositions(s *session) error {
	for name, seq := range f.unsaved() {
		if err := s.savePosition(context.Background(), name, seq); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) unsaved() map[string]uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	unsaved := map[string]uint64{}
	for name, p := range f.readers {
		if p.known && p.passed != p.saved {
			unsaved[name] = p.passed
			p.saved = p.passed
			f.readers[name] = p
		}
	}
	return unsaved
}

// passedByAll is the Seq up to which no reader needs anything; 0 while no
// reader is known.
func (f *File) passedByAll() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	var least uint64
	first := true
	for _, p := range f.readers {
		if first || p.passed < least {
			least = p.passed
		}
		first = false
	}
	return least
}
