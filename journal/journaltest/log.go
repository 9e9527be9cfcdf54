package journaltest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

func emptyLog(t *testing.T, l journal.Log) {
	if last := l.Last(); last != 0 {
		t.Errorf("Last is %d, want 0", last)
	}
	if got := readAll(t, l, 0, 10); len(got) != 0 {
		t.Errorf("it holds %d entries", len(got))
	}
	if c := l.Counts(); c != (journal.Counts{}) {
		t.Errorf("counts are %+v", c)
	}
	if first := appendGroup(t, l, journal.Group{}); first != 0 || l.Last() != 0 {
		t.Errorf("an empty group got Seq %d, Last is %d; want 0", first, l.Last())
	}
}

func entriesInOrder(t *testing.T, l journal.Log) {
	if first := appendText(t, l, "a", "b"); first != 1 {
		t.Errorf("the first Seq is %d, want 1", first)
	}
	if first := appendText(t, l, "c"); first != 3 {
		t.Errorf("the second group's Seq is %d, want 3", first)
	}
	if last := l.Last(); last != 3 {
		t.Errorf("Last is %d, want 3", last)
	}
	var got strings.Builder
	for _, e := range readAll(t, l, 0, 100) {
		fmt.Fprintf(&got, "%d%s ", e.Seq, e.Body)
	}
	if got.String() != "1a 2b 3c " {
		t.Errorf("read %q", got.String())
	}
}

func readFromAnywhere(t *testing.T, l journal.Log) {
	const n = 60
	appendMany(t, l, n)
	for after := uint64(0); after <= n; after++ {
		for _, most := range []int{1, 7, 1000} {
			expectEntries(t, readAll(t, l, after, most), after+1, n)
		}
	}
	if got, err := l.Read(context.Background(), 0, 0); err != nil || len(got) != 0 {
		t.Errorf("read no entries: got %d, %v", len(got), err)
	}
}

func bodiesOfEverySize(t *testing.T, l journal.Log) {
	var g journal.Group
	for _, size := range []int{0, 1, 127, 128, 129, 16383, 16384, 1 << 20, 3<<20 + 1, 0} {
		g.Bodies = append(g.Bodies, bytes.Repeat([]byte{byte(size), 0xff, 0}, size/3+1)[:size])
	}
	appendGroup(t, l, g)
	got := readAll(t, l, 0, 100)
	if len(got) != len(g.Bodies) {
		t.Fatalf("got %d entries, want %d", len(got), len(g.Bodies))
	}
	for i, e := range got {
		if e.Seq != uint64(i+1) || !bytes.Equal(e.Body, g.Bodies[i]) {
			t.Errorf("entry %d has Seq %d and %d bytes, want %d", i, e.Seq, len(e.Body), len(g.Bodies[i]))
		}
	}
}

func groupUsedAgain(t *testing.T, l journal.Log) {
	g := journal.Group{Bodies: [][]byte{[]byte("first")}}
	appendGroup(t, l, g)
	copy(g.Bodies[0], "other")
	appendGroup(t, l, g)
	got := readAll(t, l, 0, 10)
	if len(got) != 2 || string(got[0].Body) != "first" || string(got[1].Body) != "other" {
		t.Errorf("got %v", got)
	}
}

func largeGroup(t *testing.T, l journal.Log) {
	var g journal.Group
	for i := range 60 {
		g.Bodies = append(g.Bodies, bytes.Repeat([]byte{byte(i)}, 300_000))
	}
	appendGroup(t, l, g)
	got := readAll(t, l, 0, 1000)
	if len(got) != 60 {
		t.Fatalf("got %d entries, want 60", len(got))
	}
	for i, e := range got {
		if e.Seq != uint64(i+1) || !bytes.Equal(e.Body, g.Bodies[i]) {
			t.Errorf("entry %d is not what was appended", i)
		}
	}
}

func waiting(t *testing.T, l journal.Log) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	appendText(t, l, "1")
	if err := l.Wait(ctx, 0); err != nil {
		t.Fatalf("wait for what is there: %v", err)
	}
	var waiters sync.WaitGroup
	for after := uint64(1); after <= 3; after++ {
		waiters.Go(func() {
			if err := l.Wait(ctx, after); err != nil {
				t.Errorf("wait for an entry after %d: %v", after, err)
			}
			if last := l.Last(); last <= after {
				t.Errorf("the wait for an entry after %d ended at %d", after, last)
			}
		})
	}
	for range 3 {
		appendText(t, l, "more")
	}
	waiters.Wait()

	ended, end := context.WithCancel(context.Background())
	end()
	if err := l.Wait(ended, l.Last()); !errors.Is(err, context.Canceled) {
		t.Errorf("wait with a context that ended: %v", err)
	}
}

