package timeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Summary is what a window of readings comes to.
type Summary struct {
	At            time.Time // the window's start
	Count         int
	Sum, Min, Max float64
}

// Mean is the mean of the window's readings.
func (s Summary) Mean() float64 { return s.Sum / float64(max(1, s.Count)) }

// summaries are the windows in their order.
func (ws *windows) summaries() []Summary {
	slices.SortFunc(ws.all, func(a, b window) int { return cmp.Compare(a.start, b.start) })
	all := make([]Summary, len(ws.all))
	for i, w := range ws.all {
		all[i] = Summary{At: time.UnixMilli(w.start).UTC(), Count: int(w.count), Sum: w.sum, Min: w.min, Max: w.max}
	}
	return all
}

// Summaries implements [Store].
func (s *SQL) Summaries(ctx context.Context, q Query, every time.Duration) ([]Summary, error) {
	length, err := windowLength(every)
	if err != nil {
		return nil, err
	}
	all := newWindows(length)
	if err := s.gather(ctx, q, all, Mean); err != nil {
		return nil, fmt.Errorf("summarize: %w", q.failed(unavailable(err)))
	}
	return all.summaries(), nil
}

// Summaries implements [Store].
func (s *Influx) Summaries(ctx context.Context, q Query, every time.Duration) ([]Summary, error) {
	length, err := windowLength(every)
	if err != nil {
		return nil, err
	}
	all, err := s.whole(ctx, q, length)
	if err != nil {
		return nil, fmt.Errorf("summarize: %w", q.failed(err))
	}
	return all.summaries(), nil
}
