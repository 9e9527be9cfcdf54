package ingest

import (
	"context"
	"errors"
	"time"

	"github.com/anxin-care/anxin/journal"
)

const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// commitAll commits groups until there are no more. It returns an error only
// when a group could not be committed before ctx ended.
func (p *Pipeline) commitAll(ctx context.Context, groups <-chan *group, spent chan<- *group) error {
	for g := range groups {
		if err := p.commit(ctx, g); err != nil {
			return err
		}
		g.reset()
		spent <- g
	}
	return nil
}

// commit appends a group, trying until it is on disk: what is in it was taken
// in and is remembered as seen, so it is never let go. Meanwhile nothing is
// acknowledged, the inbox fills, and the senders wait.
func (p *Pipeline) commit(ctx context.Context, g *group) error {
	start := time.Now()
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		_, err := p.journal.Append(ctx, g.journal)
		if err == nil {
			break
		}
		p.metrics.commitFailures.Inc()
		p.metrics.stalled.Store(true)
		if errors.Is(err, journal.ErrFull) {
			p.log.Error("the disk is full: readings are not acknowledged until there is room", "error", err)
		} else {
			p.log.Error("the journal cannot be written: readings are not acknowledged", "error", err)
		}
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(wait):
		}
	}
	p.metrics.stalled.Store(false)
	p.metrics.commit.Observe(time.Since(start).Seconds())
	p.metrics.group.Observe(float64(g.messages))

	for _, r := range g.refused {
		if err := p.journal.Refuse(ctx, r.id, r.why); err != nil {
			p.log.Error("note why a shelved message stays there", "id", r.id, "error", err)
		}
	}
	if (g.journal.Changes.Held > 0 || len(g.refused) > 0) && p.registry.Version() != g.registry {
		// Whoever looked for what is held when the registry changed did not find
		// these.
		p.outdated.Store(true)
	}
	now := time.Now().UnixMilli()
	for _, a := range g.acks {
		a.to.Acknowledge(a.token)
		p.metrics.ack.Observe(float64(now-a.received) / 1000)
	}
	p.budget.give(g.weight)
	return nil
}
