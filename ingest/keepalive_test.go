package ingest

import (
	"fmt"
	"testing"
	"time"

	"github.com/mochi-mqtt/server/v2/packets"
)

// A keep-alive of 43,691 s and more made the broker's deadline overflow: the
// client was cut off at once.
func TestTheLongestKeepAlive(t *testing.T) {
	b := startBroker(t, nil, newInbox())
	for _, seconds := range []uint16{43_690, 43_691, 65_535} {
		c := rawDial(t, b)
		body := append(field(nil, "MQTT"), 4, 0xc2, byte(seconds>>8), byte(seconds))
		c.send(packets.Connect<<4, field(field(field(body, fmt.Sprint("k-", seconds)), "band-1"), "secret"))
		if c.gone(300 * time.Millisecond) {
			t.Errorf("cut off with a keep-alive of %d s", seconds)
		}
	}
}
