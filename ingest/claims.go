package ingest

import (
	"context"
	"fmt"
	"time"
)

// claims finds held messages whose device has become somebody's, and has them
// tried again. It looks at all that is held whenever the registry has changed,
// so it does not matter how a device came to be known, or by which process.
type claims struct {
	shelf    Shelf
	registry Registry
	pipeline *Pipeline

	version int64            // of the registry, when looked last
	tried   map[name]attempt // in vain so far; nil when all is to be tried
	rest    time.Time        // until when not to look again
}

// name is how a format names a device.
type name struct{ codec, device string }

// attempt is what was tried of a device: with which assignment, and up to
// which message.
type attempt struct {
	assignment uint64
	newest     uint64
}

const (
	sourcesAtOnce = 1000
	// restFactor is how much longer than a look the pause after it is: with two
	// million unknown devices on the shelf a look takes seconds.
	restFactor = 10
)

// look requests replays of what may be somebody's now.
func (c *claims) look(ctx context.Context) error {
	begin := time.Now()
	if begin.Before(c.rest) {
		return nil
	}
	// In this order: what changes from here on is seen by the next look.
	if c.pipeline.outdated.Swap(false) {
		c.tried = nil
	}
	version := c.registry.Version()
	if c.tried != nil && version == c.version {
		return nil
	}
	tried, err := c.request(ctx)
	c.version, c.tried = version, tried
	c.rest = time.Now().Add(restFactor * time.Since(begin))
	return err
}

func (c *claims) request(ctx context.Context) (map[name]attempt, error) {
	tried := map[name]attempt{}
	for after := int64(0); ; {
		sources, err := c.shelf.HeldSources(ctx, after, sourcesAtOnce)
		if err != nil {
			return nil, fmt.Errorf("look for held messages of devices that are known now: %w", err)
		}
		if len(sources) == 0 {
			return tried, nil
		}
		for _, s := range sources {
			after = s.ID
			assignment, ok := c.registry.Assignment(s.Codec, s.Device)
			if !ok {
				continue
			}
			// Held of a known device is what nobody wore it for, as from before it
			// was put on. Without a change of its own it stays so.
			before := c.tried[name{s.Codec, s.Device}]
			if before.assignment != assignment {
				before.newest = 0
			}
			if s.Newest > before.newest {
				if err := c.shelf.RequestHeld(ctx, s, before.newest); err != nil {
					return nil, err
				}
			}
			tried[name{s.Codec, s.Device}] = attempt{assignment, s.Newest}
		}
	}
}
