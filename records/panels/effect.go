package panels

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// effectDays is for how many days before and after a change it is looked what came of
// it: a choice of ours, in the issue.
const effectDays = 14

// Effect is how alerts and vitals were before and after a change. It shows what came
// after it, not that it came of it.
type Effect struct {
	From  time.Time `json:"from"` // when the change was made
	Until time.Time `json:"until"`
	// Days are how long either side is when all of it is over.
	Days int `json:"days"`
	// Complete says that it is over: "so far" otherwise.
	Complete bool         `json:"complete"`
	Alerts   []RuleEffect `json:"alerts"`
	Vitals   []VitalShift `json:"vitals"`
}

// RuleEffect is how many alerts of a rule there were.
type RuleEffect struct {
	Rule   string `json:"rule"`
	Name   Text   `json:"name"`
	Before int    `json:"before"`
	After  int    `json:"after"`
}

// VitalShift is how a metric was. The days are those on which it was measured at all, each
// of 24 hours before or after the change. Of what is counted, such as steps, before and
// after are of what it came to a day.
type VitalShift struct {
	Metric     string `json:"metric"`
	Unit       string `json:"unit"`
	Before     Stat   `json:"before"`
	After      Stat   `json:"after"`
	DaysBefore int    `json:"days_before"`
	DaysAfter  int    `json:"days_after"`
}

// MeasuredHours are the hours of a metric on both sides of a change. The hour of the
// change itself may be on both, with what was measured before and after it.
type MeasuredHours struct {
	Metric        vitals.Metric
	Before, After []Hour
}

// EffectOf compares the days before a change with those after it, as far as these are
// over now: alerts of any time, and what was measured in these days.
func EffectOf(at, now time.Time, alerts []Alert, measured []MeasuredHours) Effect {
	side := effectDays * 24 * time.Hour
	e := Effect{From: at, Until: at.Add(side), Days: effectDays, Complete: !now.Before(at.Add(side)), Alerts: []RuleEffect{}, Vitals: []VitalShift{}}
	if !e.Complete {
		e.Until = now
	}
	within := func(t time.Time) (before, after bool) {
		return t.Before(at) && !t.Before(at.Add(-side)), !t.Before(at) && t.Before(e.Until)
	}
	of := map[string]int{}
	for _, a := range alerts {
		before, after := within(a.BeganAt)
		if !before && !after {
			continue
		}
		i, known := of[a.Rule]
		if !known {
			i = len(e.Alerts)
			of[a.Rule] = i
			e.Alerts = append(e.Alerts, RuleEffect{Rule: a.Rule, Name: a.Name})
		}
		if before {
			e.Alerts[i].Before++
		} else {
			e.Alerts[i].After++
		}
	}
	slices.SortFunc(e.Alerts, func(a, b RuleEffect) int {
		return cmp.Or(cmp.Compare(b.Before+b.After, a.Before+a.After), cmp.Compare(a.Rule, b.Rule))
	})
	for _, m := range measured {
		shift := VitalShift{Metric: m.Metric.String(), Unit: m.Metric.Info().Unit}
		sum := sumOf
		if m.Metric.Info().Kind == vitals.Counter {
			sum = totalsOf
		}
		shift.Before, shift.DaysBefore = sum(m.Before, at)
		shift.After, shift.DaysAfter = sum(m.After, at)
		if shift.Before.N+shift.After.N == 0 {
			continue
		}
		e.Vitals = append(e.Vitals, shift)
	}
	return e
}

// dayFrom is the how-manieth day of 24 hours before or after a change an hour is in, so
// that there are never more than there are days.
func dayFrom(at time.Time, h Hour) int {
	return min(int(h.At.Sub(at).Abs()/(24*time.Hour)), effectDays-1)
}

// sumOf is all that was measured in hours, and on how many days before or after a change.
func sumOf(hours []Hour, at time.Time) (Stat, int) {
	var sum Stat
	days := map[int]bool{}
	for _, h := range hours {
		sum.add(h.Stat)
		days[dayFrom(at, h)] = true
	}
	sum.Mean = short(sum.Mean)
	return sum, len(days)
}

// totalsOf is what was counted a day, such as steps: of what comes in parts a mean of the
// parts says nothing.
func totalsOf(hours []Hour, at time.Time) (Stat, int) {
	days := map[int]float64{}
	for _, h := range hours {
		days[dayFrom(at, h)] += h.Mean * float64(h.N)
	}
	var sum Stat
	for _, total := range days {
		total = math.Round(total)
		sum.add(Stat{N: 1, Min: total, Mean: total, Max: total})
	}
	sum.Mean = short(sum.Mean)
	return sum, len(days)
}

// Effects are what came after the changes of the advice on a question that were made:
// by the number of the proposal, "so far" of those whose time is not over.
func (b *Book) Effects(ctx context.Context, user, consultation string) (map[int]Effect, error) {
	a, err := b.AdviceOf(ctx, user, consultation)
	if err != nil {
		return nil, err
	}
	all := map[int]Effect{}
	for _, p := range a.Proposals {
		switch {
		case p.State != Applied:
		case p.Effect != nil:
			all[p.N] = *p.Effect
		default:
			if all[p.N], err = b.effect(ctx, p.Resident, p.AppliedAt); err != nil {
				return nil, fmt.Errorf("look what came after proposal %d: %w", p.N, err)
			}
		}
	}
	return all, nil
}

func (b *Book) effect(ctx context.Context, resident string, at time.Time) (Effect, error) {
	now := b.moment()
	from, to := at.Add(-effectDays*24*time.Hour), at.Add(effectDays*24*time.Hour)
	if to.After(now) {
		to = now
	}
	alerts, err := b.sources.Alerts.Of(ctx, resident, from, to, 10*mostAlerts)
	if err != nil {
		return Effect{}, err
	}
	metrics, err := measured(ctx, b.sources.Readings, resident, from)
	if err != nil {
		return Effect{}, err
	}
	all := make([]MeasuredHours, 0, len(metrics))
	for _, m := range metrics {
		of := MeasuredHours{Metric: m}
		if of.Before, err = hoursOf(ctx, b.sources.Readings, resident, m, from, at); err != nil {
			return Effect{}, err
		}
		if of.After, err = hoursOf(ctx, b.sources.Readings, resident, m, at, to); err != nil {
			return Effect{}, err
		}
		all = append(all, of)
	}
	return EffectOf(at, now, alerts, all), nil
}

// keepEffect freezes what came after a change, once its time is over.
func (b *Book) keepEffect(ctx context.Context, p *proposalRow) error {
	e, err := b.effect(ctx, p.Resident, store.Time(p.AppliedAt))
	if err != nil || !e.Complete {
		return err
	}
	text, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = b.db.NewUpdate().Table("advice_proposals").Set("effect = ?", string(text)).Where("advice = ?", p.Advice).Where("n = ?", p.N).Where("effect = ''").Exec(ctx)
	return err
}
