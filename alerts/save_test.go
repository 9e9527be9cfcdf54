package alerts_test

import (
	"context"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

// The states of many residents take long to be written. What is heard meanwhile
// does not wait for them, and is in those that are written next.
func TestHearingGoesOnWhileStatesAreWritten(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.tick()
	h.says("r1", vitals.HeartRate, 70)
	h.now = h.now.Add(time.Minute)

	held, release := make(chan struct{}), make(chan struct{})
	holder := make(chan error, 1)
	go func() {
		holder <- h.db.Transact(t.Context(), func(context.Context, bun.Tx) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	ticked := make(chan error, 1)
	go func() { ticked <- h.judge.Tick(t.Context(), true) }()
	patience := time.After(30 * time.Second)
	for look := time.NewTicker(time.Millisecond); !h.judge.Saving(); {
		select {
		case <-look.C:
		case <-patience:
			t.Fatal("the states are not being written")
		}
	}
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		h.says("r1", vitals.HeartRate, 72)
	}()
	select {
	case <-heard:
	case <-patience:
		t.Error("what was heard waited for the states to be written")
	}
	close(release)
	if err := <-holder; err != nil {
		t.Fatal(err)
	}
	if err := <-ticked; err != nil {
		t.Fatal(err)
	}
	<-heard
	if got := h.reopened().Cursor(); got != 1 {
		t.Errorf("the states that were written had heard up to entry %d, want 1", got)
	}
	h.now = h.now.Add(time.Minute)
	h.tick()
	if got := h.reopened().Cursor(); got != 2 {
		t.Errorf("the next that were written had heard up to entry %d, want 2", got)
	}
}

// States that could not be written are written the next time.
func TestStatesThatCouldNotBeWrittenAreWrittenLater(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.New(t)))
	h.enrol("r1")
	h.tick()
	h.says("r2", vitals.HeartRate, 70)
	h.now = h.now.Add(time.Minute)
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := h.judge.Tick(stopped, true); err == nil {
		t.Fatal("states were written without a database")
	}
	h.now = h.now.Add(time.Minute)
	h.tick()
	var written int
	if err := h.db.NewRaw("SELECT count(*) FROM engine_states WHERE resident = 'r2'").Scan(t.Context(), &written); err != nil || written != 1 {
		t.Errorf("%d states of r2 are written, want 1 (%v)", written, err)
	}
	if got := h.reopened().Cursor(); got != 1 {
		t.Errorf("the states had heard up to entry %d, want 1", got)
	}
}
