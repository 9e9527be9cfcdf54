package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// ReminderMaker makes the reminders and follow-ups that panels advise. It is a
// [panels.Maker].
type ReminderMaker struct {
	Book   *reminders.Book
	People *records.People
}

// Check implements [panels.Maker].
func (m ReminderMaker) Check(ctx context.Context, resident string, c panels.Change) error {
	if c.Target != "" {
		if r, err := m.Book.Get(ctx, resident, c.Target); err != nil {
			return err
		} else if !r.EndedAt.IsZero() {
			return store.NotFound("reminder", c.Target)
		}
	}
	if c.Reminder == nil {
		return nil
	}
	_, err := reminderOf(resident, c)
	return err
}

// reminderOf is the reminder that a change asks for.
func reminderOf(resident string, c panels.Change) (reminders.Reminder, error) {
	r := reminders.Reminder{Resident: resident, Kind: reminders.Kind(c.Reminder.Kind), What: c.Reminder.What, Note: c.Reminder.Note}
	var wrong []store.Field
	var err error
	if r.Schedule, err = timetable.Parse(c.Reminder.Schedule); err != nil {
		wrong = append(wrong, store.Field{Path: "schedule", Message: err.Error()})
	}
	if !slices.Contains(reminders.Kinds(), r.Kind) {
		wrong = append(wrong, store.Field{Path: "kind", Message: fmt.Sprintf("%q is none of %v", r.Kind, reminders.Kinds())})
	}
	for _, name := range c.Reminder.Metrics {
		metric, ok := vitals.ParseMetric(name)
		if !ok {
			wrong = append(wrong, store.Field{Path: "metrics", Message: fmt.Sprintf("%q is no metric", name)})
		}
		r.Metrics = append(r.Metrics, metric)
	}
	if measures := r.Kind == reminders.Measurement; measures != (len(r.Metrics) > 0) {
		wrong = append(wrong, store.Field{Path: "metrics", Message: "are of a measurement, and it needs them"})
	}
	return r, store.Invalid("reminder", "", wrong)
}

func lineOf(r reminders.Reminder) string {
	return panels.ReminderLine(string(r.Kind), r.What, r.Schedule.String())
}

// alike reports whether two reminders ask for the same at the same times.
func alike(one, other *reminders.Reminder) bool {
	return lineOf(*one) == lineOf(*other) && slices.Equal(one.Metrics, other.Metrics)
}

// Is implements [panels.Maker].
func (m ReminderMaker) Is(ctx context.Context, resident string, c panels.Change) (string, error) {
	if c.Target != "" {
		is, err := m.Book.Get(ctx, resident, c.Target)
		if errors.Is(err, store.ErrNotFound) || err == nil && !is.EndedAt.IsZero() {
			return "", nil
		}
		if err != nil || c.Reminder == nil {
			return lineOf(is), err
		}
		if want, err := reminderOf(resident, c); err == nil && alike(&want, &is) {
			return c.After(), nil
		}
		return lineOf(is), nil
	}
	same, err := m.same(ctx, resident, c)
	if err != nil || same == "" {
		return "", err
	}
	return c.After(), nil
}

// same is the id of a reminder that says what a change would; "" for none.
func (m ReminderMaker) same(ctx context.Context, resident string, c panels.Change) (string, error) {
	want, err := reminderOf(resident, c)
	if err != nil {
		return "", err
	}
	all, err := m.Book.List(ctx, resident)
	if err != nil {
		return "", err
	}
	for _, is := range all {
		if alike(&is, &want) {
			return is.ID, nil
		}
	}
	return "", nil
}

// Make implements [panels.Maker]. What says the same already is not made twice.
func (m ReminderMaker) Make(ctx context.Context, resident string, c panels.Change, order panels.Order) (string, error) {
	if c.Reminder == nil {
		if err := m.Book.End(ctx, resident, c.Target, order.By); err != nil && !errors.Is(err, store.ErrNotFound) {
			return "", err
		}
		return "reminder " + c.Target, nil
	}
	want, err := reminderOf(resident, c)
	if err != nil {
		return "", err
	}
	if c.Target != "" {
		is, err := m.Book.Get(ctx, resident, c.Target)
		if err != nil {
			return "", err
		}
		if want.Note == "" { // which experts have not seen
			want.Note = is.Note
		}
		if alike(&is, &want) && is.Note == want.Note {
			return "reminder " + is.ID, nil
		}
		is.Kind, is.What, is.Note, is.Schedule, is.Metrics = want.Kind, want.What, want.Note, want.Schedule, want.Metrics
		if _, err := m.Book.Change(ctx, is, is.Version, order.By); err != nil {
			return "", err
		}
		return "reminder " + is.ID, nil
	}
	same, err := m.same(ctx, resident, c)
	if err != nil {
		return "", err
	}
	if same == "" {
		if want.Kind == reminders.FollowUp {
			if want.Helper, err = m.helper(ctx, resident, order.By); err != nil {
				return "", err
			}
		}
		r, err := m.Book.Create(ctx, want, order.By)
		if err != nil {
			return "", err
		}
		same = r.ID
	}
	return "reminder " + same, nil
}

// helper is the contact of a user, where they are around the resident and may be told of
// a reminder; "" otherwise.
func (m ReminderMaker) helper(ctx context.Context, resident, user string) (string, error) {
	contact, err := m.People.ContactOf(ctx, user)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	circle, err := m.People.CircleNow(ctx, resident)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(aroundIn(&circle), func(one deliveries.Contact) bool { return one.ID == contact.ID }) {
		return "", nil
	}
	return contact.ID, nil
}

// Made implements [panels.Maker]: reminders keep no reasons, and what is there already
// [ReminderMaker.Make] finds.
func (ReminderMaker) Made(context.Context, string, panels.Change, panels.Order) (string, time.Time, error) {
	return "", time.Time{}, nil
}
