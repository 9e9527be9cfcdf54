package audit

import (
	"context"
	"time"
)

const (
	// again is within what time the same reading by the same person, over the same
	// way, is the same look: a page that refreshes, a list and what is opened of it.
	again = 5 * time.Minute
	// mostRecent bounds what is remembered of that. Beyond it, what was seen is
	// written down again.
	mostRecent = 200_000
)

// seen is one person's look at one kind of a resident's data.
type seen struct {
	actor, session, resident, scope, what string
	refused                               bool
}

// recent is what was written down lately.
type recent struct{ last map[seen]time.Time }

// Look writes entries about what is read, before it is shown: what cannot be
// written down is not to be seen. The same look within five minutes is one entry.
func (l *Log) Look(ctx context.Context, entries ...Entry) error {
	piece := pieceOf(ctx)
	now := l.now()
	var fresh []Entry
	var keys []seen
	l.mu.Lock()
	for _, e := range entries {
		key := seen{e.Actor, piece.Session, e.Resident, e.Scope, piece.What, e.Refused}
		if at, ok := l.recent.last[key]; ok && now.Sub(at) < again {
			continue
		}
		fresh, keys = append(fresh, e), append(keys, key)
	}
	l.mu.Unlock()
	if err := l.Append(ctx, fresh...); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.recent.last)+len(keys) > mostRecent {
		clear(l.recent.last)
	}
	for _, key := range keys {
		l.recent.last[key] = now
	}
	return nil
}
