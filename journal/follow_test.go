package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/anxin-care/anxin/journal"
)

func TestFollowerTriesUntilItWorks(t *testing.T) {
	log, err := journal.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	const entries = 1000
	f := journal.NewFollower("test", log, 64, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var got []uint64
	tries, kept := 0, uint64(0)
	done := make(chan error, 1)
	go func() {
		done <- f.Run(ctx, 0, func(_ context.Context, batch []journal.Entry) error {
			mu.Lock()
			defer mu.Unlock()
			tries++
			switch {
			case tries == 3:
				return errors.New("store is down")
			case tries == 6: // the store was restored from a backup
				got = got[:min(len(got), 100)]
				kept = uint64(len(got))
				return &journal.Rewind{To: kept, Cause: errors.New("restored")}
			}
			for _, e := range batch {
				got = append(got, e.Seq)
			}
			if len(got) == entries {
				cancel()
			}
			return nil
		})
	}()
	for i := range entries / 10 {
		var g journal.Group
		for k := range 10 {
			g.Bodies = append(g.Bodies, fmt.Append(nil, i*10+k))
		}
		if _, err := log.Append(t.Context(), g); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if len(got) != entries || tries < 7 {
		t.Fatalf("%d entries of %d in %d tries", len(got), entries, tries)
	}
	for i, seq := range got {
		if seq != uint64(i+1) {
			t.Fatalf("entry %d is number %d", i+1, seq)
		}
	}
	if f.Lag() != 0 || f.Passed() != entries {
		t.Errorf("passed %d, lag %d", f.Passed(), f.Lag())
	}
}
