package ingest

import "testing"

func TestWhoseReplyItIs(t *testing.T) {
	for topic, want := range map[string]string{
		"anxin/v1/devices/speaker-1/replies": "speaker-1", "anxin/v1/devices//replies": "", "anxin/v1/devices/a/b/replies": "",
		"anxin/v1/devices/speaker-1/replies/7": "", "anxin/v1/devices/speaker-1/readings": "", "home/speaker-1/replies": "",
	} {
		device, ok := replying(topic)
		if ok != (want != "") || ok && device != want {
			t.Errorf("%s: %q %v, want %q", topic, device, ok, want)
		}
	}
}
