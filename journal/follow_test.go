package journal_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/journal"
)

func TestFollowerTriesUntilItWorks(t *testing.T) {
	log, err := journal.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	const entries = 1000
	f := journal.NewFollower("test", log, 64, 0, slog.New(slog.DiscardHandler))
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

// steady is a log to which an entry comes every millisecond, for a second.
type steady struct {
	journal.Log
	start time.Time
}

func (s *steady) Last() uint64 { return uint64(min(time.Since(s.start), time.Second).Milliseconds()) }

func (s *steady) Read(_ context.Context, after uint64, limit int) (entries []journal.Entry, _ error) {
	for seq := after + 1; seq <= s.Last() && len(entries) < limit; seq++ {
		entries = append(entries, journal.Entry{Seq: seq})
	}
	return entries, nil
}

func (s *steady) Wait(ctx context.Context, _ uint64) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Millisecond):
		return nil
	}
}

func (s *steady) Passed(context.Context, string, uint64) error { return nil }

func TestFollowerGathersWhileThereIsLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &steady{start: time.Now()}
		f := journal.NewFollower("test", log, 500, 50*time.Millisecond, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		rounds, first := 0, time.Time{}
		err := f.Run(ctx, 0, func(_ context.Context, batch []journal.Entry) error {
			if rounds++; rounds == 1 {
				first = time.Now()
			}
			if batch[len(batch)-1].Seq == 1000 {
				cancel()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if rounds < 15 || rounds > 25 {
			t.Errorf("a thousand entries in a second took %d rounds, want about 20", rounds)
		}
		if waited := first.Sub(log.start); waited > 60*time.Millisecond {
			t.Errorf("the first entry waited %s", waited)
		}
	})
}

// Who waits for a reader whose store is down learns it at once.
func TestWaitForAStuckFollower(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &steady{start: time.Now().Add(-time.Second)}
		f := journal.NewFollower("test", log, 64, 0, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		wait := func(what string, want error) {
			t.Helper()
			limited, stop := context.WithTimeout(ctx, time.Second)
			defer stop()
			if err := f.Wait(limited, 1000); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", what, err, want)
			}
		}
		wait("not begun", context.DeadlineExceeded)
		f.CannotBegin()
		begin := time.Now()
		wait("cannot begin", journal.ErrStuck)
		var down atomic.Bool
		down.Store(true)
		go func() {
			_ = f.Run(ctx, 0, func(context.Context, []journal.Entry) error {
				if down.Load() {
					return errors.New("store is down")
				}
				return nil
			})
		}()
		synctest.Wait()
		wait("store is down", journal.ErrStuck)
		if took := time.Since(begin); took > 0 {
			t.Errorf("it took %s to know", took)
		}
		down.Store(false)
		time.Sleep(time.Minute)
		synctest.Wait()
		wait("the store is up again", nil)
	})
}
