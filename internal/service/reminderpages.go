package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// reminderPages shows the pages what residents are to do.
type reminderPages struct{ s *Service }

// Today implements [web.Reminders].
func (p reminderPages) Today(ctx context.Context, user web.User, residents ...string) ([]web.Occurrence, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	var mine []string
	for _, id := range residents {
		may, err := p.s.access.Sees(ctx, who, records.Alerts, id)
		if err != nil {
			return nil, err
		}
		if may {
			mine = append(mine, id)
		}
	}
	now := time.Now()
	all, err := p.s.Reminders.Occurrences(ctx, reminders.Query{Residents: mine, From: now.Add(-36 * time.Hour), To: now.Add(36 * time.Hour)})
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, o := range all {
		ids = append(ids, o.Reminder)
	}
	of, err := p.s.Reminders.Reminders(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var shown []web.Occurrence
	for i := range all {
		o := &all[i]
		if o.Day == records.DateOf(now.In(o.Zone)) {
			r := of[o.Reminder]
			shown = append(shown, pageOccurrence(&r, o, now))
		}
	}
	return shown, nil
}

func pageOccurrence(r *reminders.Reminder, o *reminders.Occurrence, now time.Time) web.Occurrence {
	detail := []string{r.Dose}
	if !o.Settled() {
		detail = append(detail, r.Note)
	}
	var said []string
	for _, part := range detail {
		if part != "" {
			said = append(said, part)
		}
	}
	return web.Occurrence{
		ID: o.ID, Resident: o.Resident, What: r.What, Detail: strings.Join(said, " · "), Due: o.Due, Status: web.ReminderStatus(o.Status), Told: o.Told, Untold: o.Untold(), Critical: r.TimeCritical,
		Settles: !o.Settled(), Now: r.MayFinish(o, now), DoneAt: o.DoneAt, OnTime: o.OnTime, Reason: o.Reason,
	}
}

// Adherence implements [web.Reminders].
func (p reminderPages) Adherence(ctx context.Context, user web.User, resident string) ([]web.AdherenceWeek, error) {
	if err := p.may(ctx, user, resident, p.seesAlerts); err != nil {
		return nil, err
	}
	weeks, err := p.s.Reminders.Adherence(ctx, resident, time.Now().AddDate(0, 0, -21))
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, w := range weeks {
		ids = append(ids, w.Reminder)
	}
	of, err := p.s.Reminders.Reminders(ctx, ids...)
	if err != nil {
		return nil, err
	}
	var shown []web.AdherenceWeek
	for _, w := range weeks {
		shown = append(shown, web.AdherenceWeek{
			Reminder: w.Reminder, What: of[w.Reminder].What, Monday: w.Monday.String(), Due: w.Due, Skipped: w.Skipped, Done: w.OnTime + w.Late,
		})
	}
	return shown, nil
}

func (p reminderPages) seesAlerts(ctx context.Context, who records.User, resident string) error {
	return p.s.access.MaySee(ctx, who, records.Alerts, resident)
}

// may checks that a user may do something about a resident: the pages do not tell
// those who may not whether there is one.
func (p reminderPages) may(ctx context.Context, user web.User, resident string, check func(context.Context, records.User, string) error) error {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return err
	}
	if check(ctx, who, resident) != nil {
		return web.ErrNotFound
	}
	return nil
}

// Finish implements [web.Reminders].
func (p reminderPages) Finish(ctx context.Context, user web.User, resident, occurrence string) error {
	if err := p.may(ctx, user, resident, p.s.access.MayLookAfter); err != nil {
		return err
	}
	_, err := p.s.Reminders.Finish(ctx, resident, occurrence, reminders.Finish{By: user.ID, At: time.Now()})
	return pageFault(err)
}

// Skip implements [web.Reminders].
func (p reminderPages) Skip(ctx context.Context, user web.User, resident, occurrence, reason string) error {
	if err := p.may(ctx, user, resident, p.s.access.MayLookAfter); err != nil {
		return err
	}
	_, err := p.s.Reminders.Skip(ctx, resident, occurrence, reminders.Skip{By: user.ID, Reason: reason})
	return pageFault(err)
}

// pageFault is an error of the book as the pages know it.
func pageFault(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return web.ErrNotFound
	case errors.Is(err, store.ErrConflict):
		return web.ErrNotNow
	}
	return err
}
