package journal

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// What is appended is moved out of the write-ahead log beside the appends, which
// never do it themselves, and the log does not grow for ever.
func TestWriteAheadLogIsMovedBesideAppends(t *testing.T) {
	dir := t.TempDir()
	f, err := Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	body := bytes.Repeat([]byte("x"), 1<<20)
	appended := int64(0)
	for range 12 * walBytes / len(body) {
		if _, err := f.Append(t.Context(), Group{Bodies: [][]byte{body}, Changes: Counts{Received: 1, Stored: 1}}); err != nil {
			t.Fatal(err)
		}
		appended += int64(len(body))
	}
	// The mover is at work on its own session, which is one goroutine's.
	own, err := openSession(t.Context(), dir, lazy)
	if err != nil {
		t.Fatal(err)
	}
	defer own.close()
	looker := mover{session: own}
	waitFor(t, "the log to be moved", func() bool {
		left, err := looker.checkpoint(t.Context(), "NOOP")
		if err != nil {
			t.Fatal(err)
		}
		if left >= walPages { // it was too late for the last append to say so
			f.mover.look()
		}
		return left < walPages
	})
	log, err := os.Stat(filepath.Join(dir, fileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	if log.Size() > appended/2 {
		t.Errorf("the write-ahead log has %d bytes after %d were appended: it never began anew", log.Size(), appended)
	}
}

func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-t.Context().Done():
			t.Fatal("waiting for", what)
		case <-tick.C:
		}
	}
}
