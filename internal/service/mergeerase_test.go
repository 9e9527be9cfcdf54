package service

import (
	"errors"
	"fmt"
	"testing"

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
