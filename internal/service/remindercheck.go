package service

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// ReminderCheck looks at a reminder before it is kept, whoever keeps it: whether
// whom it names is around the resident, and what may surprise somebody about it.
type ReminderCheck struct {
	People   *records.People
	Registry *devices.Registry
	Book     *reminders.Book
}

// Check refuses a helper and a refiller who could never be told. It returns what to
// warn of, in sentences.
func (c ReminderCheck) Check(ctx context.Context, r reminders.Reminder) (warnings []string, err error) {
	circle, err := c.People.CircleNow(ctx, r.Resident)
	if err != nil {
		return nil, err
	}
	around := aroundIn(&circle)
	var wrong []store.Field
	if r.Helper != "" && !slices.ContainsFunc(around, func(one deliveries.Contact) bool { return one.ID == r.Helper }) {
		wrong = append(wrong, store.Field{Path: "helper", Message: fmt.Sprintf("%q is nobody around the resident who may be told: neither of the care team nor of the staff", r.Helper)})
	}
	if r.Stock != nil && r.Stock.Refill != "" {
		if why := noRefiller(r.Stock.Refill, around); why != "" {
			wrong = append(wrong, store.Field{Path: "stock.refill", Message: why})
		}
	}
	if err := store.Invalid("reminder", r.ID, wrong); err != nil {
		return nil, err
	}
	reached, err := c.reached(ctx, &r, around)
	if err != nil {
		return nil, err
	}
	if !reached {
		warnings = append(warnings, "nobody can be told of it: there is no speaker at home, no telephone of the resident's own, and no helper with a way to be told: name a helper who is in the care team, or enrol a speaker")
	}
	twice, err := c.twice(ctx, &r)
	if err != nil {
		return nil, err
	}
	if twice != "" {
		warnings = append(warnings, fmt.Sprintf("the same medicine is there already at the same times: it would be asked for twice: reminder %s", twice))
	}
	return warnings, nil
}

// noRefiller is why a name or an id is nobody who can be told to get more; "" when
// it is somebody.
func noRefiller(who string, around []deliveries.Contact) string {
	if slices.ContainsFunc(around, func(one deliveries.Contact) bool { return one.ID == who }) {
		return ""
	}
	var ids []string
	for _, one := range around {
		if one.Name == who {
			ids = append(ids, one.ID)
		}
	}
	switch len(ids) {
	case 0:
		return fmt.Sprintf("%q is the name or id of nobody around the resident who may be told: add a contact, and put them in the care team first", who)
	case 1:
		return ""
	}
	return fmt.Sprintf("several around the resident are called %q: say which by the id: %s", who, strings.Join(ids, ", "))
}

// reached reports whether there is somebody, or something, to tell it to.
func (c ReminderCheck) reached(ctx context.Context, r *reminders.Reminder, around []deliveries.Contact) (bool, error) {
	near, err := c.Registry.List(ctx, devices.Query{Resident: r.Resident})
	if err != nil {
		return false, fmt.Errorf("where to say it: %w", err)
	}
	if slices.ContainsFunc(near, func(d devices.Device) bool { return devices.Speaks(d.Kind) }) {
		return true, nil
	}
	return len(readersOf(&reminders.Telling{Helper: r.Helper, Urgent: r.Urgent()}, around)) > 0, nil
}

// twice is the id of another reminder of the same medicine at the same times; "" for
// none.
func (c ReminderCheck) twice(ctx context.Context, r *reminders.Reminder) (string, error) {
	if r.Kind != reminders.Medication {
		return "", nil
	}
	all, err := c.Book.List(ctx, r.Resident)
	if err != nil {
		return "", err
	}
	what := strings.Join(strings.Fields(r.What), " ")
	for _, other := range all {
		if other.ID != r.ID && other.Kind == r.Kind && strings.EqualFold(strings.Join(strings.Fields(other.What), " "), what) && other.Schedule.String() == r.Schedule.String() {
			return other.ID, nil
		}
	}
	return "", nil
}

// ReminderCheck looks at reminders before they are kept.
func (s *Service) ReminderCheck() ReminderCheck {
	return ReminderCheck{People: s.People, Registry: s.Registry, Book: s.Reminders}
}
