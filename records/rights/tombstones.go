package rights

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// Tombstones are the residents whose data is erased, or is about to be: readers of the
// journal pass over what is in it of them.
type Tombstones struct {
	mu   sync.RWMutex
	gone map[string]struct{}
}

// Read takes in those that db has; none is ever taken back.
func (t *Tombstones) Read(ctx context.Context, db *store.DB) error {
	var residents []string
	if err := db.NewSelect().Table("erasures").Column("resident").Scan(ctx, &residents); err != nil {
		return fmt.Errorf("read who was erased: %w", err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.gone == nil {
		t.gone = make(map[string]struct{}, len(residents))
	}
	for _, r := range residents {
		t.gone[r] = struct{}{}
	}
	return nil
}

// List are the residents.
func (t *Tombstones) List() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.Sorted(maps.Keys(t.gone))
}

// Without is the report without the residents who are gone; of one that was about
// nobody else no reading is left, only that its device said something.
func (t *Tombstones) Without(r vitals.Report) vitals.Report {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.gone) == 0 || !slices.ContainsFunc(r.Residents, t.has) {
		return r
	}
	return strip(r, t.has)
}

func (t *Tombstones) has(resident string) bool {
	_, gone := t.gone[resident]
	return gone
}

func strip(r vitals.Report, gone func(string) bool) vitals.Report {
	r.Residents = slices.DeleteFunc(slices.Clone(r.Residents), gone)
	if len(r.Residents) == 0 {
		r.Samples = nil
	}
	return r
}

// Redact takes a resident out of an entry of the journal; it reports false for one
// that does not name them.
func Redact(body []byte, resident string) ([]byte, bool, error) {
	r, err := vitals.DecodeReport(body)
	if err != nil {
		return nil, false, err
	}
	if !slices.Contains(r.Residents, resident) {
		return nil, false, nil
	}
	body, err = strip(r, func(one string) bool { return one == resident }).AppendBinary(nil)
	return body, err == nil, err
}
