package alerts

import (
	"context"
	"errors"
	"fmt"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// mostGone bounds how many alerts are closed at once.
const mostGone = 100_000

// Gone reports that an alert is open and its rule is not judged any more by the
// rules that hold: nothing that is measured ends it.
func (a *Alert) Gone(set *rules.Set) bool {
	if !a.Open() {
		return false
	}
	i, ok := set.Find(a.Rule.ID)
	return !ok || set.Programs()[i].Subject != a.subject()
}

// subject is what the alert is about.
func (a *Alert) subject() rules.Subject {
	switch {
	case a.Resident != "":
		return rules.OfResident
	case a.Device != "":
		return rules.OfDevice
	case a.Home != "":
		return rules.OfHome
	}
	return rules.OfService
}

// LikeGone are the other open alerts of the rule of one that is gone.
func (s *Alerts) LikeGone(ctx context.Context, a Alert, set *rules.Set) (others []Alert, err error) {
	all, err := s.List(ctx, Query{Rule: a.Rule.ID, Open: true, Limit: mostGone})
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		if one.ID != a.ID && one.Gone(set) {
			others = append(others, one)
		}
	}
	return others, nil
}

// ResolveGone closes an alert whose rule is not judged any more by a user's
// verdict, and with it all other open alerts of that rule about which may says
// that the user may. What a rule that is judged has found is closed one by one:
// each is about something else.
func (j *Judge) ResolveGone(ctx context.Context, alert, user string, verdict engine.Verdict, reason string, may func(context.Context, Alert) (bool, error)) error {
	book := NewAlerts(j.db)
	a, err := book.One(ctx, alert)
	if err != nil {
		return err
	}
	set := j.set()
	if a.Open() && !a.Gone(set) {
		return &store.Fault{Kind: store.ErrConflict, Code: "alert.judged", Entity: "alert", ID: alert, Detail: "is of a rule that is judged: its alerts are closed one by one"}
	}
	if err := j.Resolve(ctx, alert, user, verdict, reason); err != nil {
		return err
	}
	others, err := book.LikeGone(ctx, a, set)
	if err != nil {
		return err
	}
	for _, other := range others {
		ok, err := may(ctx, other)
		if err == nil && ok {
			err = j.Resolve(ctx, other.ID, user, verdict, reason)
		}
		var fault *store.Fault
		if errors.As(err, &fault) && fault.Code == "alert.resolved" {
			continue // somebody was quicker, or it went with what it was a part of
		}
		if err != nil {
			return fmt.Errorf("close the other alerts of rule %s: %w", a.Rule.ID, err)
		}
	}
	return nil
}

// set are the rules that are judged by.
func (j *Judge) set() *rules.Set {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.rules
}
