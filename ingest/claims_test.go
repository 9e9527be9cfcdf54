package ingest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/journal"
)

// slowJournal lets a test act while a group is on its way to the disk.
type slowJournal struct {
	*journal.File
	before func() // the next commit
}

func (j *slowJournal) Append(ctx context.Context, g journal.Group) (uint64, error) {
	if before := j.before; before != nil {
		j.before = nil
		before()
	}
	return j.File.Append(ctx, g)
}

// streets is a registry that tests change while it is read.
type streets struct {
	mu      sync.Mutex
	version int64
	wearers map[string]string
	asked   int // for assignments
}

func (s *streets) wear(device, resident string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	s.wearers[device] = resident
}

func (s *streets) Device(_, external string) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.wearers[external]
	return external, ok
}

func (s *streets) ResidentsAt(device string, at int64) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.wearers[device]; r != "" && at > 0 {
		return []string{r}
	}
	return nil
}

func (s *streets) Version() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

func (s *streets) Assignment(_, external string) (uint64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	return uint64(len(s.wearers[external])), s.wearers[external] != ""
}

func (s *streets) lookups() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// A device becomes known while its message is on the way to the shelf. Who
// claimed it looked at the shelf too early, and nobody asks again.
func TestClaimedWhileOnTheWayToTheShelf(t *testing.T) {
	for _, when := range []string{"before the commit", "after it", "before the start"} {
		t.Run(when, func(t *testing.T) {
			file, err := journal.Open(t.Context(), t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			town := &streets{wearers: map[string]string{}}
			j := &slowJournal{File: file}
			looked := make(chan struct{})
			if when == "before the commit" {
				j.before = func() {
					town.wear("stranger", "li")
					<-looked
				}
			}
			b := newBench(t)
			p := b.pipeline
			p.registry, p.journal = town, j
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			replayer := NewReplayer(file, town, p, p.log)
			m := reading("stranger", `{"heart_rate":72}`)
			m.Received, m.Ack = now, b
			if err := p.Submit(ctx, m); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 2)
			go func() { done <- p.Run(ctx) }()
			if when == "before the commit" {
				eventually(t, "somebody to wear it", func() bool { return town.Version() != 0 })
				if err := replayer.claims.look(ctx); err != nil {
					t.Fatal(err)
				}
				close(looked)
			}
			<-b.acked
			if when == "before the start" {
				town.wear("stranger", "li")
			}
			go func() { done <- replayer.Run(ctx) }()
			if when == "after it" {
				eventually(t, "a first look in vain", func() bool { return town.lookups() > 0 })
				town.wear("stranger", "li")
			}
			want := journal.Counts{Received: 1, Stored: 1, Readings: 1}
			eventually(t, "what was held to be stored", func() bool { return file.Counts() == want })
			cancel()
			<-done
			<-done
		})
	}
}

// memoryShelf counts what is asked of it.
type memoryShelf struct {
	sources  []journal.Source
	requests []string
	fail     error
}

func (s *memoryShelf) Requested(context.Context) ([]journal.Shelved, error) { return nil, nil }

func (s *memoryShelf) HeldSources(_ context.Context, after int64, _ int) (found []journal.Source, err error) {
	for _, source := range s.sources {
		if source.ID > after {
			found = append(found, source)
		}
	}
	return found, s.fail
}

func (s *memoryShelf) RequestHeld(_ context.Context, source journal.Source, after uint64) error {
	s.requests = append(s.requests, fmt.Sprint(source.Device, ">", after))
	return nil
}

// What stays on the shelf with good reason is not tried again and again.
func TestClaimsTryOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		town := &streets{wearers: map[string]string{"band-1": "li", "spare": ""}}
		shelf := &memoryShelf{sources: []journal.Source{
			{ID: 1, Codec: "native", Device: "band-1", Newest: 7},
			{ID: 2, Codec: "native", Device: "stranger", Newest: 8},
			{ID: 3, Codec: "native", Device: "spare", Newest: 9},
		}}
		c := claims{shelf: shelf, registry: town, pipeline: b.pipeline}
		look := func(what, want string) {
			t.Helper()
			shelf.requests = nil
			time.Sleep(lookEvery)
			if err := c.look(t.Context()); (err != nil) != (shelf.fail != nil) {
				t.Fatal(err)
			}
			if got := fmt.Sprint(shelf.requests); got != want {
				t.Errorf("%s: requested %s, want %s", what, got, want)
			}
		}
		look("at the start", "[band-1>0]")
		asked := town.asked
		look("nothing has changed", "[]")
		if town.asked != asked {
			t.Error("the shelf was looked through though nothing has changed")
		}
		town.wear("spare", "wang")
		look("one is worn now", "[spare>0]")
		shelf.sources[0].Newest = 10
		town.wear("other", "wang")
		look("one more is held", "[band-1>7]")
		town.wear("band-1", "somebody else")
		look("it is another's", "[band-1>0]")
		b.pipeline.outdated.Store(true)
		look("some were judged too early", "[band-1>0 spare>0]")
		shelf.fail = fmt.Errorf("disk")
		town.wear("stranger", "zhao")
		look("the shelf cannot be read", "[]")
		shelf.fail = nil
		look("it can again", "[band-1>0 stranger>0 spare>0]")
	})
}
