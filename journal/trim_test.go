package journal_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/journal"
)

func passed(t *testing.T, f *journal.File, reader string, seq uint64) {
	t.Helper()
	if err := f.Passed(context.Background(), reader, seq); err != nil {
		t.Fatalf("%s passed %d: %v", reader, seq, err)
	}
}

func trim(t *testing.T, f *journal.File) int {
	t.Helper()
	n, err := f.Trim(context.Background(), time.Now().Add(time.Hour))
	if err != nil {
		t.Fatalf("trim: %v", err)
	}
	return n
}

func TestTrimWaitsForReadersThatAreToCome(t *testing.T) {
	f := open(t, t.TempDir(), journal.WithReaders("timeline", "alerts"))
	appendTo(t, f, 10)
	passed(t, f, "timeline", 10)
	if n := trim(t, f); n != 0 {
		t.Errorf("%d entries were trimmed that alerts never saw", n)
	}
	passed(t, f, "alerts", 10)
	if n := trim(t, f); n != 10 {
		t.Errorf("%d entries were trimmed, want 10", n)
	}
}

func TestReadersAreKnownAfterReopening(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	for range 10 {
		appendTo(t, f, 10)
	}
	passed(t, f, "timeline", 0)
	passed(t, f, "alerts", 100)
	passed(t, f, "timeline", 40)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir, journal.WithReaders("timeline"))
	if n := trim(t, f); n != 40 {
		t.Errorf("%d entries were trimmed, want the 40 that both have passed", n)
	}
	expectLog(t, f, 41, 100)
}

func TestSeqGoesOnAfterATrimAndReopening(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	appendTo(t, f, 10)
	passed(t, f, "timeline", 10)
	trim(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, dir)
	expectLog(t, f, 11, 10)
	appendTo(t, f, 5)
	expectLog(t, f, 11, 15)
}

// What was appended after the given time stays, and so does all behind it, even
// when the clock went back in between: a trim leaves no holes.
func TestTrimByTime(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		f, err := journal.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		begin := time.Now()
		for range 5 {
			appendTo(t, f, 10)
			time.Sleep(time.Hour)
		}
		passed(t, f, "timeline", 50)
		if n, err := f.Trim(context.Background(), begin.Add(90*time.Minute)); n != 20 || err != nil {
			t.Errorf("%d entries were trimmed, %v; want 20", n, err)
		}
		expectLog(t, f, 21, 50)
	})
}

func fileSize(t *testing.T, dir string) int64 {
	t.Helper()
	info, err := os.Stat(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// appendMegabytes appends groups of a megabyte.
func appendMegabytes(t *testing.T, f *journal.File, n int) {
	t.Helper()
	g := journal.Group{Changes: journal.Counts{Received: 100, Stored: 100}}
	for range 100 {
		g.Bodies = append(g.Bodies, bytes.Repeat([]byte("0123456789"), 1<<10))
	}
	for range n {
		if _, err := f.Append(context.Background(), g); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheFileDoesNotGrowForEver(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	for range 12 {
		appendMegabytes(t, f, 10)
		passed(t, f, "timeline", f.Last())
		trim(t, f)
	}
	if size := fileSize(t, dir); size > 40<<20 {
		t.Errorf("with never more than 10 MB kept, the file has %d bytes", size)
	}
}

// After a reader was down for long, the disk gets its room back.
func TestTheFileShrinks(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	appendMegabytes(t, f, 150)
	before := fileSize(t, dir) // without what the write-ahead log still holds
	passed(t, f, "timeline", f.Last())
	trim(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if after := fileSize(t, dir); before < 100<<20 || after > 70<<20 {
		t.Errorf("the file had %d bytes, and has %d", before, after)
	}
	expectSound(t, dir)
}

// While much is trimmed and expired, no Append waits for all of it.
func TestAppendGoesBetween(t *testing.T) {
	f := open(t, t.TempDir())
	appendMegabytes(t, f, 60)
	for range 5 {
		shelve(t, f, journal.Held, "cuff", make([]string, 500)...)
	}
	passed(t, f, "timeline", f.Last())
	var tidied atomic.Bool
	done := make(chan error, 1)
	go func() {
		defer tidied.Store(true)
		_, err := f.Trim(context.Background(), time.Now().Add(time.Hour))
		if err == nil {
			_, err = f.Expire(context.Background(), journal.Held, journal.Limits{Messages: 1})
		}
		done <- err
	}()
	between := 0
	for ; !tidied.Load(); between++ {
		appendTo(t, f, 1)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	// 60 MB go in batches of 4 MB, 2,499 messages in batches of 256.
	if between < 10 {
		t.Errorf("only %d groups were appended meanwhile", between)
	}
}

func TestATrimThatIsStopped(t *testing.T) {
	f := open(t, t.TempDir())
	appendTo(t, f, 10)
	passed(t, f, "timeline", 10)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n, err := f.Trim(ctx, time.Now().Add(time.Hour)); n != 0 || err == nil {
		t.Errorf("%d entries were trimmed, %v", n, err)
	}
	expectLog(t, f, 1, 10)
}
