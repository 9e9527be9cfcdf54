// Package medication has residents reminded of the medicines of their health files.
package medication

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/store"
)

// Reminding makes reminders of medicines. It is a [healthfile.Reminding].
type Reminding struct{ book *reminders.Book }

// New makes reminders in a book.
func New(book *reminders.Book) Reminding { return Reminding{book} }

// longest is how long what is said of a reminder may be, in characters.
const longest = 200

// Check implements [healthfile.Reminding].
func (Reminding) Check(m healthfile.Medicine) []store.Field {
	var wrong []store.Field
	if _, err := timetable.Parse(m.Schedule); err != nil {
		wrong = append(wrong, store.Field{Path: "schedule", Message: err.Error()})
	}
	if utf8.RuneCountInString(m.Label()) > longest {
		wrong = append(wrong, store.Field{Path: "strength", Message: fmt.Sprintf("is, with the name, longer than %d characters: a reminder says both", longest)})
	}
	return wrong
}

// Follow implements [healthfile.Reminding]. What people say of a reminder alone, such
// as its stock, stays. A reminder that says the same already, and is of no other
// medicine, becomes the medicine's.
func (r Reminding) Follow(ctx context.Context, f healthfile.Feed) (string, error) {
	schedule, err := timetable.Parse(f.Medicine.Schedule)
	if err != nil {
		return "", fmt.Errorf("read when medicine is taken: %w", err)
	}
	is, err := r.find(ctx, f, schedule)
	if err != nil {
		return "", err
	}
	to := like(is, f.Medicine, schedule)
	to.Resident = f.Resident
	switch {
	case is.ID == "":
		to, err = r.book.Create(ctx, to, f.By)
	case !same(is, to):
		to, err = r.book.Change(ctx, to, 0, f.By)
	}
	if err != nil {
		return "", fmt.Errorf("remind of medicine: %w", err)
	}
	return to.ID, nil
}

// find is the reminder that a medicine has, or is to have; without an id when there is
// none.
func (r Reminding) find(ctx context.Context, f healthfile.Feed, schedule timetable.Pattern) (reminders.Reminder, error) {
	all, err := r.book.List(ctx, f.Resident)
	if err != nil {
		return reminders.Reminder{}, fmt.Errorf("list the reminders of medicine: %w", err)
	}
	all = slices.DeleteFunc(all, func(one reminders.Reminder) bool { return !one.EndedAt.IsZero() || one.Kind != reminders.Medication })
	for _, one := range all {
		if one.ID == f.Reminder {
			return one, nil
		}
	}
	for _, one := range all {
		if one.What == f.Medicine.Label() && one.Schedule.String() == schedule.String() && !slices.Contains(f.Others, one.ID) {
			return one, nil
		}
	}
	return reminders.Reminder{}, nil
}

// like is a reminder that says what a medicine does.
func like(is reminders.Reminder, m healthfile.Medicine, schedule timetable.Pattern) reminders.Reminder {
	is.Kind, is.What, is.Note, is.Schedule = reminders.Medication, m.Label(), m.Note, schedule
	is.Dose, is.Food, is.TimeCritical = m.Dose, reminders.Food(m.Food), m.Critical
	is.Start, _ = m.From.Exact()
	is.End, _ = m.Until.Exact()
	return is
}

// same reports whether two say the same of a medicine.
func same(a, b reminders.Reminder) bool {
	return a.What == b.What && a.Note == b.Note && a.Schedule.String() == b.Schedule.String() && a.Dose == b.Dose &&
		a.Food == b.Food && a.TimeCritical == b.TimeCritical && a.Start == b.Start && a.End == b.End
}

// End implements [healthfile.Reminding].
func (r Reminding) End(ctx context.Context, resident, reminder, by string) error {
	if err := r.book.End(ctx, resident, reminder, by); err != nil && !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("remind of medicine no more: %w", err)
	}
	return nil
}
