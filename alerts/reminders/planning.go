package reminders

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

const (
	// ahead is how far beyond what may be asked next occurrences are planned, and
	// againBefore how long before that ends the next are.
	ahead       = 48 * time.Hour
	againBefore = 24 * time.Hour
)

// replan plans a reminder's occurrences from now on, in the place of those that
// were planned by another version of it, or on another clock. What of a day was
// told, done or missed already keeps its place: the first dose of a day is one.
func (b *Book) replan(ctx context.Context, tx bun.Tx, r *Reminder, zone string) error {
	now := b.moment()
	var rows []occurrenceRow
	if err := tx.NewSelect().Model(&rows).Where("reminder = ?", r.ID).Where("due_at >= ?", now.UnixMilli()).Scan(ctx); err != nil {
		return err
	}
	planned, until, err := b.planned(ctx, tx, r, zone, now)
	if err != nil {
		return err
	}
	c := r.course()
	for i := range rows {
		o, err := rows[i].occurrence()
		if err != nil {
			return err
		}
		if !o.Open() {
			continue
		}
		if r.Kind == Recheck && r.EndedAt.IsZero() {
			continue // a reading has asked for it
		}
		at := slices.IndexFunc(planned, func(p Occurrence) bool { return p.ID == o.ID })
		if at < 0 {
			if _, err := tx.NewDelete().Model(&rows[i]).WherePK().Exec(ctx); err != nil {
				return err
			}
			continue
		}
		o.Due, o.Zone = planned[at].Due, planned[at].Zone
		if err := saveOccurrence(ctx, tx, o, c.Next(&o)); err != nil {
			return err
		}
	}
	return b.add(ctx, tx, r, planned, until)
}

// plan adds the occurrences of a reminder that come next.
func (b *Book) plan(ctx context.Context, tx bun.Tx, row *reminderRow, zone string) error {
	r, err := row.reminder()
	if err != nil {
		return err
	}
	c := r.course()
	planned, until, err := b.planned(ctx, tx, &r, zone, store.Time(row.PlannedUntil).Add(-c.first()))
	if err != nil {
		return err
	}
	return b.add(ctx, tx, &r, planned, until)
}

// planned are the occurrences from a moment on, as far as they are planned ahead.
// Until is when something before them may be asked first that is not among them.
func (b *Book) planned(ctx context.Context, tx bun.Tx, r *Reminder, zone string, from time.Time) (all []Occurrence, until time.Time, err error) {
	now := b.moment()
	on, err := b.zonesOf(ctx, tx, r.Resident, zone, now)
	if err != nil {
		return nil, until, err
	}
	calendar, err := holidaysIn(ctx, tx)
	if err != nil {
		return nil, until, err
	}
	if !r.EndedAt.IsZero() || r.Kind == Recheck {
		return nil, time.Time{}, nil
	}
	c := r.course()
	until = now.Add(ahead)
	for _, s := range r.plan(on, calendar).Between(from, until.Add(-c.first())) {
		all = append(all, Occurrence{
			ID: s.ID, Reminder: r.ID, Resident: r.Resident, Day: s.Day, N: s.N, Due: s.Due, Zone: on.On(s.Day), PlannedAt: now, Status: Due,
		})
	}
	return all, until, nil
}

// add writes occurrences that are not there yet, and until when they are.
func (b *Book) add(ctx context.Context, tx bun.Tx, r *Reminder, planned []Occurrence, until time.Time) error {
	c := r.course()
	rows := make([]occurrenceRow, len(planned))
	for i := range planned {
		var err error
		if rows[i], err = occurrenceRowOf(planned[i], c.Next(&planned[i])); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(rows, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&some).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return fmt.Errorf("plan reminder %s: %w", r.ID, err)
		}
	}
	row := reminderRow{ID: r.ID, PlannedUntil: store.Millis(until)}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Column("planned_until").Exec(ctx); err != nil {
		return fmt.Errorf("note until when reminder %s is planned: %w", r.ID, err)
	}
	return nil
}

// rowsAtOnce bounds a statement.
const rowsAtOnce = 200

func saveOccurrence(ctx context.Context, tx bun.Tx, o Occurrence, next time.Time) error {
	row, err := occurrenceRowOf(o, next)
	if err != nil {
		return err
	}
	if _, err := tx.NewUpdate().Model(&row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("write occurrence %s: %w", o.ID, err)
	}
	return nil
}

type zoneRow struct {
	bun.BaseModel `bun:"table:reminder_zones"`

	Resident string `bun:"resident,pk"`
	From     string `bun:"from_day,pk"`
	Zone     string `bun:"zone"`
}

// zonesOf are those whose clocks count for a resident, who is in a zone now. When
// that is another one it counts from the next day on.
func (b *Book) zonesOf(ctx context.Context, tx bun.Tx, resident, zone string, now time.Time) (timetable.Zones, error) {
	is, err := zones.Load(zone)
	if err != nil {
		return nil, fmt.Errorf("the clock of resident %q: %w", resident, err)
	}
	all, err := readZones(ctx, tx, resident)
	if err != nil {
		return nil, err
	}
	if n := len(all); n > 0 && all[n-1].Zone.String() == is.String() {
		return all, nil
	}
	row := zoneRow{Resident: resident, Zone: is.String()}
	if len(all) > 0 {
		was := all.At(now)
		from := timetable.NextDay(now, was, is)
		// One that has not begun to count is void.
		if _, err := tx.NewDelete().Model((*zoneRow)(nil)).Where("resident = ? AND from_day >= ?", resident, from.String()).Exec(ctx); err != nil {
			return nil, err
		}
		row.From = from.String()
	}
	if _, err := tx.NewInsert().Model(&row).On("CONFLICT (resident, from_day) DO UPDATE").Set("zone = excluded.zone").Exec(ctx); err != nil {
		return nil, fmt.Errorf("note the clock of resident %q: %w", resident, err)
	}
	return readZones(ctx, tx, resident)
}

func readZones(ctx context.Context, tx bun.Tx, resident string) (timetable.Zones, error) {
	var rows []zoneRow
	if err := tx.NewSelect().Model(&rows).Where("resident = ?", resident).Order("from_day").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the clocks of resident %q: %w", resident, err)
	}
	var all timetable.Zones
	for _, row := range rows {
		from, err := records.ParseDate(row.From)
		zone, errZone := zones.Load(row.Zone)
		if err := errors.Join(err, errZone); err != nil {
			return nil, fmt.Errorf("read the clocks of resident %q: %w", resident, err)
		}
		all = append(all, timetable.ZoneFrom{From: from, Zone: zone})
	}
	return all, nil
}

// Moved plans the reminders of a resident anew who is in another time zone.
func (b *Book) moved(ctx context.Context, resident, zone string) error {
	return b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		all, err := listIn(ctx, tx, func(q *bun.SelectQuery) { q.Where("resident = ?", resident).Where("ended_at IS NULL") })
		if err != nil {
			return err
		}
		for i := range all {
			if err := b.replan(ctx, tx, &all[i], zone); err != nil {
				return err
			}
		}
		return nil
	})
}
