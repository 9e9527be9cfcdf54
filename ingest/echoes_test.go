package ingest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// A hub says with each radio message all that it knows of a device: a button that
// was pressed once is not pressed each time that its battery is told.
func TestAHubsMemoryCallsNobody(t *testing.T) {
	const (
		press   = "pressed"
		nothing = ""
		restart = "restart"
	)
	for _, tc := range []struct {
		name  string
		story []string // payloads, each with what is to be heard of it
	}{
		{"a field that lasts", []string{
			`{"battery":90,"sos":false}`, "none", `{"battery":90,"sos":true}`, press, `{"battery":90,"sos":true,"linkquality":80}`, nothing, `{"battery":89,"sos":true}`, nothing,
			`{"battery":89,"sos":false}`, "none", `{"battery":88,"sos":false}`, nothing, `{"battery":88,"sos":true}`, press, `{"battery":88,"sos":false}`, "none",
		}},
		{"after a start the same is remembered", []string{
			`{"sos":true}`, press, restart, nothing, `{"battery":89,"sos":true}`, nothing, `{"sos":false}`, "none", restart, nothing, `{"sos":true}`, press,
		}},
		{"an action that the hub keeps", []string{
			`{"action":"emergency","battery":90}`, press, `{"action":"emergency","battery":89}`, nothing, `{"action":"emergency","battery":88}`, nothing,
			`{"action":"emergency","battery":88}`, press, // nothing but the button can have spoken
		}},
		{"an action as hubs tell it", []string{
			`{"action":"emergency","battery":90}`, press, `{"action":"","battery":90}`, nothing, `{"action":"emergency","battery":90}`, press,
			`{"action":null,"battery":89}`, nothing, `{"action":"emergency","battery":88}`, press,
		}},
		{"a fall that a radar sees", []string{
			`{"presence":true,"fall_down_status":"fall"}`, "fall", `{"presence":true,"fall_down_status":"fall","illuminance":40}`, nothing,
			`{"presence":true,"fall_down_status":"none"}`, "none", `{"presence":true,"fall_down_status":"fall"}`, "fall",
		}},
		{"a radar that says how somebody lies", []string{
			`{"status":"falling"}`, "fall", `{"status":"falling","battery":3}`, nothing, `{"status":"sitting"}`, "none", `{"status":"falling"}`, "fall",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBench(t)
			b.wearers["zigbee2mqtt/sos"] = []string{"li"}
			received := int64(now)
			for i := 0; i < len(tc.story); i += 2 {
				if tc.story[i] == restart {
					b.restart()
					continue
				}
				before := len(b.journal.reports(t))
				received += time.Hour.Milliseconds()
				b.publish(Message{Topic: "zigbee2mqtt/sos", Payload: []byte(tc.story[i]), Received: received})
				heard := nothing
				for _, r := range b.journal.reports(t)[before:] {
					for _, s := range r.Samples {
						for _, v := range s.Values {
							if v.Metric == vitals.SOSButton || v.Metric == vitals.FallEvent {
								heard, _ = v.Metric.Word(v.Number)
							}
						}
					}
				}
				if heard != tc.story[i+1] {
					t.Errorf("message %d, %s: heard %q, want %q", i/2, tc.story[i], heard, tc.story[i+1])
				}
			}
		})
	}
}

// What the journal has forgotten, the newest readings know.
func TestAHubsMemoryIsLongerThanTheJournal(t *testing.T) {
	b := newBench(t)
	b.wearers["zigbee2mqtt/sos"] = []string{"li"}
	b.weights["li"] = vitals.Reading{Device: "zigbee2mqtt/sos", Metric: vitals.SOSButton, Number: 1}
	b.publish(Message{Topic: "zigbee2mqtt/sos", Payload: []byte(`{"battery":90,"sos":true}`)})
	values := b.journal.reports(t)[0].Samples[0].Values
	if slices.ContainsFunc(values, func(v vitals.Value) bool { return v.Metric == vitals.SOSButton }) {
		t.Errorf("pressed long ago, it is heard as pressed now: %+v", values)
	}
}

// A button that never says that it was let go cannot be heard again: that is said.
func TestAButtonThatIsStuck(t *testing.T) {
	b := newBench(t)
	b.wearers["zigbee2mqtt/sos"] = []string{"li"}
	said := func(payload string, received int64) string {
		b.publish(Message{Topic: "zigbee2mqtt/sos", Payload: []byte(payload), Received: received})
		return b.problems["zigbee2mqtt/sos"]
	}
	if said(`{"battery":90,"sos":true}`, now) != "" || said(`{"battery":89,"sos":true}`, now+time.Minute.Milliseconds()) != "" {
		t.Errorf("held down for a minute: %q", b.problems)
	}
	if text := said(`{"battery":88,"sos":true}`, now+time.Hour.Milliseconds()); !strings.HasPrefix(text, "sos_button: still") {
		t.Errorf("an hour later: %q", text)
	}
}
