package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// clock is a time that tests set.
type clock struct {
	sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.Lock()
	defer c.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.Lock()
	defer c.Unlock()
	c.at = c.at.Add(d)
}

func newLog(db *store.DB) (*audit.Log, *clock) {
	c := &clock{at: noon}
	return audit.NewLog(db, c.now), c
}

func read(actor, resident string) audit.Entry {
	return audit.Entry{Actor: actor, Action: audit.Read, Resident: resident, Scope: "vitals", Ground: "team"}
}

func TestAppendChains(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, _ := newLog(db)
		ctx := audit.In(t.Context(), audit.Piece{Via: audit.API, What: "GET /latest", Address: "192.0.2.7"})
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				if err := log.Append(ctx, read(fmt.Sprint("u-", i), "r-1"), read(fmt.Sprint("u-", i), "r-2")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		chain, err := audit.Verify(t.Context(), db)
		if err != nil || chain.Entries != 80 || !chain.From.Equal(noon) {
			t.Fatalf("chain %+v, %v, want 80 entries from noon", chain, err)
		}
		list, err := log.List(t.Context(), audit.Query{Resident: "r-2", Limit: 3})
		if err != nil || len(list) != 3 || list[0].Seq < list[1].Seq {
			t.Fatalf("list %+v, %v, want three of r-2, the newest first", list, err)
		}
		if e := list[0]; e.Via != audit.API || e.What != "GET /latest" || e.Address != "192.0.2.7" || e.Resident != "r-2" {
			t.Errorf("entry %+v lacks the piece of work that it belongs to", e)
		}
		more, err := log.List(t.Context(), audit.Query{Resident: "r-2", Before: list[2].Seq})
		if err != nil || len(more) != 37 {
			t.Errorf("%d more, %v, want 37", len(more), err)
		}
		if list[0].Hash == "" || chain.Last == "" {
			t.Error("no hash")
		}
	})
}

func TestVerifyFindsWhatWasDone(t *testing.T) {
	tests := []struct {
		name, statement string
		seq             int64
	}{
		{"altered", `UPDATE audit SET actor = 'u-9' WHERE seq = 3`, 3},
		{"a hash made anew", `UPDATE audit SET hash = 'ab' WHERE seq = 3`, 3},
		{"taken out of the middle", `DELETE FROM audit WHERE seq = 4`, 4},
		{"taken out at the beginning", `DELETE FROM audit WHERE seq = 1`, 1},
		{"cut off", `DELETE FROM audit WHERE seq > 7`, 8},
		{"all gone", `DELETE FROM audit`, 1},
		{"added", `INSERT INTO audit SELECT 11, at, actor, via, action, resident, scope, what, ground, refused, reason, address, hash FROM audit WHERE seq = 10`, 11},
		{"put in front", `INSERT INTO audit SELECT 0, at, actor, via, action, resident, scope, what, ground, refused, reason, address, hash FROM audit WHERE seq = 10`, 0},
		{"one of two texts moved to the other", `UPDATE audit SET scope = scope || what, what = '' WHERE seq = 2`, 2},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, _ := newLog(db)
		for i := range 10 {
			e := read("u-1", "r-1")
			e.What = fmt.Sprint("page ", i)
			if err := log.Append(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		for _, test := range tests {
			undone := errors.New("undone")
			err := db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if _, err := tx.ExecContext(ctx, test.statement); err != nil {
					return err
				}
				_, err := audit.VerifyIn(ctx, tx)
				var broken *audit.Broken
				if !errors.As(err, &broken) || broken.Seq != test.seq {
					t.Errorf("%s: %v, want broken at %d", test.name, err, test.seq)
				}
				return undone
			})
			if !errors.Is(err, undone) {
				t.Fatalf("%s: %v", test.name, err)
			}
		}
		if _, err := audit.Verify(t.Context(), db); err != nil {
			t.Error(err)
		}
	})
}

func TestLookIsOneEntryForFiveMinutes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, clock := newLog(db)
		page := audit.In(t.Context(), audit.Piece{Via: audit.Page, What: "GET /residents/{id}", Session: "s-1"})
		look := func(ctx context.Context, entries ...audit.Entry) {
			t.Helper()
			if err := log.Look(ctx, entries...); err != nil {
				t.Fatal(err)
			}
		}
		count := func(want int) {
			t.Helper()
			if list, err := log.List(t.Context(), audit.Query{}); err != nil || len(list) != want {
				t.Fatalf("%d entries, %v, want %d", len(list), err, want)
			}
		}
		look(page, read("u-1", "r-1"), read("u-1", "r-2"))
		look(page, read("u-1", "r-1"))
		count(2)
		look(page, read("u-2", "r-1"))
		look(audit.In(t.Context(), audit.Piece{Via: audit.Page, What: "GET /residents/{id}", Session: "s-2"}), read("u-1", "r-1"))
		refused := read("u-1", "r-1")
		refused.Refused, refused.Ground = true, ""
		look(page, refused)
		count(5)
		clock.pass(5 * time.Minute)
		look(page, read("u-1", "r-1"))
		count(6)

		list := func(via audit.Via, want int) {
			t.Helper()
			ctx := audit.In(t.Context(), audit.Piece{Via: via, What: "GET /" + string(via), Session: "s-1"})
			if err := log.Listed(ctx, read("u-1", "r-1")); err != nil {
				t.Fatal(err)
			}
			count(want)
		}
		list(audit.Page, 7)
		clock.pass(59 * time.Minute)
		list(audit.Page, 7)
		clock.pass(time.Minute)
		list(audit.Page, 8)
		list(audit.Stream, 9)
		clock.pass(23 * time.Hour)
		list(audit.Stream, 9)
		clock.pass(time.Hour)
		list(audit.Stream, 10)
	})
}

