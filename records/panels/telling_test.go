package panels_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store/storetest"
)

// told empties what is to be told, and says of it what there was a reason for. Who is mute
// is told nothing.
func (w *world) told(mute ...string) (all []string) {
	w.Helper()
	untold, err := w.book.Untold(w.Context())
	w.must(err)
	names := map[string]string{"": "around"}
	for name, u := range w.who {
		names[u.ID] = name
	}
	for _, t := range untold {
		err := w.db.Transact(w.Context(), func(ctx context.Context, tx bun.Tx) error {
			due, err := w.book.Due(ctx, tx, t.Consultation, t.Kind, t.User)
			if err != nil {
				return err
			}
			outcome := panels.NoReason
			switch {
			case due && slices.Contains(mute, names[t.User]):
				outcome = panels.Nobody
			case due:
				outcome, all = panels.Told, append(all, string(t.Kind)+" "+names[t.User])
			}
			first, err := w.book.NoteTold(ctx, tx, t, outcome)
			if err == nil && !first {
				w.Errorf("%v was told before", t)
			}
			return err
		})
		w.must(err)
	}
	slices.Sort(all)
	return all
}

// hears checks who is told something now.
func (w *world) hears(when string, want ...string) {
	w.Helper()
	if got := w.told(); !slices.Equal(got, want) {
		w.Errorf("%s: told are %q, want %q", when, got, want)
	}
}

// All who are asked blind are told at once, again when half of the time has passed, the
// chair when all are in, and those around the resident of the advice: each once.
func TestWhoIsAskedIsTold(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.hears("asked", "asked chair", "asked second", "asked third")
		w.pass(84*time.Hour - time.Second)
		w.speaks("third", c.ID, leave())
		w.hears("before half of the time")
		w.pass(time.Second)
		w.pass(time.Minute)
		w.hears("half of the time", "again chair", "again second")
		w.speaks("second", c.ID, leave())
		w.speaks("second", c.ID, limit("150"))
		w.must(w.book.Decline(w.Context(), w.who["chair"], c.ID, "I know her."))
		w.hears("the chair has declined")

		c = w.ask()
		w.hears("asked again", "asked chair", "asked second", "asked third")
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		w.pass(5 * 24 * time.Hour)
		w.hears("all are in", "ready chair")
		w.advises(c.ID, "150")
		w.pass(time.Minute)
		w.hears("advised", "advised around")
		w.pass(time.Minute)
		w.hears("afterwards")
	})
}

// An expert whom nobody could tell is told as soon as there is a way, and once.
func TestWhoCouldNotBeToldIsToldLater(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		withdraw := func(c panels.Consultation) {
			_, err := w.book.Withdraw(w.Context(), c.ID, "nurse", "It is settled.")
			w.must(err)
		}
		c := w.ask()
		w.told("chair", "second")
		w.hears("at once")
		w.pass(59 * time.Second)
		w.hears("before it is looked again")
		w.pass(time.Second)
		w.told("second")
		w.pass(time.Minute)
		w.hears("there is a way to the last", "asked second")
		w.pass(time.Hour)
		w.hears("afterwards")

		// Half of the time has passed: that it waits still says it all.
		withdraw(c)
		c = w.ask()
		w.told("chair", "second")
		w.pass(84*time.Hour - time.Second)
		w.told("chair", "second")
		w.pass(time.Second)
		w.pass(time.Minute)
		w.hears("half of the time", "again chair", "again second", "again third")
		w.pass(time.Hour)
		w.hears("nothing of before")

		withdraw(c)
		c = w.ask()
		w.told("second")
		withdraw(c)
		w.pass(time.Hour)
		w.hears("the question has ended")
	})
}

// Who could not be told is known while something waits for them, until they are told.
func TestWhoCouldNotBeToldIsKnown(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		cutOff := func(when string, want ...string) {
			t.Helper()
			got, err := w.book.Unreached(w.Context(), c.ID)
			w.must(err)
			var ids []string
			for _, name := range want {
				ids = append(ids, w.who[name].ID)
			}
			slices.Sort(ids)
			if !slices.Equal(got, ids) {
				t.Errorf("%s: %v could not be told, want %v", when, got, ids)
			}
		}
		w.told("chair", "second", "third")
		cutOff("asked", "chair", "second", "third")
		w.speaks("third", c.ID, leave())
		cutOff("one has answered all the same", "chair", "second")
		w.pass(84 * time.Hour)
		w.told("chair")
		cutOff("one was told that it waits still", "chair")
		w.speaks("chair", c.ID, leave())
		w.speaks("second", c.ID, leave())
		cutOff("all are in")
		w.told("chair")
		cutOff("the advice is awaited", "chair")
		w.advises(c.ID, "150")
		cutOff("advised")
	})
}

// In turn the next one is told when it is theirs, also when the one before declines or is
// taken out of the panel; half of the time is half of theirs.
func TestTheNextInTurnIsTold(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask(inTurn)
		w.hears("asked", "asked chair")
		w.pass(24 * time.Hour)
		w.speaks("chair", c.ID, leave())
		w.hears("the first has spoken", "asked second")
		w.pass(72*time.Hour - time.Second)
		w.hears("half of the whole time")
		w.pass(time.Second)
		w.hears("half of theirs", "again second")
		w.panel(true, "chair", "third")
		w.pass(0)
		w.hears("the second is no member any more", "asked third")
		w.speaks("third", c.ID, leave())
		w.hears("all are in", "ready chair")
	})
}

// The time is up: the chair is told that the advice can be published, and who was to
// speak later that they can now.
func TestTheTimeIsUp(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask(inTurn)
		w.speaks("chair", c.ID, leave())
		w.hears("asked", "asked second")
		w.pass(7 * 24 * time.Hour)
		w.hears("the time is up", "again second", "asked third", "ready chair")
		w.speaks("second", c.ID, leave())
		w.speaks("third", c.ID, leave())
		w.pass(time.Minute)
		w.hears("all are in late")
	})
}

// What there is no reason for any more is told to nobody: the question was taken back,
// somebody has answered meanwhile, the consent is gone.
func TestWhatWaitsNoMoreIsNotTold(t *testing.T) {
	t.Parallel()
	eachWorld(t, func(w *world) {
		c := w.ask()
		w.speaks("second", c.ID, leave())
		w.hears("the second was quicker", "asked chair", "asked third")
		c = w.ask()
		_, err := w.book.Withdraw(w.Context(), c.ID, "nurse", "It was asked elsewhere.")
		w.must(err)
		w.hears("taken back")

		c = w.ask()
		for _, name := range []string{"chair", "second", "third"} {
			w.speaks(name, c.ID, leave())
		}
		w.advises(c.ID, "150")
		_, err = w.consents.Withdraw(w.Context(), "li", w.consent.ID, "nurse", "no more")
		w.must(err)
		w.now = w.now.Add(time.Second)
		w.hears("the consent is gone")
	})
}

// Of two processes on one database each thing is kept once, when its time comes.
func TestTwoTellOnce(t *testing.T) {
	db := storetest.Open(t, storetest.SQLite(t))
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, db: db}
		w.build(time.Now)
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error)
		for range 2 {
			go func() { done <- w.book.Run(ctx) }()
		}
		w.ask(func(q *panels.Question) { q.Due = time.Now().Add(time.Hour) })
		w.hears("asked", "asked chair", "asked second", "asked third")
		time.Sleep(29 * time.Minute)
		synctest.Wait()
		w.hears("just before half of the time")
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		w.hears("half of the time", "again chair", "again second", "again third")
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		w.hears("later")
		stop()
		for range 2 {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
	})
}
