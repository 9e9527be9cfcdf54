package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// MayPlan implements [web.ReminderPlans].
func (p reminderPages) MayPlan(ctx context.Context, user web.User, resident string) (bool, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return false, err
	}
	return p.s.access.LooksAfter(ctx, who, resident), nil
}

// plans is the user, who may make reminders for a resident: as over the API, whoever
// looks after them.
func (p reminderPages) plans(ctx context.Context, user web.User, resident string) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	if err := p.s.access.MayLookAfter(ctx, who, resident); err != nil {
		return who, fmt.Errorf("%w: %w", web.ErrNotFound, err)
	}
	return who, nil
}

// Plans implements [web.ReminderPlans].
func (p reminderPages) Plans(ctx context.Context, user web.User, resident string) ([]web.ReminderPlan, error) {
	if _, err := p.plans(ctx, user, resident); err != nil {
		return nil, err
	}
	all, err := p.s.Reminders.List(ctx, resident)
	if err != nil {
		return nil, err
	}
	shown := make([]web.ReminderPlan, len(all))
	for i := range all {
		shown[i] = pagePlan(&all[i])
	}
	return shown, nil
}

// Plan implements [web.ReminderPlans].
func (p reminderPages) Plan(ctx context.Context, user web.User, resident, id string) (web.ReminderPlan, error) {
	if _, err := p.plans(ctx, user, resident); err != nil {
		return web.ReminderPlan{}, err
	}
	r, err := p.s.Reminders.Get(ctx, resident, id)
	if err == nil && !r.EndedAt.IsZero() {
		err = store.NotFound("reminder", id)
	}
	if err != nil {
		return web.ReminderPlan{}, planError(err)
	}
	return pagePlan(&r), nil
}

func pagePlan(r *reminders.Reminder) web.ReminderPlan {
	shown := web.ReminderPlan{
		ID: r.ID, Version: r.Version, Kind: string(r.Kind), What: r.What, Note: r.Note, Schedule: r.Schedule.String(), Start: r.Start.String(), End: r.End.String(),
		Days: string(r.Days), Dose: r.Dose, Food: string(r.Food), TimeCritical: r.TimeCritical, Readings: r.Readings, Helper: r.Helper,
	}
	for _, m := range r.Metrics {
		shown.Metrics = append(shown.Metrics, m.String())
	}
	return shown
}

// reminderOf is what a form says, over what it does not ask for: stock, device and
// window stay as they are, unless the kind is another.
func (p reminderPages) reminderOf(ctx context.Context, resident string, f web.ReminderPlan) (reminders.Reminder, error) {
	r := reminders.Reminder{Resident: resident}
	if f.ID != "" {
		before, err := p.s.Reminders.Get(ctx, resident, f.ID)
		if err != nil {
			return r, planError(err)
		}
		if string(before.Kind) == f.Kind {
			r.Stock, r.Device, r.Window = before.Stock, before.Device, before.Window
		}
		r.ID = before.ID
	}
	r.Kind, r.What, r.Note, r.Days = reminders.Kind(f.Kind), f.What, f.Note, timetable.Days(f.Days)
	r.Dose, r.Food, r.TimeCritical, r.Readings, r.Helper = f.Dose, reminders.Food(f.Food), f.TimeCritical, f.Readings, f.Helper
	var wrong web.ReminderFault
	var err error
	if f.Schedule != "" {
		if r.Schedule, err = timetable.Parse(f.Schedule); err != nil {
			wrong = append(wrong, "schedule")
		}
	}
	if r.Start, err = records.ParseDate(f.Start); err != nil {
		wrong = append(wrong, "start")
	}
	if r.End, err = records.ParseDate(f.End); err != nil {
		wrong = append(wrong, "end")
	}
	for _, name := range f.Metrics {
		m, ok := vitals.ParseMetric(name)
		if !ok {
			wrong = append(wrong, "metrics")
		}
		r.Metrics = append(r.Metrics, m)
	}
	if len(wrong) > 0 {
		return r, wrong
	}
	return r, nil
}

// NextTimes implements [web.ReminderPlans].
func (p reminderPages) NextTimes(ctx context.Context, user web.User, resident string, f web.ReminderPlan, most int) ([]time.Time, error) {
	if _, err := p.plans(ctx, user, resident); err != nil {
		return nil, err
	}
	r, err := p.reminderOf(ctx, resident, f)
	if err != nil {
		return nil, err
	}
	if _, err := p.s.ReminderCheck().Check(ctx, r); err != nil {
		return nil, planError(err)
	}
	times, err := p.s.Reminders.Next(ctx, r, most)
	return times, planError(err)
}

// KeepPlan implements [web.ReminderPlans].
func (p reminderPages) KeepPlan(ctx context.Context, user web.User, resident string, f web.ReminderPlan) error {
	who, err := p.plans(ctx, user, resident)
	if err != nil {
		return err
	}
	r, err := p.reminderOf(ctx, resident, f)
	if err != nil {
		return err
	}
	if _, err := p.s.ReminderCheck().Check(ctx, r); err != nil {
		return planError(err)
	}
	if r.ID == "" {
		_, err = p.s.Reminders.Create(ctx, r, who.ID)
	} else {
		_, err = p.s.Reminders.Change(ctx, r, f.Version, who.ID)
	}
	return planError(err)
}

// EndPlan implements [web.ReminderPlans].
func (p reminderPages) EndPlan(ctx context.Context, user web.User, resident, id string) error {
	who, err := p.plans(ctx, user, resident)
	if err != nil {
		return err
	}
	return planError(p.s.Reminders.End(ctx, resident, id, who.ID))
}

// planError is what pages say to a fault.
func planError(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	switch {
	case !ok:
		return err
	case errors.Is(err, store.ErrNotFound):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	case fault.Code == "reminder.changed":
		return fmt.Errorf("%w: %w", web.ErrChanged, err)
	case errors.Is(err, store.ErrInvalid) && len(fault.Fields) > 0:
		var wrong web.ReminderFault
		for _, field := range fault.Fields {
			wrong = append(wrong, field.Path)
		}
		return wrong
	}
	return err
}
