package backtest

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// longestWarmUp bounds the warm-up that is taken by itself.
const longestWarmUp = 30 * 24 * time.Hour

// Config says what to try on whom.
type Config struct {
	Source Source
	// Rules are those to try; Today those that they are compared with, nil for none.
	Rules, Today *rules.Set
	// WarmUp is how long before the period the rules begin to hear. 0 is the longest
	// window of the rules, at most 30 days.
	WarmUp time.Duration
	// Then are the alerts that there were in the period.
	Then []Alert
	// Truth says of an alert whether it was true, where that is known otherwise than
	// by Then; nil when it is not. "" is that nobody knows.
	Truth func(Alert) engine.Verdict
	// Workers is how many residents are tried at once; 0 for one a core.
	Workers int
}

// Run tries the rules. It ends with ctx.
func Run(ctx context.Context, cfg Config) (*Report, error) {
	residents, err := cfg.Source.Residents(ctx)
	if err != nil {
		return nil, fmt.Errorf("try rules: %w", err)
	}
	warmUp := cfg.WarmUp
	if warmUp == 0 {
		warmUp = WarmUp(cfg.Rules, cfg.Today)
	}
	r := &runner{cfg: cfg, warmUp: warmUp, engine: engine.New(cfg.Rules), plain: plainOf(cfg.Rules)}
	if cfg.Today != nil {
		r.today = engine.New(cfg.Today)
	}
	outcomes := make([]outcome, len(residents))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(workers(cfg.Workers))
	for i := range residents {
		g.Go(func() error {
			var err error
			if outcomes[i], err = r.resident(ctx, &residents[i]); err != nil {
				return fmt.Errorf("try rules on resident %s: %w", residents[i].ID, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return r.report(residents, outcomes), nil
}

func workers(n int) int {
	if n > 0 {
		return n
	}
	return runtime.GOMAXPROCS(0)
}

// WarmUp is how long rules must have heard to know all that they ask for: the
// longest window of the sets, at most 30 days, and at least a day.
func WarmUp(sets ...*rules.Set) time.Duration {
	longest := 24 * time.Hour
	for _, set := range sets {
		if set == nil {
			continue
		}
		for _, w := range set.Windows() {
			longest = max(longest, time.Duration(w.Span))
		}
	}
	return min(longest, longestWarmUp)
}

type runner struct {
	cfg           Config
	warmUp        time.Duration
	engine, today *engine.Engine
	plain         *thresholds
}

// outcome is what came of one resident.
type outcome struct {
	try, today             []Alert
	tryBefore, todayBefore map[string]int
	plain                  []Plain // by the number of the threshold
	messages, readings     int
	first                  time.Time // when the first message came; zero for none
	unfit                  map[vitals.Metric]int
}

// resident tries the rules on one.
func (r *runner) resident(ctx context.Context, who *Resident) (outcome, error) {
	begin := who.From.Add(-r.warmUp)
	trials := []*trial{newTrial(r.engine, r.cfg.Rules, *who, begin.UnixMilli())}
	if r.today != nil {
		trials = append(trials, newTrial(r.today, r.cfg.Today, *who, begin.UnixMilli()))
	}
	over := r.plain.crossings(r.cfg.Rules, who)
	out := outcome{unfit: map[vitals.Metric]int{}}
	from := who.From.UnixMilli()
	for m, err := range r.cfg.Source.Messages(ctx, who.ID, begin, who.To) {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return out, err
		}
		if out.first.IsZero() {
			out.first = time.UnixMilli(m.Received)
		}
		if m.Received >= from {
			over.take(&m)
			out.count(&m)
		}
		for _, t := range trials {
			t.hear(&m)
		}
	}
	to := who.To.UnixMilli()
	out.try, out.tryBefore = trials[0].end(to)
	if r.today != nil {
		out.today, out.todayBefore = trials[1].end(to)
	}
	out.plain = over.counts
	return out, nil
}

// since is from when a resident is watched over: since they came to Anxin, or since
// the first message that was brought along from before.
func (o *outcome) since(who *Resident) time.Time {
	if o.first.IsZero() || who.Since.Before(o.first) {
		return who.Since
	}
	return o.first
}

func (o *outcome) count(m *Message) {
	o.messages++
	for i := range m.Samples {
		o.readings += len(m.Samples[i].Values)
		for _, v := range m.Samples[i].Values {
			if v.Marks.Unfit() {
				o.unfit[v.Metric]++
			}
		}
	}
}
