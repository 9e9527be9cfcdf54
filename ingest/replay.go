package ingest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/anxin-care/anxin/journal"
)

// Replay makes a message of a shelved one, for a second try. It keeps its time
// of arrival.
func Replay(s journal.Shelved) Message {
	m := Message{Topic: s.Topic, Payload: s.Payload, Retained: s.Retained, Received: s.Received}
	m.replay = replay{id: s.ID, reason: s.Reason}
	if s.Reason == journal.Held {
		m.replay.device = s.Device
	}
	return m
}

// Shelf is the part of the journal that replays work on.
type Shelf interface {
	// Requested hands out messages that are to be tried again, each once.
	Requested(ctx context.Context) ([]journal.Shelved, error)
	// HeldSources lists devices that have messages held, after the given ID.
	HeldSources(ctx context.Context, after int64, max int) ([]journal.Source, error)
	// RequestHeld asks that a device's held messages after the id be tried again.
	RequestHeld(ctx context.Context, source journal.Source, after uint64) error
}

// Replayer tries shelved messages again: held ones once their device is known
// and somebody's, others when somebody asks for it, after a binding was added.
type Replayer struct {
	shelf  Shelf
	claims claims
	to     Submitter
	log    *slog.Logger
}

// NewReplayer returns a replayer; [Replayer.Run] makes it work.
func NewReplayer(shelf Shelf, registry Registry, to *Pipeline, log *slog.Logger) *Replayer {
	return &Replayer{shelf: shelf, claims: claims{shelf: shelf, registry: registry, pipeline: to}, to: to, log: log}
}

// lookEvery is how often there is a look for what to try again. Requests and
// claims may come from another process, so nothing can ring.
const lookEvery = 500 * time.Millisecond

// Run tries again what is to be until ctx ends.
func (r *Replayer) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := errors.Join(r.replay(ctx), r.claims.look(ctx)); err != nil && ctx.Err() == nil {
			r.log.Error("replay shelved messages", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (r *Replayer) replay(ctx context.Context) error {
	shelved, err := r.shelf.Requested(ctx)
	if err != nil {
		return fmt.Errorf("look for requests: %w", err)
	}
	for _, s := range shelved {
		if err := r.to.Submit(ctx, Replay(s)); err != nil {
			return err
		}
	}
	return nil
}
