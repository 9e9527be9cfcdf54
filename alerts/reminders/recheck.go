package reminders

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
)

// recheck plans that a low glucose is measured again. One that is waited for is
// enough: a sensor that says every five minutes that it is low asks once. What is
// heard of so late that it would be over is not asked for.
func (b *Book) recheck(ctx context.Context, tx bun.Tx, r *Reminder, s seen) error {
	c := r.course()
	due, now := s.At.Add(recheckAfter), b.moment()
	if !now.Before(due.Add(c.Missed)) {
		return nil
	}
	waits, err := tx.NewSelect().Model((*occurrenceRow)(nil)).Where("reminder = ?", r.ID).Where("due_at > ?", s.At.UnixMilli()).
		Where("status IN (?)", bun.In([]Status{Due, Told})).Exists(ctx)
	if err != nil || waits {
		return err
	}
	on, err := readZones(ctx, tx, r.Resident)
	if err != nil {
		return err
	}
	zone := on.At(due)
	day := records.DateOf(due.In(zone))
	o := Occurrence{
		ID: timetable.Moment(r.ID, due), Reminder: r.ID, Resident: r.Resident, Day: day, N: int(due.Unix() % int64(24*time.Hour/time.Second)), Due: due, Zone: zone,
		PlannedAt: s.At, Status: Due,
	}
	row, err := occurrenceRowOf(o, c.Next(&o))
	if err != nil {
		return err
	}
	_, err = tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx)
	return err
}
