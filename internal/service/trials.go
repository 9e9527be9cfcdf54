package service

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// Trial is what to try, on whom and when.
type Trial struct {
	Residents []string // nil for all
	From, To  time.Time
	// Rules are those to try, beside those of today with their ids. Without any, the
	// rules of today are tried themselves: those with the ids, or all.
	Rules []rules.Rule
	IDs   []string
	// WarmUp is how long before From the rules begin to hear; 0 for their longest
	// window.
	WarmUp time.Duration
}

// Try tries rules on what the timeline keeps. A service that runs on it goes on:
// half of the cores are left to it.
func (s *Service) Try(ctx context.Context, t Trial) (*backtest.Report, error) {
	current, err := s.CurrentRules()
	if err != nil {
		return nil, err
	}
	cfg := backtest.Config{WarmUp: t.WarmUp, Workers: max(1, runtime.GOMAXPROCS(0)/2)}
	if cfg.Rules, cfg.Today, err = t.Sets(current); err != nil {
		return nil, err
	}
	people, err := s.people(ctx, t)
	if err != nil {
		return nil, err
	}
	cfg.Source = &backtest.Timeline{Store: s.Timeline, Sensors: sensors{s}, People: people}
	ids := make([]string, len(people))
	for i := range people {
		ids[i] = people[i].ID
	}
	then, err := alerts.NewAlerts(s.Records).Between(ctx, t.From, t.To, ids)
	if err != nil {
		return nil, err
	}
	cfg.Then = slices.DeleteFunc(backtest.Then(then), func(a backtest.Alert) bool {
		_, tried := cfg.Rules.Find(a.Rule)
		return !tried
	})
	return backtest.Run(ctx, cfg)
}

// CurrentRules are the rules of today.
func (s *Service) CurrentRules() ([]rules.Rule, error) { return s.allRules() }

// Sets are the rules to try, and those of today to compare them with.
func (t *Trial) Sets(current []rules.Rule) (try, today *rules.Set, err error) {
	if len(t.Rules) == 0 {
		chosen, err := Choose(current, t.IDs)
		if err != nil {
			return nil, nil, err
		}
		try, err = rules.NewSet(chosen)
		return try, nil, err
	}
	if try, err = rules.NewSet(t.Rules); err != nil {
		return nil, nil, err
	}
	current = slices.DeleteFunc(slices.Clone(current), func(r rules.Rule) bool {
		return !slices.ContainsFunc(t.Rules, func(own rules.Rule) bool { return own.ID == r.ID })
	})
	if len(current) > 0 {
		today, err = rules.NewSet(current)
	}
	return try, today, err
}

// NoRuleError says that there is no rule of an id.
type NoRuleError struct{ ID string }

func (e *NoRuleError) Error() string { return fmt.Sprintf("there is no rule %s", e.ID) }

// Choose leaves the rules with the ids, in their order; all for none.
func Choose(all []rules.Rule, ids []string) ([]rules.Rule, error) {
	if len(ids) == 0 {
		return all, nil
	}
	var chosen []rules.Rule
	for _, id := range ids {
		i := slices.IndexFunc(all, func(r rules.Rule) bool { return r.ID == id })
		if i < 0 {
			return nil, &NoRuleError{ID: id}
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

// people are the residents of a trial, as they are known today. What they were in
// then is not asked: nothing pauses a rule that is tried.
func (s *Service) people(ctx context.Context, t Trial) ([]backtest.Resident, error) {
	profiles, err := s.profiles(ctx, t.To)
	if err != nil {
		return nil, err
	}
	residents, err := s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, err
	}
	var people []backtest.Resident
	for _, r := range residents {
		if t.Residents != nil && !slices.Contains(t.Residents, r.ID) {
			continue
		}
		p := profiles[r.ID].Engine()
		p.Situations = nil
		people = append(people, backtest.Resident{ID: r.ID, Profile: p, From: t.From, To: t.To})
	}
	return people, nil
}

// Budget says how the alerts of a period stand beside the budget; of all residents
// when none are named.
func (s *Service) Budget(ctx context.Context, residents []string, from, to time.Time) (budget.Standing, error) {
	all, err := s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return budget.Standing{}, err
	}
	watched := map[string]time.Duration{}
	var ids []string
	for _, r := range all {
		if residents != nil && !slices.Contains(residents, r.ID) {
			continue
		}
		// Who came in between was watched over from then on.
		begin := from
		if r.CreatedAt.After(begin) {
			begin = r.CreatedAt
		}
		watched[r.ID] = max(0, to.Sub(begin))
		ids = append(ids, r.ID)
	}
	past, err := alerts.NewAlerts(s.Records).Between(ctx, from, to, ids)
	if err != nil {
		return budget.Standing{}, err
	}
	return backtest.Budget(backtest.Then(past), watched), nil
}
