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
	Range(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error]
	Hours(ctx context.Context, resident string) ([]timeline.Hour, error)
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

// had is what one of two residents had.
type had struct {
	resident string
	is       whose
	hours    []timeline.Hour // of which only roll-ups are left
}

// sorted finds out whose the readings of the other resident are: of most devices all
// of them are the other's alone. A device whose readings both have, such as one that
// is fixed in the home of both, is looked at moment by moment: whose a reading is goes
// by the device and the time, never by the metric. Of an hour that is rolled up the
// moments are those of its first and its last reading.
func sorted(ctx context.Context, tl Timeline, survivor, other string) ([]span, error) {
	mine, theirs := had{resident: survivor, is: survivors}, had{resident: other, is: others}
	var err error
	for _, one := range []*had{&mine, &theirs} {
		if one.hours, err = tl.Hours(ctx, one.resident); err != nil {
			return nil, err
		}
	}
	all := map[string]*span{}
	reach := func(device string, at int64) {
		s, ok := all[device]
		if !ok {
			s = &span{device: device, from: at, to: at}
			all[device] = s
		}
		s.from, s.to = min(s.from, at), max(s.to, at)
	}
	for _, m := range vitals.Metrics() {
		for r, err := range tl.Range(ctx, timeline.Query{Resident: other, Metric: m, To: far}) {
			if err != nil {
				return nil, fmt.Errorf("read what was measured of resident %s: %w", other, err)
			}
			reach(r.Device, r.At.UnixMilli())
		}
	}
	for _, h := range theirs.hours {
		reach(h.Device, h.First.UnixMilli())
		reach(h.Device, h.Last.UnixMilli())
	}
	var list []span
	for _, device := range slices.Sorted(maps.Keys(all)) {
		of := *all[device]
		moments, both, err := momentsOf(ctx, tl, of, mine, theirs)
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
func momentsOf(ctx context.Context, tl Timeline, of span, two ...had) (moments map[int64]whose, both bool, err error) {
	moments = map[int64]whose{}
	for _, one := range two {
		note := func(at int64) {
			if at >= of.from && at <= of.to {
				moments[at] |= one.is
				both = both || one.is == survivors
			}
		}
		for _, m := range vitals.Metrics() {
			q := timeline.Query{Resident: one.resident, Metric: m, Device: of.device, From: time.UnixMilli(of.from), To: time.UnixMilli(of.to + 1)}
			for r, err := range tl.Range(ctx, q) {
				if err != nil {
					return nil, false, fmt.Errorf("read what device %s measured: %w", of.device, err)
				}
				note(r.At.UnixMilli())
			}
		}
		for _, h := range one.hours {
			if h.Device == of.device {
				note(h.First.UnixMilli())
				note(h.Last.UnixMilli())
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
