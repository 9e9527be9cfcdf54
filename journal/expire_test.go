package journal_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

func TestExpire(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits journal.Limits
		left   string // device and number of each message, oldest first
	}{
		{"no limit", journal.Limits{}, "a0 b1 a2 a3 c4 a5 b6 a7"},
		{"limits that are kept", journal.Limits{Messages: 8, Bytes: 1e6, DeviceMessages: 5, DeviceBytes: 1e6, Since: start}, "a0 b1 a2 a3 c4 a5 b6 a7"},
		{"messages", journal.Limits{Messages: 3}, "a5 b6 a7"},
		{"bytes", journal.Limits{Bytes: 3*101 + 50}, "a5 b6 a7"},
		{"bytes for less than one message", journal.Limits{Bytes: 50}, ""},
		{"of one device", journal.Limits{DeviceMessages: 2}, "b1 c4 a5 b6 a7"},
		{"bytes of one device", journal.Limits{DeviceBytes: 250}, "b1 c4 a5 b6 a7"},
		{"a device keeps its newest", journal.Limits{DeviceBytes: 1}, "c4 b6 a7"},
		{"age", journal.Limits{Since: start.Add(4 * time.Second)}, "c4 a5 b6 a7"},
		{"age of all", journal.Limits{Since: start.Add(time.Hour)}, ""},
		{"several at once", journal.Limits{Since: start.Add(2 * time.Second), DeviceMessages: 2, Messages: 3}, "a5 b6 a7"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f := open(t, dir)
			want := f.Counts()
			for i, device := range "abaacaba" {
				shelve(t, f, journal.Held, string(device), fmt.Sprintf("%-100d", i)) // 101 bytes with the topic
				want.Received++
				want.Held++
			}
			// What is quarantined has limits of its own.
			shelve(t, f, journal.Quarantined, "a", strings.Repeat("x", 1000), "y")
			want.Received, want.Quarantined = want.Received+2, 2

			n, err := f.Expire(context.Background(), journal.Held, c.limits)
			if err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, m := range shelved(t, f, journal.Held) {
				left = append(left, m.Device+strings.TrimSpace(string(m.Payload)))
			}
			if got := strings.Join(left, " "); got != c.left || n != 8-len(left) {
				t.Errorf("%d expired, left are %q, want %q", n, got, c.left)
			}
			want.Expired = int64(n)
			if got := f.Counts(); got != want {
				t.Errorf("counts are %+v, want %+v", got, want)
			}
			expectPlaces(t, f)
			if n, err := f.Expire(context.Background(), journal.Held, c.limits); n != 0 || err != nil {
				t.Errorf("%d more expired, %v", n, err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			expectSound(t, dir)
			if got := open(t, dir).Counts(); got != want {
				t.Errorf("after reopening the counts are %+v, want %+v", got, want)
			}
		})
	}
}

func TestExpireQuarantined(t *testing.T) {
	for _, c := range []struct {
		name   string
		limits journal.Limits
		left   string
	}{
		{"limits that are kept", journal.Limits{Messages: 6, Bytes: 6 * 101, DeviceMessages: 4, DeviceBytes: 4 * 101}, "a0 a1 b2 a3 c4 a5"},
		{"messages", journal.Limits{Messages: 3}, "a3 c4 a5"},
		{"bytes", journal.Limits{Bytes: 2*101 + 50}, "c4 a5"},
		{"of one device", journal.Limits{DeviceMessages: 2}, "b2 a3 c4 a5"},
		{"bytes of one device", journal.Limits{DeviceBytes: 101}, "b2 c4 a5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			f := open(t, dir)
			for i, device := range "aabaca" {
				shelve(t, f, journal.Quarantined, string(device), fmt.Sprintf("%-100d", i))
			}
			shelve(t, f, journal.Held, "a", "x", "y", "z")
			want := f.Counts()
			n, err := f.Expire(context.Background(), journal.Quarantined, c.limits)
			if err != nil {
				t.Fatal(err)
			}
			want.Expired = int64(n)
			var left []string
			for _, m := range shelved(t, f, journal.Quarantined) {
				left = append(left, m.Device+strings.TrimSpace(string(m.Payload)))
			}
			if got := strings.Join(left, " "); got != c.left || n != 6-len(left) {
				t.Errorf("%d expired, left are %q, want %q", n, got, c.left)
			}
			if held := len(shelved(t, f, journal.Held)); held != 3 || f.Counts() != want {
				t.Errorf("%d are held of 3; counts are %+v, want %+v", held, f.Counts(), want)
			}
			expectPlaces(t, f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			expectSound(t, dir)
		})
	}
}

