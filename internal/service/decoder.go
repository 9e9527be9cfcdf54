package service

import (
	"fmt"
	"sync"

	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/vitals"
)

// decoder decodes entries of the journal once for the readers that are near its
// end together. Nobody may change what it gives.
type decoder struct {
	aliases aliases
	// gone are residents of whom no reader is to know anything any more.
	gone *rights.Tombstones

	mu sync.Mutex
	// newest and those before: when there are enough, the older half is let go.
	newest, before map[uint64]vitals.Report
}

// decoderKeeps is how many reports each half holds: a few batches.
const decoderKeeps = 2 * timelineBatch

// decode returns the reports of the entries, by whose files there are now.
func (d *decoder) decode(entries []journal.Entry) ([]vitals.Report, error) {
	reports := make([]vitals.Report, len(entries))
	var missing []int
	d.mu.Lock()
	for i, e := range entries {
		r, ok := d.newest[e.Seq]
		if !ok {
			r, ok = d.before[e.Seq]
		}
		if !ok {
			missing = append(missing, i)
			continue
		}
		reports[i] = r
	}
	d.mu.Unlock()
	for _, i := range missing {
		r, err := vitals.DecodeReport(entries[i].Body)
		if err != nil {
			return nil, fmt.Errorf("journal entry %d: %w", entries[i].Seq, err)
		}
		reports[i] = r
	}
	d.keep(entries, reports, missing)
	if d.gone != nil {
		for i := range reports {
			reports[i] = d.gone.Without(reports[i])
		}
	}
	for i := range reports {
		reports[i] = d.aliases.read(reports[i])
	}
	return reports, nil
}

func (d *decoder) keep(entries []journal.Entry, reports []vitals.Report, which []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, i := range which {
		if d.newest == nil || len(d.newest) >= decoderKeeps {
			d.newest, d.before = make(map[uint64]vitals.Report, decoderKeeps), d.newest
		}
		d.newest[entries[i].Seq] = reports[i]
	}
}
