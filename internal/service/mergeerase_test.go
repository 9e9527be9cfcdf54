package service

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
)

// Nobody's file goes into one that is about to be erased, for it would be erased with
// it; and who has no file of their own any more is not erased apart from it.
func TestErasuresAndMergesKeepOutOfEachOthersWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c := newCouple(t, db, tl, 3)
		erasures := newErasures(t, db, booksOf(t, db))
		for i := range 4 {
			_, err := c.people.Create(t.Context(), records.Resident{ID: fmt.Sprint("r-", i), Name: "R", HomeID: "h-1"})
			c.must(err)
		}
		// The file of r-1 says another name, and said another one before.
		is, err := c.people.Get(t.Context(), "r-1")
		c.must(err)
		for _, is.Name = range []string{"Zhang Wei", "张伟"} {
			is.Called = "Granny Zhang"
			_, err = c.people.Correct(t.Context(), is, records.Change{})
			c.must(err)
		}
		merge := func(survivor, other string) (merging.Merge, error) {
			p, err := c.book.Preview(t.Context(), survivor, other)
			if err != nil {
				return merging.Merge{}, err
			}
			return c.book.Merge(t.Context(), merging.Request{Survivor: survivor, Other: other, Reason: "one person", By: "u", Tag: p.Tag})
		}
		var fault *store.Fault
		made, err := merge("r-0", "r-1")
		c.must(err)
		c.follow()
		if _, err := erasures.Ask(t.Context(), "r-1", "", "asked"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("who has no file of their own is erased apart from it: %v", err)
		}
		for _, name := range []string{"Zhang Wei", "张伟", "Granny Zhang"} {
			if _, err := erasures.Ask(t.Context(), "r-0", "", "they are "+name); !errors.As(err, &fault) || fault.Code != rights.CodeReason {
				t.Errorf("the reason names who it is by a file that went into theirs: %v", err)
			}
		}
		_, err = erasures.Ask(t.Context(), "r-0", "", "asked")
		c.must(err)
		for _, two := range [][2]string{{"r-0", "r-2"}, {"r-2", "r-0"}} {
			if _, err := merge(two[0], two[1]); !errors.As(err, &fault) || fault.Code != rights.CodeAsked {
				t.Errorf("the file of %s goes into that of %s, which of them is about to be erased: %v", two[1], two[0], err)
			}
		}
		if _, err := c.book.Undo(t.Context(), made.ID, "u", "two persons"); !errors.Is(err, store.ErrConflict) {
			t.Errorf("files that are about to be erased are made two: %v", err)
		}
		c.must(erasures.CarryOutAll(t.Context()))
		if n, err := db.NewSelect().Table("residents").Where("id IN ('r-0', 'r-1')").Count(t.Context()); err != nil || n != 0 {
			t.Errorf("%d are left, %v", n, err)
		}
		if _, err := merge("r-2", "r-3"); err != nil {
			t.Error(err)
		}
	})
}

// Readings move for one reason at a time: what a correction looks for by one name must
// not be by another just then.
func TestCorrectionsAndMergesKeepOutOfEachOthersWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		tl, err := timeline.OpenSQL(t.Context(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		c := newCouple(t, db, tl, 4)
		for i := range 3 {
			_, err := c.people.Create(t.Context(), records.Resident{ID: fmt.Sprint("r-", i), Name: "R", HomeID: "h-1"})
			c.must(err)
		}
		_, _, err = c.registry.Add(t.Context(), devices.Device{ID: "band", Kind: "bracelet"})
		c.must(err)
		begin := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
		c.must(c.registry.Wear(t.Context(), "band", "r-1", begin))
		correct := func(resident string) devices.Correction {
			made, err := c.registry.Correct(t.Context(), devices.Worn{Device: "band", Resident: resident, From: begin, Why: "mixed up"})
			c.must(err)
			return made
		}
		done := func(made devices.Correction) {
			c.must(c.registry.Advance(t.Context(), db, made.Number, devices.Done, 1, []byte("{}")))
		}
		merge := func() (merging.Merge, error) {
			p, err := c.book.Preview(t.Context(), "r-0", "r-1")
			c.must(err)
			return c.book.Merge(t.Context(), merging.Request{Survivor: "r-0", Other: "r-1", Reason: "one person", By: "u", Tag: p.Tag})
		}
		var fault *store.Fault
		made := correct("r-2")
		if _, err := merge(); !errors.As(err, &fault) || fault.Code != merging.CodeObstacle {
			t.Errorf("merged while a correction is under way: %v", err)
		}
		done(made)
		done(correct("r-1"))
		one, err := merge()
		c.must(err)
		made = correct("r-2")
		s := &Service{Records: db, Registry: c.registry}
		if err := s.carryOut(t.Context(), correction{Correction: made, end: made.To}); err == nil {
			t.Error("carried out while readings follow a merge")
		}
		c.follow()
		if _, err := c.book.Undo(t.Context(), one.ID, "u", "two"); !errors.As(err, &fault) || fault.Code != merging.CodeNotLast {
			t.Errorf("undone while a correction is under way: %v", err)
		}
		done(made)
		_, err = c.book.Undo(t.Context(), one.ID, "u", "two")
		c.must(err)
	})
}
