package service

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store"
)

// holdersEvery is how often it is looked whether those who have alerts may still see
// to them. A look costs nothing but a search while nobody has any.
const holdersEvery = 2 * time.Second

// watchHolders ends the claims of those who may not see to an alert any more, until
// ctx ends: whom a consent was withdrawn from, who has left the care team or the
// team, whose account is gone or disabled.
func (s *Service) watchHolders(ctx context.Context) error {
	tick := time.NewTicker(holdersEvery)
	defer tick.Stop()
	for {
		if err := s.releaseLost(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("look whether those who have alerts may still see to them; tried again soon", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Service) releaseLost(ctx context.Context) error {
	held, err := alerts.NewAlerts(s.Records).Held(ctx)
	if err != nil || len(held) == 0 {
		return err
	}
	var about []escalation.About
	for _, a := range held {
		about = append(about, aboutAlert(a))
	}
	around, err := circles{s.People}.Circles(ctx, s.Records, about, time.Now())
	if err != nil {
		return err
	}
	names := alerts.NewNames(s.Residents, s.Registry).Remembering()
	var errs []error
	for _, a := range held {
		circle := around[aboutAlert(a)]
		if circle.Has(a.ClaimedBy) {
			continue
		}
		may, err := s.stillActs(ctx, names, a)
		if err == nil && !may {
			err = s.judge.Release(ctx, a.ID, a.ClaimedBy)
			var fault *store.Fault
			if errors.As(err, &fault) && (fault.Code == "alert.resolved" || fault.Code == "alert.starting") {
				err = nil // there is nothing to end, or it is looked at again in a moment
			}
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("alert %s: %w", a.ID, err))
		}
	}
	return errors.Join(errs...)
}

func aboutAlert(a alerts.Alert) escalation.About {
	if a.Resident != "" {
		return escalation.About{Resident: a.Resident}
	}
	return escalation.About{Home: a.Home, Device: a.Device}
}

// stillActs reports whether who has an alert, and is not around those whom it
// concerns, may act on it all the same.
func (s *Service) stillActs(ctx context.Context, names *alerts.Names, a alerts.Alert) (bool, error) {
	if strings.HasPrefix(a.ClaimedBy, "contact:") {
		return false, nil
	}
	who, err := s.Users.Get(ctx, a.ClaimedBy)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil || !who.DisabledAt.IsZero() {
		return false, err
	}
	_, concerned, err := names.Of(ctx, a)
	if err != nil {
		return false, err
	}
	if len(concerned) == 0 {
		return s.access.MayManage(ctx, who) == nil, nil
	}
	for _, r := range concerned {
		looks, err := s.access.StillLooksAfter(ctx, who, r.ID)
		if err != nil || looks {
			return looks, err
		}
	}
	return false, nil
}
