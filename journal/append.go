package journal

import (
	"context"
	"fmt"
	"time"
)

// saveEvery is how often the readers' positions go to disk along with a group.
const saveEvery = time.Second

// Append commits a group, see [Log]. It costs one fsync.
//
// It waits for the turn to write until ctx ends; then the commit is carried out.
func (f *File) Append(ctx context.Context, g Group) (uint64, error) {
	if err := balanced(g.Changes); err != nil {
		return 0, err
	}
	if err := f.enter(ctx); err != nil {
		return 0, f.explain(fmt.Sprintf("append %d entries", len(g.Bodies)), err)
	}
	defer f.leave()
	if err := f.checkRoom(g); err != nil {
		return 0, f.explain(fmt.Sprintf("append %d entries", len(g.Bodies)), err)
	}
	ctx = context.WithoutCancel(ctx)

	next := f.current()
	next.commits++
	runs, rows := pack(next.last+1, g.Bodies)
	next.last += uint64(len(g.Bodies))
	ids := next.shelved + 1
	next.shelved += uint64(len(g.Shelve))
	next.counts = sum(next.counts, g.Changes)
	now := time.Now()

	err := f.durable.transact(ctx, func() error {
		if err := f.durable.writeState(ctx, next); err != nil {
			return err
		}
		if err := f.durable.insertRuns(ctx, runs, rows, now); err != nil {
			return err
		}
		for _, id := range g.Take {
			if _, err := f.durable.exec(ctx, "DELETE FROM shelf WHERE id = ?", int64(id)); err != nil {
				return fmt.Errorf("take message %d off the shelf: %w", id, err)
			}
		}
		if err := f.durable.shelve(ctx, ids, g.Shelve); err != nil {
			return err
		}
		if f.positionsDue(now) {
			return f.savePositions(f.durable)
		}
		return nil
	})
	if err != nil {
		return 0, f.explain(fmt.Sprintf("append %d entries", len(g.Bodies)), err)
	}
	f.publish(next, runs, g.Take)
	f.mover.look()
	if len(g.Bodies) == 0 {
		return 0, nil
	}
	return runs[0].first, nil
}

func (f *File) current() state {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state
}

// publish lets readers see what was committed.
func (f *File) publish(s state, runs []run, taken []uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state = s
	f.recent.add(runs)
	f.settle(taken)
	if len(runs) > 0 {
		f.wake()
	}
}

func (s *session) insertRuns(ctx context.Context, runs []run, rows [][]byte, now time.Time) error {
	for i, r := range runs {
		if _, err := s.exec(ctx, "INSERT INTO runs (last, count, appended, body) VALUES (?, ?, ?, ?)",
			int64(r.last()), r.count, now.UnixMilli(), rows[i]); err != nil {
			return fmt.Errorf("write entries %d to %d: %w", r.first, r.last(), err)
		}
	}
	return nil
}

// balanced refuses changes after which the counts would not balance.
func balanced(c Counts) error {
	if placed := c.Stored + c.Duplicate + c.Quarantined + c.Held; c.Received != placed {
		return fmt.Errorf("append to the journal: %d messages were received but %d have a place", c.Received, placed)
	}
	return nil
}

func sum(a, b Counts) Counts {
	return Counts{
		Received:          a.Received + b.Received,
		Stored:            a.Stored + b.Stored,
		Duplicate:         a.Duplicate + b.Duplicate,
		Quarantined:       a.Quarantined + b.Quarantined,
		Held:              a.Held + b.Held,
		Readings:          a.Readings + b.Readings,
		DuplicateReadings: a.DuplicateReadings + b.DuplicateReadings,
		Expired:           a.Expired + b.Expired,
	}
}
