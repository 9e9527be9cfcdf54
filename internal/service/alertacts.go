package service

import (
	"context"
	"errors"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

func (b alertBook) Claim(ctx context.Context, user web.User, id string, until time.Time) error {
	return b.act(ctx, user, id, func() error { return b.s.judge.Claim(ctx, id, user.ID, until) })
}

func (b alertBook) Resolve(ctx context.Context, user web.User, id string, verdict web.Verdict, reason string) error {
	return b.act(ctx, user, id, func() error { return b.s.judge.Resolve(ctx, id, user.ID, engine.Verdict(verdict), reason) })
}

func (b alertBook) ResolveGone(ctx context.Context, user web.User, id string, verdict web.Verdict, reason string) error {
	return b.act(ctx, user, id, func() error {
		desk, err := b.open(ctx, user)
		if err != nil {
			return err
		}
		err = b.s.judge.ResolveGone(ctx, id, user.ID, engine.Verdict(verdict), reason, desk.mayAct)
		var fault *store.Fault
		if errors.As(err, &fault) && fault.Code == "alert.judged" {
			// The rule has come back meanwhile: this one is what was looked at.
			return b.s.judge.Resolve(ctx, id, user.ID, engine.Verdict(verdict), reason)
		}
		return err
	})
}

func (b alertBook) Snooze(ctx context.Context, user web.User, id string, until time.Time) error {
	return b.act(ctx, user, id, func() error { return b.s.judge.Snooze(ctx, id, user.ID, until) })
}

func (b alertBook) Arrive(ctx context.Context, user web.User, id string) error {
	return b.act(ctx, user, id, func() error { return alerts.NewScenes(b.s.Records, b.s.feed, time.Now).Arrive(ctx, id, user.ID) })
}

func (b alertBook) Comment(ctx context.Context, user web.User, id, text string) error {
	return b.act(ctx, user, id, func() error { return alerts.NewComments(b.s.Records, b.s.feed).Add(ctx, id, user.ID, text) })
}

// act does something about an alert that the user may act on.
func (b alertBook) act(ctx context.Context, user web.User, id string, do func() error) error {
	desk, err := b.open(ctx, user)
	if err != nil {
		return err
	}
	one, err := alerts.NewAlerts(b.s.Records).One(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return web.ErrNotFound
	}
	if err != nil {
		return err
	}
	if _, err := desk.about(ctx, one, alerts.MayAct); err != nil {
		return err
	}
	err = do()
	var fault *store.Fault
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code {
	case "alert.resolved":
		return web.ErrResolved
	case "alert.critical":
		return web.ErrCritical
	case "alert.not_yours":
		return web.ErrNotYours
	case "alert.starting":
		return web.ErrStarting
	}
	return err
}
