package journaltest

import (
	"context"
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/journal"
)

// Run runs the suite. Each call of open gives a new, empty log, which open
// closes when the test ends if the test has not.
func Run(t *testing.T, open func(t *testing.T) journal.Log) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, l journal.Log)
	}{
		{"an empty log", emptyLog},
		{"entries come back in order", entriesInOrder},
		{"read goes on from anywhere", readFromAnywhere},
		{"bodies of every size", bodiesOfEverySize},
		{"the group may be used again", groupUsedAgain},
		{"a group of large entries", largeGroup},
		{"wait", waiting},
		{"readers beside a writer", readersBesideWriter},
		{"a reader ahead of the log", readerAhead},
		{"counts", counts},
		{"counts that do not balance", unbalanced},
		{"trim keeps what a reader needs", trimKeepsNeeded},
		{"trim keeps what is young", trimKeepsYoung},
		{"trim everything, then go on", trimEverything},
		{"the shelf comes back as it was", shelfAsItWas},
		{"the shelf by device", shelfByDevice},
		{"take off the shelf", takeOffShelf},
		{"a shelf of large messages", largeShelf},
		{"summaries", summaries},
		{"cancelled", cancelled},
		{"closed", closed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// appendText appends entries with these bodies, as one group.
func appendText(t *testing.T, l journal.Log, texts ...string) uint64 {
	t.Helper()
	n := int64(len(texts))
	g := journal.Group{Changes: journal.Counts{Received: n, Stored: n, Readings: n}}
	for _, text := range texts {
		g.Bodies = append(g.Bodies, []byte(text))
	}
	return appendGroup(t, l, g)
}

func appendGroup(t *testing.T, l journal.Log, g journal.Group) uint64 {
	t.Helper()
	first, err := l.Append(context.Background(), g)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	return first
}

// appendMany appends groups of several sizes with n entries in all: entry i has the body "entry i".
func appendMany(t *testing.T, l journal.Log, n int) {
	t.Helper()
	for at, size := int(l.Last()), 1; n > 0; size = size*3%17 + 1 {
		var texts []string
		for range min(size, n) {
			at++
			texts = append(texts, body(uint64(at)))
		}
		appendText(t, l, texts...)
		n -= len(texts)
	}
}

func body(seq uint64) string { return fmt.Sprintf("entry %d", seq) }

// readAll reads to the end, at most so many at a time.
func readAll(t *testing.T, l journal.Log, after uint64, most int) []journal.Entry {
	t.Helper()
	var all []journal.Entry
	for {
		some, err := l.Read(context.Background(), after, most)
		if err != nil {
			t.Fatalf("read %d entries after %d: %v", most, after, err)
		}
		if len(some) > most {
			t.Fatalf("read %d entries after %d: got %d", most, after, len(some))
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
		after = some[len(some)-1].Seq
	}
}

// expectEntries fails unless the entries are those from first to last that appendMany wrote.
func expectEntries(t *testing.T, entries []journal.Entry, first, last uint64) {
	t.Helper()
	if want := int(last + 1 - first); len(entries) != want {
		t.Fatalf("got %d entries, want %d", len(entries), want)
	}
	for i, e := range entries {
		if want := first + uint64(i); e.Seq != want || string(e.Body) != body(want) {
			t.Fatalf("entry %d is %d %q, want %d %q", i, e.Seq, e.Body, want, body(want))
		}
	}
}

func passed(t *testing.T, l journal.Log, reader string, seq uint64) {
	t.Helper()
	if err := l.Passed(context.Background(), reader, seq); err != nil {
		t.Fatalf("%s passed %d: %v", reader, seq, err)
	}
}
