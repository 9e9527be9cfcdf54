package ingest

import (
	"context"
	"errors"
	"strconv"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

const (
	canaryEvery = 30 * time.Second
	// canaryLate is after how long a canary that has not come back is lost.
	canaryLate = 3 * canaryEvery
)

// canary is a message that the subscriber sends to itself, to know that the
// broker still delivers: a connection can be up and deaf.
type canary struct {
	topic string
	back  chan struct{}
}

func newCanary(clientID string) *canary {
	return &canary{topic: "anxin/v1/canary/" + clientID, back: make(chan struct{}, 1)}
}

func (c *canary) heard(m paho.Message) bool {
	if m.Topic() != c.topic {
		return false
	}
	select {
	case c.back <- struct{}{}:
	default:
	}
	return true
}

var errDeaf = errors.New("the broker delivers nothing any more, though the connection is up")

// watch sends canaries until ctx ends, and returns why: what ended the
// connection, or [errDeaf]. Where the broker does not let us publish to
// ourselves, no canary ever comes back, and watch only waits.
func (c *canary) watch(ctx context.Context, client paho.Client) error {
	client.Subscribe(c.topic, 0, nil)
	tick := time.NewTicker(canaryEvery)
	defer tick.Stop()
	var last time.Time // when a canary came back
	for n := 0; ; n++ {
		client.Publish(c.topic, 0, false, strconv.Itoa(n))
		for due := false; !due; {
			select {
			case <-ctx.Done():
				return context.Cause(ctx)
			case <-c.back:
				last = time.Now()
			case <-tick.C:
				due = true
			}
		}
		if !last.IsZero() && time.Since(last) > canaryLate {
			return errDeaf
		}
	}
}
