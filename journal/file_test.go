package journal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/journal/journaltest"
)

func open(t *testing.T, dir string, options ...journal.Option) *journal.File {
	t.Helper()
	f, err := journal.Open(context.Background(), dir, options...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil && !errors.Is(err, journal.ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

func TestFileIsALog(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journal.Log { return open(t, t.TempDir()) })
}

func TestFileIsALogWithoutMemory(t *testing.T) {
	journaltest.Run(t, func(t *testing.T) journal.Log { return open(t, t.TempDir(), journal.WithoutMemory()) })
}

// appendTo appends a group of n entries, each telling its Seq.
func appendTo(t *testing.T, f *journal.File, n int) {
	t.Helper()
	g := journal.Group{Changes: journal.Counts{Received: int64(n), Stored: int64(n)}}
	for i := range n {
		g.Bodies = append(g.Bodies, bodyOf(f.Last()+uint64(i)+1))
	}
	if _, err := f.Append(context.Background(), g); err != nil {
		t.Fatalf("append: %v", err)
	}
}

func bodyOf(seq uint64) []byte { return fmt.Appendf(nil, "the body of entry %d", seq) }

// expectLog fails unless the log holds, intact, the entries from first to its last.
func expectLog(t *testing.T, f *journal.File, first, last uint64) {
	t.Helper()
	if got := f.Last(); got != last {
		t.Fatalf("Last is %d, want %d", got, last)
	}
	seq := uint64(0)
	for {
		entries, err := f.Read(context.Background(), seq, 700)
		if err != nil {
			t.Fatalf("read after %d: %v", seq, err)
		}
		if len(entries) == 0 {
			break
		}
		for _, e := range entries {
			want := max(seq+1, first)
			if e.Seq != want || string(e.Body) != string(bodyOf(want)) {
				t.Fatalf("got entry %d %q, want %d", e.Seq, e.Body, want)
			}
			seq = e.Seq
		}
	}
	if seq != last && first <= last {
		t.Fatalf("the log ends at %d, want %d", seq, last)
	}
}

func TestEverythingIsThereAfterReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a dir", "with ?#% and 长者")
	f := open(t, dir)
	appendTo(t, f, 300)
	appendTo(t, f, 1)
	shelve(t, f, journal.Held, "cuff", "first", "second")
	want := f.Counts()
	close := f.Close()
	if close != nil {
		t.Fatal(close)
	}

	f = open(t, dir)
	expectLog(t, f, 1, 301)
	if got := f.Counts(); got != want {
		t.Errorf("counts are %+v, want %+v", got, want)
	}
	if got := shelved(t, f, journal.Held); len(got) != 2 || string(got[1].Payload) != "second" {
		t.Errorf("the shelf holds %+v", got)
	}
	appendTo(t, f, 10)
	expectLog(t, f, 1, 311)
}

func TestTheFileIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	f := open(t, dir)
	appendTo(t, f, 1)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("list %s: %d files, %v", dir, len(files), err)
	}
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v: others may open it", file.Name(), info.Mode())
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Run("no directory", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		expectOpenError(t, file, file)
	})
	t.Run("not a database", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "journal.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		expectOpenError(t, dir, "not a database")
	})
	t.Run("written by a later version", func(t *testing.T) {
		dir := t.TempDir()
		f := open(t, dir)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, dir, "PRAGMA user_version = 99")
		expectOpenError(t, dir, "later")
		if _, err := journal.OpenReader(context.Background(), dir); err == nil || !strings.Contains(err.Error(), "later") {
			t.Errorf("open a reader: %v", err)
		}
	})
	t.Run("entries are missing at the end", func(t *testing.T) {
		dir := t.TempDir()
		f := open(t, dir)
		appendTo(t, f, 5)
		appendTo(t, f, 5)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		execute(t, dir, "DELETE FROM runs WHERE last = 10")
		expectOpenError(t, dir, "should be 10")
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := journal.Open(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
			t.Errorf("open: %v", err)
		}
	})
}

func expectOpenError(t *testing.T, dir, about string) {
	t.Helper()
	f, err := journal.Open(context.Background(), dir)
	if err == nil {
		f.Close()
	}
	if err == nil || !strings.Contains(err.Error(), about) || !strings.Contains(err.Error(), dir) {
		t.Errorf("open: %v; want an error about %q and the directory", err, about)
	}
}

// Two that append would give the same Seq twice. Whoever finds that the other
// was there stops, and what it has in memory is never written.
func TestOnlyOneAppends(t *testing.T) {
	dir := t.TempDir()
	one := open(t, dir)
	other := open(t, dir)
	appendTo(t, one, 3)
	_, err := other.Append(context.Background(), journal.Group{Bodies: [][]byte{{1}}})
	if err == nil {
		t.Fatal("a second process appended")
	}
	appendTo(t, one, 3)
	expectLog(t, one, 1, 6)
}

// Nothing in Append or Wait depends on real time passing.
func TestWaitOnAVirtualClock(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f, err := journal.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		start := time.Now()
		if err := f.Wait(ctx, 0); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Hour {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		woken := make(chan error)
		go func() { woken <- f.Wait(context.Background(), 0) }()
		synctest.Wait()
		appendTo(t, f, 1)
		if err := <-woken; err != nil {
			t.Errorf("wait: %v", err)
		}
	})
}
