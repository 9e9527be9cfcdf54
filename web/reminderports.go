package web

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ReminderPlans keeps what residents are to do and when, as staff and family say it.
// What a user may not do is ErrNotFound.
type ReminderPlans interface {
	// MayPlan says whether the user may make and change those of a resident.
	MayPlan(ctx context.Context, user User, resident string) (bool, error)
	// Plans are those of a resident that hold, in the order in which they were made.
	Plans(ctx context.Context, user User, resident string) ([]ReminderPlan, error)
	Plan(ctx context.Context, user User, resident, id string) (ReminderPlan, error)
	// NextTimes are the next moments at which it would be due, at most so many; none for
	// what has no schedule. What is wrong with it is a [ReminderFault].
	NextTimes(ctx context.Context, user User, resident string, p ReminderPlan, most int) ([]time.Time, error)
	// KeepPlan keeps a new one, or one that is changed: ErrChanged when somebody has
	// changed it meanwhile, a [ReminderFault] when something is wrong with it.
	KeepPlan(ctx context.Context, user User, resident string, p ReminderPlan) error
	EndPlan(ctx context.Context, user User, resident, id string) error
}

// ReminderPlan is a reminder as its form has it.
type ReminderPlan struct {
	// ID is "" for a new one, Version that from which it was changed.
	ID      string
	Version int
	Kind    string
	What    string
	Note    string
	// Schedule is a pattern, "daily at 08:00, 20:00"; "" for none.
	Schedule string
	// Start and End are days, "2026-12-01"; "" for open.
	Start, End string
	Days       string
	Dose, Food string
	// TimeCritical is a medicine that does harm when it is late.
	TimeCritical bool
	// Metrics are the names of what is measured, Readings how often together.
	Metrics  []string
	Readings int
	// Helper is the contact who is told where the resident cannot be; "" for nobody.
	Helper string
}

// ReminderFault is what is wrong with a reminder: its fields, as forms name them.
type ReminderFault []string

func (f ReminderFault) Error() string { return "wrong: " + strings.Join(f, ", ") }

// reminderFaults are the fields of which something may be wrong.
var reminderFaults = []string{"kind", "what", "note", "schedule", "start", "end", "days", "dose", "metrics", "readings", "helper"}

// of is the field that stands for one, "kind" for what the form does not have.
func (f ReminderFault) of() (fields []string) {
	for _, one := range f {
		if !slices.Contains(reminderFaults, one) {
			one = "kind"
		}
		fields = append(fields, one)
	}
	return fields
}
