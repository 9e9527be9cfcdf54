package rights

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/store"
)

// Holdings of this package: the proof stays, and says no more than the id.
func Holdings() store.Holdings {
	return store.Holdings{Tables: []store.Holding{
		{Table: "erasures", Order: "id", Kind: "status", Withheld: []string{"sources"}, Kept: "proof"},
	}}
}

// countBefore notes how much there is before anything goes.
func (e *Erasures) countBefore(ctx context.Context, one *Erasure) error {
	for _, s := range e.Stores {
		counts, err := s.Count(ctx, one.Resident, one.sources)
		if err != nil {
			e.Log.Warn("how much there was of a resident could not be counted", "store", s.Name(), "error", err)
			counts = []Count{{"all", Unknown}}
		}
		for _, c := range counts {
			one.Places = append(one.Places, Place{Store: s.Name(), What: c.What, Before: c.N, After: Unknown})
		}
	}
	for _, book := range e.Books {
		for _, h := range book.Tables {
			if h.Around {
				continue
			}
			n, err := h.Count(ctx, e.DB, one.Resident)
			if err != nil {
				return err
			}
			one.Places = append(one.Places, Place{Store: "records", What: h.Table, Before: n, After: Unknown, Kept: h.Kept})
		}
	}
	return e.note(ctx, *one)
}

// countAfter reads back what is left, and names the places where something is. It goes
// over every table that the database has, whether anybody holds it or not.
func (e *Erasures) countAfter(ctx context.Context, one *Erasure) (left []string, err error) {
	found := map[string]int64{}
	for _, s := range e.Stores {
		counts, err := s.Count(ctx, one.Resident, one.sources)
		if err != nil {
			return left, fmt.Errorf("read back %s: %w", s.Name(), err)
		}
		for _, c := range counts {
			found[s.Name()+" "+c.What] = c.N
			if c.N > 0 {
				left = append(left, s.Name()+" "+c.What)
			}
		}
	}
	kept := map[string]bool{}
	for _, book := range e.Books {
		for _, h := range book.Tables {
			if h.Around {
				continue
			}
			n, err := h.Count(ctx, e.DB, one.Resident)
			if err != nil {
				return left, err
			}
			found["records "+h.Table] = n
			kept[h.Table] = kept[h.Table] || h.Kept != ""
			if n > 0 && h.Kept == "" {
				left = append(left, h.Table)
			}
		}
	}
	columns, err := e.DB.Columns(ctx)
	if err != nil {
		return left, err
	}
	for _, c := range columns {
		if kept[c.Table] || !c.NamesResident() && !c.Text() {
			continue
		}
		n, err := e.DB.CountNaming(ctx, c, one.Resident)
		if err != nil {
			return left, err
		}
		if n > 0 && !slices.Contains(left, c.Table) {
			found["records "+c.Table] = n
			left = append(left, c.Table+"."+c.Name)
		}
	}
	one.settle(found)
	return left, nil
}

// settle notes what was read back.
func (one *Erasure) settle(found map[string]int64) {
	for i := range one.Places {
		p := &one.Places[i]
		p.After = found[p.Store+" "+p.What]
		delete(found, p.Store+" "+p.What)
	}
	// Of a store that could not be counted before there is one line.
	for i := range one.Places {
		p := &one.Places[i]
		for what, n := range found {
			if p.What == "all" && strings.HasPrefix(what, p.Store+" ") {
				p.After += n
			}
		}
	}
}
