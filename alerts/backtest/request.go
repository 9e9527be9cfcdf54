package backtest

import (
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Request is what to try, on whom and when.
type Request struct {
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

// UnknownError says that there is no rule of an id.
type UnknownError struct{ ID string }

func (e *UnknownError) Error() string { return "there is no rule " + e.ID }

// Sets are the rules to try, and those of today to compare them with: nil when
// today's are tried themselves, or there is none of these ids.
func (q *Request) Sets(current []rules.Rule) (try, today *rules.Set, err error) {
	if len(q.Rules) == 0 {
		chosen, err := Choose(current, q.IDs)
		if err != nil {
			return nil, nil, err
		}
		try, err = rules.NewSet(chosen)
		return try, nil, err
	}
	if try, err = rules.NewSet(q.Rules); err != nil {
		return nil, nil, err
	}
	current = slices.DeleteFunc(slices.Clone(current), func(r rules.Rule) bool {
		return !slices.ContainsFunc(q.Rules, func(own rules.Rule) bool { return own.ID == r.ID })
	})
	if len(current) > 0 {
		today, err = rules.NewSet(current)
	}
	return try, today, err
}

// Choose leaves the rules with the ids, in their order; all for none.
func Choose(all []rules.Rule, ids []string) ([]rules.Rule, error) {
	if len(ids) == 0 {
		return all, nil
	}
	var chosen []rules.Rule
	for _, id := range ids {
		i := slices.IndexFunc(all, func(r rules.Rule) bool { return r.ID == id })
		if i < 0 {
			return nil, &UnknownError{ID: id}
		}
		if !slices.ContainsFunc(chosen, func(r rules.Rule) bool { return r.ID == id }) {
			chosen = append(chosen, all[i])
		}
	}
	return chosen, nil
}
