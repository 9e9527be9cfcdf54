package merging

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Timeline is the part of a timeline that readings are moved in.
type Timeline interface {
	Append(ctx context.Context, reports []vitals.Report, cursor uint64) error
	Range(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error]
	Move(ctx context.Context, m timeline.Move) (timeline.Moved, error)
}

// span is a time in which all readings of a device were the other's, or both had them.
type span struct {
	device   string
	from, to int64 // of the first and the last, in Unix milliseconds
	shared   bool
}

// whose had a reading.
type whose uint8

const (
	others whose = 1 << iota
	survivors
)

// far is later than any reading.
var far = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)

// sorted finds out whose the readings of the other resident are: of most devices all
// of them are the other's alone. A device whose readings both have, such as one that
// is fixed in the home of both, is looked at moment by moment: whose a reading is goes
// by the device and the time, never by the metric.
func sorted(ctx context.Context, tl Timeline, survivor, other string) ([]span, error) {
	all := map[string]*span{}
	for _, m := range vitals.Metrics() {
		for r, err := range tl.Range(ctx, timeline.Query{Resident: other, Metric: m, To: far}) {
			if err != nil {
				return nil, fmt.Errorf("read what was measured of resident %s: %w", other, err)
			}
			at := r.At.UnixMilli()
			s, ok := all[r.Device]
			if !ok {
				s = &span{device: r.Device, from: at, to: at}
				all[r.Device] = s
			}
			s.from, s.to = min(s.from, at), max(s.to, at)
		}
	}
	var list []span
	for _, device := range slices.Sorted(maps.Keys(all)) {
		of := *all[device]
		moments, both, err := momentsOf(ctx, tl, survivor, other, of)
		switch {
		case err != nil:
			return nil, err
		case !both:
			list = append(list, of)
		default:
			list = append(list, runs(device, moments)...)
		}
	}
	return list, nil
}

// momentsOf are the moments of a device with whose its readings of then are; not both,
// when the survivor has none between the other's first and last.
func momentsOf(ctx context.Context, tl Timeline, survivor, other string, of span) (moments map[int64]whose, both bool, err error) {
	moments = map[int64]whose{}
	for resident, is := range map[string]whose{survivor: survivors, other: others} {
		for _, m := range vitals.Metrics() {
			q := timeline.Query{Resident: resident, Metric: m, Device: of.device, From: time.UnixMilli(of.from), To: time.UnixMilli(of.to + 1)}
			for r, err := range tl.Range(ctx, q) {
				if err != nil {
					return nil, false, fmt.Errorf("read what device %s measured: %w", of.device, err)
				}
				moments[r.At.UnixMilli()] |= is
				both = both || is == survivors
			}
		}
	}
	return moments, both, nil
}

// runs are the moments of the other's, as spans between which there is nothing else.
func runs(device string, moments map[int64]whose) (list []span) {
	var last whose
	for _, at := range slices.Sorted(maps.Keys(moments)) {
		is := moments[at]
		switch {
		case is == survivors:
		case is == last:
			list[len(list)-1].to = at
		default:
			list = append(list, span{device: device, from: at, to: at, shared: is == others|survivors})
		}
		last = is
	}
	return list
}