func readersBesideWriter(t *testing.T, l journal.Log) {
	const n = 2000
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var readers sync.WaitGroup
	for _, most := range []int{1, 10, 500} {
		readers.Go(func() {
			for at := uint64(0); at < n; {
				if err := l.Wait(ctx, at); err != nil {
					t.Errorf("wait: %v", err)
					return
				}
				entries, err := l.Read(ctx, at, most)
				if err != nil || len(entries) == 0 {
					t.Errorf("read after a wait: %d entries, %v", len(entries), err)
					return
				}
				for _, e := range entries {
					if at++; e.Seq != at || string(e.Body) != body(at) {
						t.Errorf("read %d %q, want %d", e.Seq, e.Body, at)
						return
					}
				}
			}
		})
	}
	appendMany(t, l, n)
	readers.Wait()
}

func readerAhead(t *testing.T, l journal.Log) {
	appendText(t, l, "1")
	if _, err := l.Read(context.Background(), 2, 1); !errors.Is(err, journal.ErrAhead) {
		t.Errorf("read after 2 of 1: %v", err)
	}
	if err := l.Passed(context.Background(), "timeline", 2); !errors.Is(err, journal.ErrAhead) {
		t.Errorf("passed 2 of 1: %v", err)
	}
}

func counts(t *testing.T, l journal.Log) {
	want := journal.Counts{Received: 10, Stored: 4, Duplicate: 3, Quarantined: 1, Held: 2, Readings: 20, DuplicateReadings: 15}
	appendGroup(t, l, journal.Group{Changes: want})
	if got := l.Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	// A message held turns out to be a duplicate, one quarantined is stored.
	appendGroup(t, l, journal.Group{Changes: journal.Counts{Held: -1, Duplicate: 1, Quarantined: -1, Stored: 1, Readings: 5}})
	want = journal.Counts{Received: 10, Stored: 5, Duplicate: 4, Quarantined: 0, Held: 1, Readings: 25, DuplicateReadings: 15}
	if got := l.Counts(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func unbalanced(t *testing.T, l journal.Log) {
	g := journal.Group{Bodies: [][]byte{{1}}, Changes: journal.Counts{Received: 2, Stored: 1}}
	if _, err := l.Append(context.Background(), g); err == nil {
		t.Error("changes that do not balance were taken")
	}
	if l.Last() != 0 || l.Counts() != (journal.Counts{}) {
		t.Errorf("something was kept: last %d, %+v", l.Last(), l.Counts())
	}
}

func cancelled(t *testing.T, l journal.Log) {
	appendText(t, l, "1")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for name, err := range everyCall(ctx, l) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s with a context that ended: %v", name, err)
		}
	}
	if l.Last() != 1 {
		t.Errorf("Last is %d, want 1", l.Last())
	}
}

func closed(t *testing.T, l journal.Log) {
	appendText(t, l, "1")
	waits := make(chan error)
	go func() { waits <- l.Wait(context.Background(), 1) }()
	if err := l.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
	if err := <-waits; !errors.Is(err, journal.ErrClosed) {
		t.Errorf("a wait that was under way: %v", err)
	}
	if err := l.Close(); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("close again: %v", err)
	}
	for name, err := range everyCall(context.Background(), l) {
		if !errors.Is(err, journal.ErrClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// everyCall makes each call that can fail, and returns the errors by name.
func everyCall(ctx context.Context, l journal.Log) map[string]error {
	errs := map[string]error{"wait": l.Wait(ctx, l.Last())}
	_, errs["append"] = l.Append(ctx, journal.Group{Bodies: [][]byte{{1}}})
	_, errs["read"] = l.Read(ctx, 0, 1)
	errs["passed"] = l.Passed(ctx, "timeline", 0)
	_, errs["trim"] = l.Trim(ctx, time.Now())
	_, errs["shelf"] = l.Shelf(ctx, journal.Held, "", "", 0, 1)
	_, errs["summaries"] = l.Summaries(ctx, 1)
	return errs
}
