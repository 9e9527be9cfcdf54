package alerts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

const (
	// longestClaim and longestSnooze are how long somebody may have an alert, or
	// keep it quiet, at a time.
	longestClaim  = 12 * time.Hour
	longestSnooze = 24 * time.Hour
)

// errStarting is why nothing can be done about an alert in the first moment after
// a start.
var errStarting = &store.Fault{Kind: store.ErrConflict, Code: "alert.starting", Entity: "alert", Detail: "the service is starting: try again in a moment"}

func errResolved(alert string) error {
	return &store.Fault{Kind: store.ErrConflict, Code: "alert.resolved", Entity: "alert", ID: alert, Detail: "is resolved already"}
}

// Claim gives an alert to a user for a time: "I have it".
func (j *Judge) Claim(ctx context.Context, alert, user string, until time.Time) error {
	if err := j.within(alert, until, longestClaim); err != nil {
		return fmt.Errorf("claim: %w", err)
	}
	return j.act(ctx, alert, func(Alert) error { return nil }, engine.Claim{Alert: alert, By: user, Until: until.UnixMilli()})
}

// Release ends a claim of somebody who may not see to the alert any more, so that
// others are asked. It may be said again.
func (j *Judge) Release(ctx context.Context, alert, by string) error {
	return j.act(ctx, alert, func(Alert) error { return nil }, engine.Release{Alert: alert, By: by})
}

// Resolve closes an alert by a user's verdict.
func (j *Judge) Resolve(ctx context.Context, alert, user string, verdict engine.Verdict, reason string) error {
	switch verdict {
	case engine.TrueAlarm, engine.FalseAlarm, engine.TestAlarm:
	default:
		return store.Invalid("alert", alert, []store.Field{{Path: "verdict", Message: "want true, false_alarm or test"}})
	}
	return j.act(ctx, alert, func(Alert) error { return nil }, engine.Resolve{Alert: alert, By: user, Verdict: verdict, Reason: reason})
}

// Snooze keeps an alert quiet until a time. What is critical is not snoozed.
func (j *Judge) Snooze(ctx context.Context, alert, user string, until time.Time) error {
	if err := j.within(alert, until, longestSnooze); err != nil {
		return fmt.Errorf("snooze: %w", err)
	}
	mild := func(a Alert) error {
		if a.Severity == rules.Critical {
			return &store.Fault{Kind: store.ErrConflict, Code: "alert.critical", Entity: "alert", ID: alert, Detail: "is critical, which cannot be snoozed: claim it or resolve it"}
		}
		return nil
	}
	return j.act(ctx, alert, mild, engine.Snooze{Alert: alert, By: user, Until: until.UnixMilli()})
}

func (j *Judge) within(alert string, until time.Time, longest time.Duration) error {
	now := j.now()
	if !until.After(now) || until.Sub(now) > longest {
		return store.Invalid("alert", alert, []store.Field{{Path: "until", Message: fmt.Sprintf("want a time in the next %s", longest)}})
	}
	return nil
}

// act tells the engine what somebody does about an open alert, and returns when
// that is written.
func (j *Judge) act(ctx context.Context, alert string, may func(Alert) error, what any) error {
	a, err := NewAlerts(j.db).One(ctx, alert)
	if err != nil {
		return err
	}
	if !a.Open() {
		return errResolved(alert)
	}
	if err := may(a); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return errors.Join(err, errStarting)
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	key := j.keyOf(&alertRow{Resident: a.Resident, Home: a.Home, Device: a.Device})
	if err := j.input(key, j.now(), what); err != nil {
		return err
	}
	return j.write(ctx)
}
