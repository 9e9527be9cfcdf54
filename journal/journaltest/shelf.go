package journaltest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/journal"
)

// shelve puts messages on the shelf, as one group, with the counts that go with it.
func shelve(t *testing.T, l journal.Log, messages ...journal.Shelved) {
	t.Helper()
	g := journal.Group{Shelve: messages}
	for _, m := range messages {
		g.Changes.Received++
		if m.Reason == journal.Held {
			g.Changes.Held++
		} else {
			g.Changes.Quarantined++
		}
	}
	appendGroup(t, l, g)
}

func held(codec, device string, received int64) journal.Shelved {
	return journal.Shelved{
		Reason: journal.Held, Codec: codec, Device: device, Received: received,
		Topic: "devices/" + device, Payload: fmt.Appendf(nil, `{"at":%d}`, received),
	}
}

// list reads the whole of a shelf, at most so many at a time.
func list(t *testing.T, l journal.Log, reason journal.Reason, codec, device string, most int) []journal.Shelved {
	t.Helper()
	var all []journal.Shelved
	for after := uint64(0); ; {
		some, err := l.Shelf(context.Background(), reason, codec, device, after, most)
		if err != nil {
			t.Fatalf("list the shelf: %v", err)
		}
		if len(some) > most {
			t.Fatalf("got %d messages, want up to %d", len(some), most)
		}
		if len(some) == 0 {
			return all
		}
		for _, m := range some {
			if m.ID <= after {
				t.Fatalf("message %d comes after %d", m.ID, after)
			}
			after = m.ID
		}
		all = append(all, some...)
	}
}

// withoutIDs checks that ids are given, and clears them.
func withoutIDs(t *testing.T, messages []journal.Shelved) []journal.Shelved {
	t.Helper()
	messages = slices.Clone(messages)
	for i := range messages {
		if messages[i].ID == 0 {
			t.Error("a message has no id")
		}
		messages[i].ID = 0
	}
	return messages
}

func shelfAsItWas(t *testing.T, l journal.Log) {
	quarantined := []journal.Shelved{
		{Reason: journal.Quarantined, Topic: "nobody/knows", Payload: []byte{0, 0xff, 0xfe}, Received: 1, Error: "no format is known"},
		{Reason: journal.Quarantined, Codec: "senml", Device: "床-7\x00'\"", Topic: "长者/#", Payload: []byte("{"), Received: 2, Retained: true, Error: "unexpected\x00end"},
		{Reason: journal.Quarantined, Codec: "senml", Topic: "t", Received: 3, Error: "empty"},
	}
	waiting := []journal.Shelved{held("native", "cuff-7", 4), held("native", "cuff-7", 5), held("zigbee2mqtt", "cuff-7", 6)}
	shelve(t, l, quarantined[0], waiting[0], quarantined[1])
	shelve(t, l, waiting[1:]...)
	shelve(t, l, quarantined[2])
	for _, most := range []int{1, 2, 100} {
		if diff := cmp.Diff(quarantined, withoutIDs(t, list(t, l, journal.Quarantined, "", "", most))); diff != "" {
			t.Errorf("quarantined, %d at a time (-want +got):\n%s", most, diff)
		}
		if diff := cmp.Diff(waiting, withoutIDs(t, list(t, l, journal.Held, "", "", most))); diff != "" {
			t.Errorf("held, %d at a time (-want +got):\n%s", most, diff)
		}
	}
	if got := l.Last(); got != 0 {
		t.Errorf("the log holds %d entries, want none", got)
	}
}

func shelfByDevice(t *testing.T, l journal.Log) {
	for i := range int64(30) {
		shelve(t, l, held("native", fmt.Sprint("d", i%3), i), held("senml", fmt.Sprint("d", i%5), 100+i))
	}
	for _, c := range []struct {
		codec, device string
		want          int
	}{
		{"", "", 60}, {"native", "", 30}, {"senml", "", 30}, {"native", "d1", 10}, {"senml", "d1", 6},
		{"senml", "d4", 6}, {"native", "d4", 0}, {"other", "", 0}, {"", "d1", 0},
	} {
		got := list(t, l, journal.Held, c.codec, c.device, 4)
		if len(got) != c.want {
			t.Errorf("%q %q: %d messages, want %d", c.codec, c.device, len(got), c.want)
		}
		for _, m := range got {
			if c.codec != "" && m.Codec != c.codec || c.device != "" && m.Device != c.device {
				t.Errorf("%q %q: got one of %q %q", c.codec, c.device, m.Codec, m.Device)
			}
		}
	}
}

