package channels_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
)

type publisher func(topic string, payload []byte) error

func (p publisher) Publish(topic string, payload []byte) error { return p(topic, payload) }

func TestSpeaker(t *testing.T) {
	var topic string
	var payload []byte
	s := newSet(t, channels.Config{Publisher: publisher(func(to string, what []byte) error {
		topic, payload = to, what
		return nil
	})})
	receipt, err := s.Send(t.Context(), channels.Speaker, "speaker-1", fallen())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Delivered || topic != "anxin/v1/devices/speaker-1/commands" {
		t.Errorf("receipt %+v on %s", receipt, topic)
	}
	var got map[string]any
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"id": "01JDELIVERY1", "say": fallen().Text, "language": "zh-CN", "severity": "critical", "ask": []any{"yes"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("said %s", payload)
	}
	for _, address := range []string{"", "speaker 1", "a/b", "+", "#", ".", "-a", strings.Repeat("a", 65)} {
		refuses(t, s, channels.Speaker, address, channels.CodeAddress)
	}
}

func TestSpeakerFails(t *testing.T) {
	s := newSet(t, channels.Config{Publisher: publisher(func(topic string, _ []byte) error { return errors.New("publish on " + topic + ": not connected") })})
	f := fails(t, t.Context(), s, channels.Speaker, "speaker-1")
	wants(t, f, false, false, "")
	release := make(chan struct{})
	defer close(release)
	s = newSet(t, channels.Config{Publisher: publisher(func(string, []byte) error { <-release; return nil })})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	wants(t, fails(t, ctx, s, channels.Speaker, "speaker-1"), false, false, "")
}

func TestParseReply(t *testing.T) {
	const topic = "anxin/v1/devices/speaker-1/replies"
	for payload, want := range map[string]channels.Reply{
		`{"id": "01J", "status": "said"}`:                      {Device: "speaker-1", ID: "01J", Said: true},
		`{"id": "01J", "status": "said", "answer": " Yes \n"}`: {Device: "speaker-1", ID: "01J", Said: true, Answer: "yes"},
		`{"id": "01J", "answer": "好的"}`:                        {Device: "speaker-1", ID: "01J", Said: true, Answer: "好的"},
		`{"id": "01J", "status": "failed", "answer": "yes"}`:   {Device: "speaker-1", ID: "01J"},
		`{"id": "01J", "status": "said", "volume": 3}`:         {Device: "speaker-1", ID: "01J", Said: true},
	} {
		if got, err := channels.ParseReply(topic, []byte(payload)); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", payload, got, err, want)
		}
	}
	for _, payload := range []string{
		``, `null`, `[]`, `"said"`, `{"status": "said"}`, `{"id": "01J"}`, `{"id": "01J", "status": "heard"}`, `{"id": 7, "status": "said"}`,
		`{"id": "01J/../x", "status": "said"}`, `{"id": "01J", "answer": "` + strings.Repeat("y", 65) + `"}`,
		`{"id": "01J", "status": "said", "x": "` + strings.Repeat("y", 5000) + `"}`,
	} {
		if got, err := channels.ParseReply(topic, []byte(payload)); err == nil {
			t.Errorf("%s: %+v, want an error", payload, got)
		}
	}
	for _, topic := range []string{"", "anxin/v1/devices//replies", "anxin/v1/devices/a/b/replies", "anxin/v1/devices/a/commands", "x/anxin/v1/devices/a/replies", "anxin/v1/devices/+/replies"} {
		if got, err := channels.ParseReply(topic, []byte(`{"id": "01J", "status": "said"}`)); err == nil {
			t.Errorf("on %q: %+v, want an error", topic, got)
		}
	}
}

func FuzzParseReply(f *testing.F) {
	f.Add("anxin/v1/devices/speaker-1/replies", []byte(`{"id": "01J", "status": "said", "answer": "yes"}`))
	f.Add("anxin/v1/devices/speaker-1/replies", []byte(`{"id": "01J", "status": "failed"}`))
	f.Add("anxin/v1/devices/+/replies", []byte(`{`))
	f.Fuzz(func(t *testing.T, topic string, payload []byte) {
		r, err := channels.ParseReply(topic, payload)
		if err != nil {
			if r != (channels.Reply{}) {
				t.Errorf("%+v with %v", r, err)
			}
			return
		}
		if r.Device == "" || strings.ContainsAny(r.Device, "/+#") || r.ID == "" || len(r.ID) > 64 || len(r.Answer) > 64 || strings.ContainsAny(r.Answer, "\r\n\x00") || !r.Said && r.Answer != "" {
			t.Errorf("reply %+v of %q", r, payload)
		}
	})
}
