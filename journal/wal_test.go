package journal_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/anxin-care/anxin/journal"
)

// moment is what the journal held after a commit.
type moment struct {
	wal    int64 // size of the write-ahead log, in bytes
	last   uint64
	counts journal.Counts
	held   int
}

// A power cut can leave any part of the write-ahead log unwritten. Whatever
// the log's end looks like, the journal opens, and holds exactly the commits
// before the first byte that is wrong, and all that was moved to the database.
func TestWriteAheadLogCutOrGarbled(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	appendTo(t, f, 20)
	shelve(t, f, journal.Held, "cuff", "a", "b")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir)
	moments := []moment{momentOf(t, f, dir)}
	for i := range 4 {
		if i%2 == 0 {
			appendTo(t, f, 1+40*i)
		} else {
			shelve(t, f, journal.Held, fmt.Sprint("d", i), "c")
		}
		moments = append(moments, momentOf(t, f, dir))
	}
	database, wal := read(t, filepath.Join(dir, "journal.db")), read(t, filepath.Join(dir, "journal.db-wal"))
	if int64(len(wal)) != moments[len(moments)-1].wal || moments[0].wal != 0 {
		t.Fatalf("the write-ahead log has %d bytes, noted were %+v", len(wal), moments)
	}

	for i, at := range positions(len(wal)) {
		want := moments[0]
		for _, m := range moments {
			if m.wal <= int64(at) {
				want = m
			}
		}
		expectMoment(t, fmt.Sprintf("cut at %d", at), database, wal[:at], want)
		garbled := append([]byte(nil), wal...)
		garbled[at] ^= byte(1 + rand.IntN(255))
		expectMoment(t, fmt.Sprintf("byte %d turned", at), database, garbled, want)
		if i%3 > 0 {
			continue
		}
		for j := at; j < len(garbled); j++ {
			garbled[j] = byte(rand.Uint32())
		}
		expectMoment(t, fmt.Sprintf("garbage from %d", at), database, garbled, want)
	}
	expectMoment(t, "garbage after the end", database, append(wal, wal[:9000]...), moments[len(moments)-1])
}

// positions are the log's header, the borders of its frames, and some between.
func positions(size int) []int {
	const header, frame = 32, 24 + 4096
	at := []int{0, 7, 12, 31}
	for border := header; border < size; border += frame {
		at = append(at, border, border+rand.IntN(24), border+24+rand.IntN(4096), border+frame-1)
	}
	return at
}

func momentOf(t *testing.T, f *journal.File, dir string) moment {
	t.Helper()
	var size int64
	if info, err := os.Stat(filepath.Join(dir, "journal.db-wal")); err == nil {
		size = info.Size()
	} else if !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return moment{size, f.Last(), f.Counts(), len(shelved(t, f, journal.Held))}
}

func expectMoment(t *testing.T, what string, database, wal []byte, want moment) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string][]byte{"journal.db": database, "journal.db-wal": wal} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := journal.Open(context.Background(), dir)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	defer f.Close()
	got := moment{want.wal, f.Last(), f.Counts(), len(shelved(t, f, journal.Held))}
	if got != want {
		t.Fatalf("%s: got %+v, want %+v", what, got, want)
	}
	expectLog(t, f, 1, want.last)
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