func TestPruneKeepsTheChain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, clock := newLog(db)
		for range 5 {
			if err := log.Append(t.Context(), read("u-1", "r-1")); err != nil {
				t.Fatal(err)
			}
			clock.pass(time.Hour)
		}
		gone, err := log.Prune(t.Context(), noon.Add(2*time.Hour))
		if err != nil || gone != 2 {
			t.Fatalf("%d went, %v, want 2", gone, err)
		}
		if err := log.Append(t.Context(), read("u-1", "r-1")); err != nil {
			t.Fatal(err)
		}
		chain, err := audit.Verify(t.Context(), db)
		if err != nil || chain.Entries != 4 || !chain.From.Equal(noon.Add(2*time.Hour)) {
			t.Errorf("chain %+v, %v, want 4 entries from 14:00", chain, err)
		}
		if gone, err := log.Prune(t.Context(), noon.Add(48*time.Hour)); err != nil || gone != 4 {
			t.Errorf("%d went, %v, want the 4 left", gone, err)
		}
		if err := log.Append(t.Context(), read("u-1", "r-1")); err != nil {
			t.Fatal(err)
		}
		if chain, err := audit.Verify(t.Context(), db); err != nil || chain.Entries != 1 {
			t.Errorf("chain %+v, %v, want one entry", chain, err)
		}
	})
}

func TestAppendInGoesWithItsTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		undone := errors.New("undone")
		for _, end := range []error{undone, nil} {
			err := db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error {
				if err := audit.AppendIn(ctx, tx, noon, read("u-1", "r-1")); err != nil {
					return err
				}
				return end
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
		}
		if chain, err := audit.Verify(t.Context(), db); err != nil || chain.Entries != 1 {
			t.Errorf("chain %+v, %v, want one entry", chain, err)
		}
	})
}

// Of all that was signed only what begins so, whose hash begins with whatever digit; a word
// that goes on otherwise is of something else.
func TestSignaturesBeginAlike(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, _ := newLog(db)
		sign := func(what string) audit.Entry { return audit.Entry{Actor: "u-1", Action: audit.Sign, What: what} }
		want := []string{"advice of 01A, sha256 0f", "advice of 01A, sha256 9c", "advice of 01A, sha256 fe"}
		err := log.Append(t.Context(), sign(want[0]), sign("advice of 01B, sha256 0f"), sign("advice of 01AB, sha256 0f"), sign(want[1]),
			audit.Entry{Actor: "u-1", Action: audit.Read, What: "advice of 01A, sha256 3a"}, sign("opinion of 01A, sha256 0f"), sign(want[2]))
		if err != nil {
			t.Fatal(err)
		}
		entries, err := log.Signatures(t.Context(), "advice of 01A, sha256 ")
		var got []string
		for _, e := range entries {
			got = append(got, e.What)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	})
}

// BenchmarkSignatures: of what is signed of one question, beside what is kept of years.
func BenchmarkSignatures(b *testing.B) {
	log, _ := newLog(storetest.Open(b, storetest.SQLite(b)))
	for i := range 200 {
		entries := make([]audit.Entry, 1000)
		for k := range entries {
			entries[k] = read("u-1", "r-1")
		}
		entries[0] = audit.Entry{Actor: "u-1", Action: audit.Sign, What: fmt.Sprintf("advice of %d, sha256 0f", i)}
		if err := log.Append(b.Context(), entries...); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if all, err := log.Signatures(b.Context(), "advice of 7, sha256 "); err != nil || len(all) != 1 {
			b.Fatal(all, err)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	log, _ := newLog(storetest.Open(b, storetest.SQLite(b)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := log.Append(context.Background(), read("u-1", "r-1")); err != nil {
				b.Error(err)
			}
		}
	})
}

// What is done and what is seen is written down at the same time, by many.
func TestManyAppendAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		log, c := newLog(db)
		const writers, each = 4, 10
		var working sync.WaitGroup
		for w := range writers {
			working.Go(func() {
				for i := range each {
					entry := audit.Entry{Actor: fmt.Sprint("u-", w), Action: audit.Change, Resident: fmt.Sprint("r-", i)}
					err := log.Append(t.Context(), entry)
					if w%2 == 0 && err == nil {
						err = db.Transact(t.Context(), func(ctx context.Context, tx bun.Tx) error { return audit.AppendIn(ctx, tx, c.now(), entry) })
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		working.Wait()
		if found, err := audit.Verify(t.Context(), db); err != nil || found.Entries != writers*each*3/2 {
			t.Errorf("%+v, %v", found, err)
		}
	})
}
