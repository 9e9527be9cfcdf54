package service

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// attribution says of what the journal holds whose it is known to be now. The
// journal keeps of each message whose it was said to be when it came; whoever reads
// it again, after a crash or with a store that was lost, must not bring that back.
type attribution struct {
	// aliases are whose files are one: what is read goes by them already, and what was
	// corrected names whoever had the file then.
	aliases  *aliases
	byDevice atomic.Pointer[map[string][]reattributed]

	mu sync.Mutex
	// turns hold a token while their reader takes entries in, one each: no reader waits
	// for another, nor for who waits for them.
	turns []chan struct{}
}

// reattributed is a correction as the readers of the journal need it.
type reattributed struct {
	from, to   int64 // Unix milliseconds
	wrong      []string
	right      string
	untilEntry uint64
}

// know takes all corrections, oldest first, in place of those that were known. What
// readers are taking in at this moment may go by those still: see [attribution.settle].
func (a *attribution) know(all []correction) {
	byDevice := map[string][]reattributed{}
	for i := range all {
		c := &all[i]
		one := reattributed{from: c.From.UnixMilli(), to: math.MaxInt64, wrong: c.wrong, right: c.Wearer(), untilEntry: math.MaxUint64}
		if !c.end.IsZero() {
			one.to = c.end.UnixMilli()
		}
		if c.UntilEntry != 0 {
			one.untilEntry = c.UntilEntry
		}
		byDevice[c.Device] = append(byDevice[c.Device], one)
	}
	a.byDevice.Store(&byDevice)
}

// settleWithin bounds what is waited for a reader whose store does not answer: who
// waits tries again, and meanwhile others can say what they know.
const settleWithin = 20 * time.Second

// settle returns once every reader has taken in what it was at: afterwards nothing
// goes in by what was known before, of corrections, of whose files are one, and of who
// is erased.
func (a *attribution) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	a.mu.Lock()
	turns := slices.Clone(a.turns)
	a.mu.Unlock()
	for _, turn := range turns {
		select {
		case turn <- struct{}{}:
			<-turn
		case <-ctx.Done():
			return fmt.Errorf("wait until a reader of the journal has done what it is at: %w", ctx.Err())
		}
	}
	return nil
}

// reader is a reader of the journal that goes by what is known of whose entries are.
func (a *attribution) reader(apply journal.Apply) journal.Apply {
	turn := make(chan struct{}, 1)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.turns = append(a.turns, turn)
	return func(ctx context.Context, entries []journal.Entry) error {
		turn <- struct{}{}
		defer func() { <-turn }()
		return apply(ctx, entries)
	}
}

// concerns are the corrections that may be about a report; mostly there are none.
func (a *attribution) concerns(r *vitals.Report) []reattributed {
	known := a.byDevice.Load()
	if known == nil || len(*known) == 0 || len(r.Residents) > 1 || len(r.Samples) == 0 {
		return nil
	}
	return (*known)[r.Device]
}

// parts are a report as it is known now: what is about each resident apart. Those
// that are nobody's are of [devices.Nobody].
func (a *attribution) parts(seq uint64, r vitals.Report, known []reattributed) []vitals.Report {
	said := devices.Nobody(r.Device)
	if len(r.Residents) == 1 {
		said = r.Residents[0]
	}
	var parts []vitals.Report
	for _, s := range r.Samples {
		whose := said
		for _, c := range known {
			if seq <= c.untilEntry && a.named(whose, c.wrong) && s.At >= c.from && s.At < c.to {
				whose = a.aliases.of(c.right)
			}
		}
		i := slices.IndexFunc(parts, func(p vitals.Report) bool { return p.Residents[0] == whose })
		if i < 0 {
			i = len(parts)
			part := r
			part.Residents, part.Samples = []string{whose}, nil
			parts = append(parts, part)
		}
		parts[i].Samples = append(parts[i].Samples, s)
	}
	for i := range parts {
		if parts[i].Residents[0] == store.Nobody { // it was of somebody who is erased
			parts[i].Residents = nil
		}
	}
	if len(r.Residents) == 0 {
		// What was nobody's when it came was not kept, and is not now.
		for i := range parts {
			if slices.Contains(parts[i].Residents, said) {
				parts[i].Residents = nil
			}
		}
	}
	return parts
}

// named reports whether somebody has one of some names now.
func (a *attribution) named(whose string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return a.aliases.of(name) == whose })
}

// kept are reports as the timeline keeps them.
func (a *attribution) kept(entries []journal.Entry, reports []vitals.Report) []vitals.Report {
	all := make([]vitals.Report, 0, len(reports))
	for i := range reports {
		if known := a.concerns(&reports[i]); len(known) > 0 {
			all = append(all, a.parts(entries[i].Seq, reports[i], known)...)
			continue
		}
		all = append(all, reports[i])
	}
	return all
}

// passed are reports as those hear them who look after residents: what is nobody's is
// about no resident.
func (a *attribution) passed(entries []journal.Entry, reports []vitals.Report) []alerts.Passed {
	all := make([]alerts.Passed, len(reports))
	for i := range reports {
		all[i] = alerts.Passed{Seq: entries[i].Seq, Report: reports[i]}
		known := a.concerns(&reports[i])
		if len(known) == 0 {
			continue
		}
		split := a.parts(entries[i].Seq, reports[i], known)
		for k := range split {
			if len(split[k].Residents) == 1 && split[k].Residents[0] == devices.Nobody(split[k].Device) {
				split[k].Residents = nil
			}
		}
		all[i].Report, all[i].Others = split[0], split[1:]
	}
	return all
}
