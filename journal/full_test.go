package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

// groupOf is a group of n entries that go on from the log's end, with a message to shelve.
func groupOf(f *journal.File, n int) journal.Group {
	g := journal.Group{Changes: journal.Counts{Received: int64(n) + 1, Stored: int64(n), Held: 1}}
	for i := range n {
		g.Bodies = append(g.Bodies, bodyOf(f.Last()+uint64(i)+1))
	}
	g.Shelve = []journal.Shelved{{Reason: journal.Held, Codec: "native", Device: "cuff", Topic: "t", Payload: make([]byte, 5000), Received: start.UnixMilli()}}
	return g
}

// fill appends until the disk is full, and returns the group that found no room.
func fill(t *testing.T, f *journal.File) journal.Group {
	t.Helper()
	for range 10_000 {
		last, counts := f.Last(), f.Counts()
		g := groupOf(f, 1000)
		_, err := f.Append(context.Background(), g)
		if err == nil {
			continue
		}
		if !errors.Is(err, journal.ErrFull) {
			t.Fatalf("the disk should be full, but: %v", err)
		}
		if f.Last() != last || f.Counts() != counts {
			t.Errorf("something of the group was kept: %d %+v, before %d %+v", f.Last(), f.Counts(), last, counts)
		}
		return g
	}
	t.Fatal("the disk never got full")
	return journal.Group{}
}

func TestFullDisk(t *testing.T) { testFullDisk(t) }

// Others may take what Append would leave.
func TestDiskFullToTheLastByte(t *testing.T) { testFullDisk(t, journal.WithoutReserve()) }

func testFullDisk(t *testing.T, options ...journal.Option) {
	disk := smallDisk(t, 2<<20)
	ballast := filepath.Join(disk, "something else")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(disk, "data")
	f := open(t, dir, options...)
	g := fill(t, f)
	last, held := f.Last(), len(shelved(t, f, journal.Held))
	for range 3 {
		if _, err := f.Append(context.Background(), g); !errors.Is(err, journal.ErrFull) || !strings.Contains(err.Error(), dir) {
			t.Errorf("append again: %v; want a full disk and the directory", err)
		}
	}
	expectLog(t, f, 1, last)

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	first, err := f.Append(context.Background(), g)
	if err != nil || first != last+1 {
		t.Fatalf("append where there is room again: %d, %v; want %d", first, err, last+1)
	}
	expectLog(t, f, 1, last+1000)
	expectPlaces(t, f)
	if got := len(shelved(t, f, journal.Held)); got != held+1 {
		t.Errorf("%d messages are held, want %d", got, held+1)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	expectSound(t, dir)
	f = open(t, dir)
	expectLog(t, f, 1, last+1000)
}

// A log that filled its disk while a reader was down gets going again by
// itself when the reader has caught up.
func TestTrimOnAFullDisk(t *testing.T) {
	f := open(t, filepath.Join(smallDisk(t, 30<<20), "data"))
	if err := f.Passed(context.Background(), "timeline", 0); err != nil {
		t.Fatal(err)
	}
	g := fill(t, f)
	last := f.Last()
	if err := f.Passed(context.Background(), "timeline", last); err != nil {
		t.Fatal(err)
	}
	if n, err := f.Trim(context.Background(), time.Now().Add(time.Hour)); err != nil {
		t.Fatalf("trim after %d: %v", n, err)
	}
	for range 20 {
		if _, err := f.Append(context.Background(), g); err != nil {
			t.Fatalf("append after a trim: %v", err)
		}
	}
}

func TestNoRoomToOpen(t *testing.T) {
	disk := smallDisk(t, 64<<10)
	if err := os.WriteFile(filepath.Join(disk, "ballast"), make([]byte, 40<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := journal.Open(context.Background(), disk); !errors.Is(err, journal.ErrFull) {
		t.Errorf("open: %v; want a full disk", err)
	}
}
