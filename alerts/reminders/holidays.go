package reminders

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/records"
)

type holidayRow struct {
	bun.BaseModel `bun:"table:reminder_holidays"`

	Day   string `bun:"day,pk"`
	Works int    `bun:"works"`
	Name  string `bun:"name"`
}

// Holidays is the calendar: what Anxin comes with, and what was imported over it.
func (b *Book) Holidays(ctx context.Context) (timetable.Calendar, error) {
	return holidaysIn(ctx, b.db)
}

func holidaysIn(ctx context.Context, db bun.IDB) (timetable.Calendar, error) {
	var rows []holidayRow
	if err := db.NewSelect().Model(&rows).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the holidays: %w", err)
	}
	all := timetable.China()
	years := map[int]bool{}
	for _, row := range rows {
		day, err := records.ParseDate(row.Day)
		if err != nil {
			return nil, fmt.Errorf("read the holidays: %w", err)
		}
		if !years[day.Year] { // an imported year takes the place of the whole
			years[day.Year] = true
			for known := range all {
				if known.Year == day.Year {
					delete(all, known)
				}
			}
		}
		all[day] = timetable.Special{Works: row.Works != 0, Name: row.Name}
	}
	return all, nil
}

// ImportHolidays puts the days of a calendar in the place of those of its years.
// Reminders that go by it are planned anew.
func (b *Book) ImportHolidays(ctx context.Context, c timetable.Calendar) error {
	zones, err := b.people.TimeZones(ctx)
	if err != nil {
		return err
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		years := map[int]bool{}
		for _, day := range c.Dates() {
			if !years[day.Year] {
				years[day.Year] = true
				if _, err := tx.NewDelete().Model((*holidayRow)(nil)).Where("day LIKE ?", fmt.Sprintf("%04d-%%", day.Year)).Exec(ctx); err != nil {
					return err
				}
			}
			row := holidayRow{Day: day.String(), Works: number(c[day].Works), Name: c[day].Name}
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return err
			}
		}
		all, err := listIn(ctx, tx, func(q *bun.SelectQuery) { q.Where("ended_at IS NULL") })
		if err != nil {
			return err
		}
		for i := range all {
			if zone, ok := zones[all[i].Resident]; ok && all[i].Days != timetable.EveryDay {
				if err := b.replan(ctx, tx, &all[i], zone); err != nil {
					return err
				}
			}
		}
		return touch(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("import holidays: %w", err)
	}
	b.nudge()
	return nil
}