func TestExpireManyInSeveralTransactions(t *testing.T) {
	f := open(t, t.TempDir())
	for i := range 3 {
		shelve(t, f, journal.Held, fmt.Sprint("d", i), make([]string, 1000)...)
	}
	if n, err := f.Expire(context.Background(), journal.Held, journal.Limits{DeviceMessages: 10}); n != 2970 || err != nil {
		t.Errorf("%d expired, %v; want 2970", n, err)
	}
	if n, err := f.Expire(context.Background(), journal.Held, journal.Limits{Messages: 5}); n != 25 || err != nil {
		t.Errorf("%d expired, %v; want 25", n, err)
	}
	expectPlaces(t, f)
}

// What somebody has just asked to try again must not go meanwhile.
func TestExpireSparesWhatIsRequested(t *testing.T) {
	f := open(t, t.TempDir())
	shelve(t, f, journal.Held, "a", "0", "1", "2", "3")
	ids := idsOf(shelved(t, f, journal.Held))
	if n, err := f.RequestReplay(context.Background(), ids[:2]); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	for _, limits := range []journal.Limits{{DeviceMessages: 1}, {Messages: 1}, {Since: start.Add(time.Hour)}} {
		if _, err := f.Expire(context.Background(), journal.Held, limits); err != nil {
			t.Fatal(err)
		}
	}
	if got := idsOf(shelved(t, f, journal.Held)); !slices.Equal(got, ids[:2]) {
		t.Errorf("left are %v, want the requested %v", got, ids[:2])
	}
}

func idsOf(messages []journal.Shelved) (ids []uint64) {
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	return ids
}

func TestDrop(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	shelve(t, f, journal.Quarantined, "", "0", "1", "2")
	shelve(t, f, journal.Held, "a", "3")
	bad, held := idsOf(shelved(t, f, journal.Quarantined)), idsOf(shelved(t, f, journal.Held))
	want := f.Counts()
	ctx := context.Background()
	if err := f.Drop(ctx, bad[0], held[0]); err == nil || !strings.Contains(err.Error(), "held") {
		t.Errorf("drop one that is held: %v", err)
	}
	if got := idsOf(shelved(t, f, journal.Quarantined)); !slices.Equal(got, bad) {
		t.Errorf("left are %v, want all of %v", got, bad)
	}
	if err := f.Drop(ctx, bad[0], bad[2], 999); err != nil {
		t.Errorf("drop: %v", err)
	}
	if err := f.Drop(ctx); err != nil {
		t.Errorf("drop nothing: %v", err)
	}
	if got := idsOf(shelved(t, f, journal.Quarantined)); !slices.Equal(got, bad[1:2]) {
		t.Errorf("left are %v, want %v", got, bad[1:2])
	}
	if got := f.Counts(); got != want {
		t.Errorf("counts are %+v, want %+v", got, want)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	expectSound(t, dir)
}

// A flood of devices that nobody knows: everything stays quick, and what is
// kept about each device goes with its last message.
func TestManyDevicesUnknown(t *testing.T) {
	const devices, groups = 4_000, 8
	dir := t.TempDir()
	f := open(t, dir)
	ctx := context.Background()
	for g := range groups {
		group := journal.Group{Changes: journal.Counts{Received: devices / groups, Held: devices / groups}}
		for i := range devices / groups {
			device := fmt.Sprintf("%08x", uint32(g*devices/groups+i)*2654435761) // scattered
			group.Shelve = append(group.Shelve, journal.Shelved{
				Reason: journal.Held, Codec: "native", Device: device, Topic: "anxin/v1/devices/" + device + "/readings",
				Payload: []byte(`{"heart_rate":72}`), Received: start.UnixMilli() + int64(i),
			})
		}
		if _, err := f.Append(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	summaries, err := f.Summaries(ctx, 50)
	if err != nil || len(summaries) != 50 || summaries[0].Messages != 1 {
		t.Errorf("%d summaries, %v", len(summaries), err)
	}
	if n, err := f.Expire(ctx, journal.Held, journal.Limits{Messages: 100, DeviceMessages: 10, DeviceBytes: 1}); n != devices-100 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	expectPlaces(t, f)
	if summaries, err := f.Summaries(ctx, 1000); len(summaries) != 100 || err != nil {
		t.Errorf("%d devices are left, %v; want 100", len(summaries), err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	expectSound(t, dir)
}

func TestErrorsOfAClosedFile(t *testing.T) {
	f := open(t, t.TempDir())
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	_, expire := f.Expire(ctx, journal.Held, journal.Limits{DeviceMessages: 1})
	_, request := f.RequestReplay(ctx, []uint64{1})
	_, requested := f.Requested(ctx)
	for name, err := range map[string]error{
		"expire": expire, "drop": f.Drop(ctx, 1), "request a replay": request,
		"requested": requested, "refuse": f.Refuse(ctx, 1, errors.New("no")),
	} {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
