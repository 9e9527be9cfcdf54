package backtest

import (
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// Trials try rules on what a service has heard, and count the alerts that there
// were.
type Trials struct {
	Timeline alerts.Past
	Sensors  alerts.Sensors
	Alerts   *alerts.Alerts
	// Residents lists those there are, Profiles says what is known of them, and Rules
	// are those of today.
	Residents interface {
		List(ctx context.Context, q records.ResidentQuery) ([]records.Resident, error)
	}
	Profiles func(ctx context.Context, now time.Time) (map[string]alerts.Profile, error)
	Rules    func(ctx context.Context) ([]rules.Rule, error)
}

// Try tries rules. A service goes on meanwhile: half of the cores are left to it.
func (t *Trials) Try(ctx context.Context, q Request) (*Report, error) {
	current, err := t.Rules(ctx)
	if err != nil {
		return nil, err
	}
	cfg := Config{WarmUp: q.WarmUp, Workers: max(1, runtime.GOMAXPROCS(0)/2)}
	if cfg.Rules, cfg.Today, err = q.Sets(current); err != nil {
		return nil, err
	}
	people, err := t.people(ctx, q)
	if err != nil {
		return nil, err
	}
	cfg.Source = &Timeline{Store: t.Timeline, Sensors: t.Sensors, People: people}
	ids := make([]string, len(people))
	for i := range people {
		ids[i] = people[i].ID
	}
	then, err := t.Alerts.Between(ctx, q.From, q.To, ids)
	if err != nil {
		return nil, err
	}
	cfg.Then = slices.DeleteFunc(Then(then), func(a Alert) bool {
		_, tried := cfg.Rules.Find(a.Rule)
		return !tried
	})
	return Run(ctx, cfg)
}

// people are the residents of a request, as they are known today. What they were
// in then is not asked: no situation pauses a rule that is tried.
func (t *Trials) people(ctx context.Context, q Request) ([]Resident, error) {
	profiles, err := t.Profiles(ctx, q.To)
	if err != nil {
		return nil, err
	}
	residents, err := t.chosen(ctx, q.Residents)
	if err != nil {
		return nil, err
	}
	people := make([]Resident, len(residents))
	for i, r := range residents {
		p := profiles[r.ID].Engine()
		p.Situations = nil
		people[i] = Resident{ID: r.ID, Profile: p, Since: r.CreatedAt, From: q.From, To: q.To}
	}
	return people, nil
}

// chosen are the residents with the ids; all for nil.
func (t *Trials) chosen(ctx context.Context, ids []string) ([]records.Resident, error) {
	all, err := t.Residents.List(ctx, records.ResidentQuery{})
	if err != nil || ids == nil {
		return all, err
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return slices.DeleteFunc(all, func(r records.Resident) bool { return !wanted[r.ID] }), nil
}

// Budget says how the alerts of a period stand beside the budget; of all residents
// when ids is nil.
func (t *Trials) Budget(ctx context.Context, ids []string, from, to time.Time) (budget.Standing, error) {
	residents, err := t.chosen(ctx, ids)
	if err != nil {
		return budget.Standing{}, err
	}
	watched := budget.Watched{}
	ids = ids[:0:0]
	for _, r := range residents {
		watched.Add(r.ID, r.CreatedAt, from, to)
		ids = append(ids, r.ID)
	}
	past, err := t.Alerts.Between(ctx, from, to, ids)
	if err != nil {
		return budget.Standing{}, err
	}
	return Budget(Then(past), watched), nil
}