func takeOffShelf(t *testing.T, l journal.Log) {
	shelve(t, l, held("native", "a", 1), held("native", "a", 2), held("native", "b", 3))
	before := list(t, l, journal.Held, "", "", 10)
	first := appendGroup(t, l, journal.Group{
		Bodies: [][]byte{[]byte("was held")}, Take: []uint64{before[0].ID, 999},
		Changes: journal.Counts{Held: -1, Stored: 1},
	})
	if got := readAll(t, l, first-1, 10); len(got) != 1 || string(got[0].Body) != "was held" {
		t.Errorf("the log holds %v", got)
	}
	if diff := cmp.Diff(before[1:], list(t, l, journal.Held, "", "", 10)); diff != "" {
		t.Errorf("the shelf (-want +got):\n%s", diff)
	}
	appendGroup(t, l, journal.Group{Take: []uint64{before[1].ID, before[2].ID}, Changes: journal.Counts{Held: -2, Duplicate: 2}})
	if got := list(t, l, journal.Held, "", "", 10); len(got) != 0 {
		t.Errorf("%d messages are left", len(got))
	}
	shelve(t, l, held("native", "a", 4))
	if got := list(t, l, journal.Held, "", "", 10); len(got) != 1 || got[0].ID <= before[2].ID {
		t.Errorf("got %+v, want one message with an id that was never used", got)
	}
	want := journal.Counts{Received: 4, Stored: 1, Duplicate: 2, Held: 1}
	if got := l.Counts(); got != want {
		t.Errorf("counts are %+v, want %+v", got, want)
	}
}

func largeShelf(t *testing.T, l journal.Log) {
	want := make([][]byte, 5)
	for i := range want {
		want[i] = bytes.Repeat([]byte{byte(i), 1, 2, 3}, 4<<20)
		m := held("native", "a", int64(i))
		m.Payload = want[i]
		shelve(t, l, m)
	}
	got := list(t, l, journal.Held, "", "", 100)
	if len(got) != len(want) {
		t.Fatalf("got %d messages, want %d", len(got), len(want))
	}
	for i, m := range got {
		if !bytes.Equal(m.Payload, want[i]) {
			t.Errorf("payload %d is not what was shelved", i)
		}
	}
	s := summarise(t, l, 10)
	if len(s) != 1 || s[0].Messages != 5 || s[0].Example.Payload != nil {
		t.Errorf("summaries: %d, of the first: %d messages, a payload of %d bytes", len(s), s[0].Messages, len(s[0].Example.Payload))
	}
}

func summarise(t *testing.T, l journal.Log, most int) []journal.Summary {
	t.Helper()
	got, err := l.Summaries(context.Background(), most)
	if err != nil {
		t.Fatalf("summaries: %v", err)
	}
	return got
}

func summaries(t *testing.T, l journal.Log) {
	if got := summarise(t, l, 10); len(got) != 0 {
		t.Errorf("an empty shelf has summaries: %+v", got)
	}
	shelve(t, l, held("native", "a", 1), held("native", "b", 2), held("native", "a", 3))
	shelve(t, l, journal.Shelved{Reason: journal.Quarantined, Codec: "native", Device: "a", Topic: "t", Error: "bad"})
	shelve(t, l, held("senml", "a", 4))
	all := list(t, l, journal.Held, "", "", 10) // a1 b2 a3 senml/a4
	of := func(messages int, first int64, example journal.Shelved) journal.Summary {
		return journal.Summary{
			Codec: example.Codec, Device: example.Device, Messages: messages,
			First: first, Last: example.Received, Example: example,
		}
	}
	want := []journal.Summary{of(1, 4, all[3]), of(2, 1, all[2]), of(1, 2, all[1])}
	if diff := cmp.Diff(want, summarise(t, l, 10)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], summarise(t, l, 2)); diff != "" {
		t.Errorf("the newest two (-want +got):\n%s", diff)
	}
	appendGroup(t, l, journal.Group{Take: []uint64{all[2].ID, all[3].ID}, Changes: journal.Counts{Held: -2, Duplicate: 2}})
	want = []journal.Summary{of(1, 2, all[1]), of(1, 1, all[0])}
	if diff := cmp.Diff(want, summarise(t, l, 10)); diff != "" {
		t.Errorf("after the newest of a was taken (-want +got):\n%s", diff)
	}
}
