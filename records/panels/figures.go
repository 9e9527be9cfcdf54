package panels

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Figures are how a panel did in the months, the newest first.
type Figures struct {
	Waiting, Disagreed, Overdue int // now
	Months                      []Month
}

// Month is how the questions went that were put in a month, on the clock of UTC.
type Month struct {
	Month                             string // "2026-11"
	Opened, Advised, Expired, Dropped int
	// Disagreed are those whose opinions were not of one mind.
	Disagreed int
	// FirstOpinion and ToAdvice are how long it took.
	FirstOpinion, ToAdvice Took
}

// Took is how long something took: the median and the ninetieth percentile of N.
type Took struct {
	N           int
	Median, P90 time.Duration
}

// Figures are a panel's.
func (b *Book) Figures(ctx context.Context, panel string) (Figures, error) {
	if _, err := b.Panel(ctx, panel); err != nil {
		return Figures{}, err
	}
	now := b.moment()
	all, err := consultationsWhere(ctx, b.db, func(q *bun.SelectQuery) { q.Where("c.panel = ?", panel).Order("opened_at DESC", "id DESC") })
	if err != nil {
		return Figures{}, fmt.Errorf("count the consultations of panel %q: %w", panel, err)
	}
	return FiguresOf(all, now), nil
}

// FiguresOf counts consultations, which are by when they were opened.
func FiguresOf(all []Consultation, now time.Time) Figures {
	f := Figures{Months: []Month{}}
	var first, advice []time.Duration
	finish := func() {
		if n := len(f.Months); n > 0 {
			f.Months[n-1].FirstOpinion, f.Months[n-1].ToAdvice = tookOf(first), tookOf(advice)
			first, advice = nil, nil
		}
	}
	for i := range all {
		c := &all[i]
		month := c.OpenedAt.UTC().Format("2006-01")
		if n := len(f.Months); n == 0 || f.Months[n-1].Month != month {
			finish()
			f.Months = append(f.Months, Month{Month: month})
		}
		m := &f.Months[len(f.Months)-1]
		m.Opened++
		switch c.Status {
		case Advised:
			m.Advised++
		case Expired:
			m.Expired++
		case Withdrawn:
			m.Dropped++
		default:
			f.Waiting++
		}
		if c.Disagreed {
			m.Disagreed++
		}
		if c.Disagreed && c.Status == Answered {
			f.Disagreed++
		}
		if c.Overdue(now) {
			f.Overdue++
		}
		if !c.FirstOpinionAt.IsZero() {
			first = append(first, c.FirstOpinionAt.Sub(c.OpenedAt))
		}
		if !c.AdvisedAt.IsZero() {
			advice = append(advice, c.AdvisedAt.Sub(c.OpenedAt))
		}
	}
	finish()
	return f
}

// tookOf is by nearest rank.
func tookOf(all []time.Duration) Took {
	if len(all) == 0 {
		return Took{}
	}
	slices.Sort(all)
	rank := func(share float64) time.Duration { return all[int(math.Ceil(share*float64(len(all))))-1] }
	return Took{N: len(all), Median: rank(0.5), P90: rank(0.9)}
}
