package live

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// View is the newest reading of each metric of each resident.
type View struct {
	mu        sync.RWMutex
	residents map[string]map[vitals.Metric]newest
	watchers  map[*Watch]struct{}
}

// newest is the newest reading of a metric, and the newest that is fit for use.
type newest struct{ any, fit vitals.Reading }

// NewView returns an empty view.
func NewView() *View {
	return &View{residents: map[string]map[vitals.Metric]newest{}, watchers: map[*Watch]struct{}{}}
}

// Warm fills the view with what the timeline had last. What has come since stays.
func (v *View) Warm(readings []vitals.Reading) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, r := range readings {
		v.keep(r)
	}
}

// Add takes in a report from the journal and tells the watchers.
func (v *View) Add(report vitals.Report) {
	v.mu.Lock()
	defer v.mu.Unlock()
	received := time.UnixMilli(report.Received).UTC()
	for _, s := range report.Samples {
		at := time.UnixMilli(s.At).UTC()
		for _, value := range s.Values {
			for _, resident := range report.Residents {
				r := vitals.Reading{
					Resident: resident, Device: report.Device, Metric: value.Metric,
					Number: value.Number, Marks: value.Marks, At: at, Received: received,
				}
				if !v.keep(r) {
					continue // late: it fills the timeline and changes nothing now
				}
				for w := range v.watchers {
					w.offer(r)
				}
			}
		}
	}
}

// keep puts the reading in place if it is the newest, and reports whether it is.
func (v *View) keep(r vitals.Reading) bool {
	latest := v.residents[r.Resident]
	if latest == nil {
		latest = map[vitals.Metric]newest{}
		v.residents[r.Resident] = latest
	}
	n := latest[r.Metric]
	if !r.Marks.Unfit() && !r.At.Before(n.fit.At) {
		n.fit = r
	}
	isNewest := !r.At.Before(n.any.At)
	if isNewest {
		n.any = r
	}
	latest[r.Metric] = n
	return isNewest
}

// Latest returns a resident's newest readings, ordered by metric.
func (v *View) Latest(resident string) []vitals.Reading {
	v.mu.RLock()
	defer v.mu.RUnlock()
	readings := make([]vitals.Reading, 0, len(v.residents[resident]))
	for _, n := range v.residents[resident] {
		readings = append(readings, n.any)
	}
	slices.SortFunc(readings, func(a, b vitals.Reading) int { return cmp.Compare(a.Metric, b.Metric) })
	return readings
}

// Last returns a resident's newest reading of one metric that is fit for use.
func (v *View) Last(resident string, m vitals.Metric) (vitals.Reading, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	r := v.residents[resident][m].fit
	return r, !r.At.IsZero()
}

// Replace has residents' newest readings be what the timeline has, since some of
// what was known of them was somebody else's.
func (v *View) Replace(residents []string, latest []vitals.Reading) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, resident := range residents {
		delete(v.residents, resident)
	}
	for _, r := range latest {
		v.keep(r)
	}
}

// Forget drops what is known of a resident.
func (v *View) Forget(resident string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.residents, resident)
}
