package journaltest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/anxin-care/anxin/journal"
)

func trim(t *testing.T, l journal.Log, before time.Time) int {
	t.Helper()
	n, err := l.Trim(context.Background(), before)
	if err != nil {
		t.Fatalf("trim: %v", err)
	}
	return n
}

// soon is after everything that was appended.
func soon() time.Time { return time.Now().Add(time.Hour) }

func trimKeepsNeeded(t *testing.T, l journal.Log) {
	const n = 1000
	appendMany(t, l, n)
	if got := trim(t, l, soon()); got != 0 {
		t.Errorf("without a reader %d entries were trimmed", got)
	}
	passed(t, l, "timeline", n)
	passed(t, l, "alerts", 400)
	passed(t, l, "alerts", 300) // it never goes back
	got := trim(t, l, soon())
	if got == 0 || got > 400 {
		t.Errorf("%d entries were trimmed, want up to 400", got)
	}
	expectEntries(t, readAll(t, l, 400, 100), 401, n)
	expectEntries(t, readAll(t, l, 0, 100), uint64(got)+1, n)
	if again := trim(t, l, soon()); again != 0 {
		t.Errorf("%d more were trimmed though no reader has moved", again)
	}
}

func trimKeepsYoung(t *testing.T, l journal.Log) {
	const n = 100
	appendMany(t, l, n)
	passed(t, l, "timeline", n)
	if got := trim(t, l, time.Now().Add(-time.Hour)); got != 0 {
		t.Errorf("%d young entries were trimmed", got)
	}
	expectEntries(t, readAll(t, l, 0, 100), 1, n)
}

func trimEverything(t *testing.T, l journal.Log) {
	appendMany(t, l, 100)
	passed(t, l, "timeline", 100)
	if got := trim(t, l, soon()); got != 100 {
		t.Errorf("%d of 100 entries were trimmed", got)
	}
	if got := readAll(t, l, 0, 100); len(got) != 0 {
		t.Errorf("%d entries are left", len(got))
	}
	if l.Last() != 100 {
		t.Errorf("Last is %d, want 100", l.Last())
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := l.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a reader that begins does not wait for the next entry: %v", err)
	}
	appendMany(t, l, 50)
	expectEntries(t, readAll(t, l, 0, 100), 101, 150)
	expectEntries(t, readAll(t, l, 120, 100), 121, 150)
}
