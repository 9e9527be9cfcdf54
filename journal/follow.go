package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Follower reads the log at its own pace on behalf of one named reader. When
// the reader's work fails it is tried again, for ever: nothing is skipped, and
// no other reader waits for it.
type Follower struct {
	name   string
	log    Log
	batch  int
	every  time.Duration
	slog   *slog.Logger
	passed atomic.Uint64
	stuck  atomic.Bool
}

// Apply does a reader's work with entries, and remembers beside its effects
// that it was done up to the last of them. It may be called again with entries
// that it has had, after a crash.
type Apply func(ctx context.Context, entries []Entry) error

// Rewind is the error of a reader that has lost what it had done, because its
// store was restored from a backup: the follower goes on from To.
type Rewind struct {
	To    uint64
	Cause error
}

func (r *Rewind) Error() string { return fmt.Sprintf("go on from entry %d: %v", r.To, r.Cause) }
func (r *Rewind) Unwrap() error { return r.Cause }

// NewFollower returns a follower that reads up to batch entries at a time. While
// there are fewer, it begins a round of work at most once in every: where each
// round costs much, several small ones are better done as one.
func NewFollower(name string, log Log, batch int, every time.Duration, logger *slog.Logger) *Follower {
	return &Follower{name: name, log: log, batch: batch, every: every, slog: logger}
}

// Name is the reader's name.
func (f *Follower) Name() string { return f.name }

// Passed is the Seq up to which the reader's work is done.
func (f *Follower) Passed() uint64 { return f.passed.Load() }

// Lag is how many entries the reader has still before it.
func (f *Follower) Lag() uint64 { return max(f.log.Last(), f.Passed()) - f.Passed() }

// Stuck reports that the reader's work fails at present.
func (f *Follower) Stuck() bool { return f.stuck.Load() }

// CannotBegin notes that the reader's work fails before it has begun: it is
// stuck until it runs.
func (f *Follower) CannotBegin() { f.stuck.Store(true) }

// ErrStuck says that a reader's work fails at present.
var ErrStuck = errors.New("journal: reader is stuck")

// Wait returns when the reader's work is done up to seq, or ctx ends. While the
// work fails it returns [ErrStuck] at once, for that may last.
func (f *Follower) Wait(ctx context.Context, seq uint64) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for f.Passed() < seq {
		if f.Stuck() {
			return fmt.Errorf("wait for reader %s: %w", f.name, ErrStuck)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for reader %s: %w", f.name, ctx.Err())
		case <-tick.C:
		}
	}
	return nil
}

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
	// tellEvery is how often the journal hears how far the reader is. It is for
	// trimming alone, so a little late is no harm.
	tellEvery = time.Second
)

// Run reads from the entry after cursor until ctx ends.
func (f *Follower) Run(ctx context.Context, cursor uint64, apply Apply) error {
	f.passed.Store(cursor)
	f.stuck.Store(false)
	var told, began time.Time
	for ctx.Err() == nil {
		f.gather(ctx, f.every-time.Since(began))
		began = time.Now()
		if time.Since(told) > tellEvery {
			if err := f.log.Passed(ctx, f.name, f.Passed()); err != nil && ctx.Err() == nil {
				f.slog.Warn("tell the journal how far a reader is", "reader", f.name, "error", err)
			}
			told = time.Now()
		}
		entries, err := f.log.Read(ctx, f.Passed(), f.batch)
		if err == nil && len(entries) == 0 {
			err = f.log.Wait(ctx, f.Passed())
			if err == nil {
				continue
			}
		}
		if err == nil {
			err = f.apply(ctx, entries, apply)
		}
		if back := (*Rewind)(nil); errors.As(err, &back) {
			f.slog.Warn("reader has lost what it had done and goes back", "reader", f.name, "from", f.Passed(), "to", back.To, "error", back.Cause)
			f.passed.Store(min(back.To, f.Passed()))
			continue
		}
		if err != nil && ctx.Err() == nil {
			return fmt.Errorf("reader %s, after entry %d: %w", f.name, f.Passed(), err)
		}
	}
	return nil
}

// gather waits for more entries to come, when there is time and there are few.
func (f *Follower) gather(ctx context.Context, span time.Duration) {
	if span <= 0 || f.Lag() >= uint64(f.batch) {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(span):
	}
}

// apply tries until it works or ctx ends.
func (f *Follower) apply(ctx context.Context, entries []Entry, apply Apply) error {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		err := apply(ctx, entries)
		if err == nil {
			f.passed.Store(entries[len(entries)-1].Seq)
			if f.stuck.Swap(false) {
				f.slog.Info("reader works again", "reader", f.name)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if back := (*Rewind)(nil); errors.As(err, &back) {
			return err
		}
		f.stuck.Store(true)
		f.slog.Warn("reader cannot do its work, trying again", "reader", f.name, "in", wait, "error", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}
