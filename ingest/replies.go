package ingest

import "strings"

// Replies takes in what a device says about a command that it was sent. It is
// called on the device's own connection. What it cannot take in it gives up:
// commands that matter are sent again.
type Replies func(device string, payload []byte)

const (
	devicesTopic = "anxin/v1/devices/"
	repliesLevel = "/replies"
	// repliesFilter is where devices answer, on an external broker.
	repliesFilter = devicesTopic + "+" + repliesLevel
)

// replying is the device whose reply a topic carries.
func replying(topic string) (device string, ok bool) {
	rest, ok := strings.CutPrefix(topic, devicesTopic)
	if !ok {
		return "", false
	}
	device, ok = strings.CutSuffix(rest, repliesLevel)
	return device, ok && device != "" && !strings.Contains(device, "/")
}
