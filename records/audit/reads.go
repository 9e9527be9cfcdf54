package audit

import (
	"context"
	"time"
)

const (
	// again is within what time the same reading by the same person, over the same
	// way, is the same look: a page that refreshes. Of a list that is left open it is
	// an hour, and of a stream a day: a board of a hundred residents would be a hundred
	// entries each five minutes.
	again       = 5 * time.Minute
	listAgain   = time.Hour
	streamAgain = 24 * time.Hour
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
	return l.look(ctx, again, entries)
}

// Listed writes entries about what a list has shown. The same look within an hour is
// one entry, on a stream within a day.
func (l *Log) Listed(ctx context.Context, entries ...Entry) error {
	if pieceOf(ctx).Via == Stream {
		return l.look(ctx, streamAgain, entries)
	}
	return l.look(ctx, listAgain, entries)
}

func (l *Log) look(ctx context.Context, within time.Duration, entries []Entry) error {
	piece := pieceOf(ctx)
	now := l.now()
	var fresh []Entry
	var keys []seen
	l.mu.Lock()
	for _, e := range entries {
		key := seen{e.Actor, piece.Session, e.Resident, e.Scope, piece.What, e.Refused}
		if at, ok := l.recent.last[key]; ok && now.Sub(at) < within {
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
