package reminders

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/store"
)

// farthest is how far ahead it is looked for the next times: what is due once in
// twelve months has some.
const farthest = 6 * 366 * day

// Next returns the next moments at which a reminder would be due, at most so many,
// by the clock of where its resident is now. It need not be kept. Its faults are
// those of [Book.Create].
func (b *Book) Next(ctx context.Context, r Reminder, most int) (times []time.Time, err error) {
	if err := store.Invalid("reminder", r.ID, r.settle()); err != nil {
		return nil, err
	}
	names, err := b.people.TimeZones(ctx, r.Resident)
	if err != nil {
		return nil, fmt.Errorf("look when a reminder is due next: %w", err)
	}
	name, ok := names[r.Resident]
	if !ok {
		return nil, store.NotFound("resident", r.Resident)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("look when a reminder is due next: %w", err)
	}
	calendar, err := b.Holidays(ctx)
	if err != nil {
		return nil, err
	}
	plan := r.plan(timetable.Zones{{Zone: zone}}, calendar)
	now := b.moment()
	from := now
	for ahead := 7 * day; ; ahead *= 4 { // most are due soon, and years are many slots
		to := now.Add(min(ahead, farthest))
		for _, slot := range plan.Between(from, to) {
			if times = append(times, slot.Due); len(times) == most {
				return times, nil
			}
		}
		if ahead >= farthest {
			return times, nil
		}
		from = to
	}
}
