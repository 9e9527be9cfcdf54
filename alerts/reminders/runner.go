package reminders

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/internal/zones"
	"github.com/anxin-care/anxin/store"
)

// Runner plans ahead, and works off what is due. Any number of them may run on one
// database.
type Runner struct {
	book   *Book
	alarms Alarms
	behind func() bool // whether not all is heard that devices have said
	log    *slog.Logger

	people int64         // the version of the residents whose clocks were looked at; 0 for none
	ready  chan struct{} // closed once all is planned for the first time
	first  atomic.Bool
}

// NewRunner returns a runner. Behind says whether devices may have said what is
// not heard yet: nobody has missed anything then.
func NewRunner(book *Book, alarms Alarms, behind func() bool, log *slog.Logger) *Runner {
	return &Runner{book: book, alarms: alarms, behind: behind, log: log, ready: make(chan struct{})}
}

const (
	// dueAtOnce is how many occurrences are worked off in one transaction.
	dueAtOnce = 100
	// lookAnyway is how long it sleeps at most: other processes change reminders, too.
	lookAnyway = 15 * time.Second
	// afterTrouble is when it tries again what did not work.
	afterTrouble = 2 * time.Second
)

// Run works until ctx ends.
func (w *Runner) Run(ctx context.Context) error {
	for {
		wait, err := w.Work(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			w.log.Warn("work off reminders", "error", err)
			wait = afterTrouble
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-w.book.wake:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// Work plans what is to be planned and works off what is due now. It returns how
// long there is nothing to do then.
func (w *Runner) Work(ctx context.Context) (wait time.Duration, err error) {
	if err := w.lookAtClocks(ctx); err != nil {
		return 0, err
	}
	if err := w.plan(ctx); err != nil {
		return 0, err
	}
	if w.first.CompareAndSwap(false, true) {
		close(w.ready)
	}
	if err := w.workOff(ctx); err != nil {
		return 0, err
	}
	if err := w.book.tellAlarms(ctx, w.alarms); err != nil {
		return 0, err
	}
	next, err := w.book.next(ctx)
	if err != nil {
		return 0, err
	}
	wait = lookAnyway
	if !next.IsZero() {
		wait = min(wait, next.Sub(w.book.now()))
	}
	return max(wait, time.Millisecond), nil
}

// lookAtClocks plans anew for residents who have come into another zone.
func (w *Runner) lookAtClocks(ctx context.Context) error {
	version := w.book.people.Version()
	if version == w.people {
		return nil
	}
	are, err := w.book.people.TimeZones(ctx)
	if err != nil {
		return fmt.Errorf("look where residents are: %w", err)
	}
	var rows []zoneRow
	if err := w.book.db.NewSelect().Model(&rows).Order("resident", "from_day").Scan(ctx); err != nil {
		return fmt.Errorf("read the clocks of residents: %w", err)
	}
	for i, row := range rows {
		last := i+1 == len(rows) || rows[i+1].Resident != row.Resident
		if zone, ok := are[row.Resident]; ok && last && !sameZone(zone, row.Zone) {
			if err := w.book.moved(ctx, row.Resident, zone); err != nil {
				return fmt.Errorf("plan for resident %q, who is in %s: %w", row.Resident, zone, err)
			}
		}
	}
	w.people = version
	return nil
}

func sameZone(a, b string) bool {
	zone, err := zones.Load(a)
	return err == nil && zone.String() == b
}

// plan plans the reminders whose occurrences are used up soon.
func (w *Runner) plan(ctx context.Context) error {
	for {
		var rows []reminderRow
		err := w.book.db.NewSelect().Model(&rows).Where("planned_until < ?", w.book.now().Add(ahead-againBefore).UnixMilli()).
			Order("planned_until").Limit(dueAtOnce).Scan(ctx)
		if err != nil {
			return fmt.Errorf("look which reminders are to be planned: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		var residents []string
		for i := range rows {
			residents = append(residents, rows[i].Resident)
		}
		slices.Sort(residents)
		are, err := w.book.people.TimeZones(ctx, slices.Compact(residents)...)
		if err != nil {
			return fmt.Errorf("look where residents are: %w", err)
		}
		err = w.book.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
			for i := range rows {
				var row reminderRow
				if err := tx.NewSelect().Model(&row).Where("id = ?", rows[i].ID).Scan(ctx); err != nil {
					return err
				}
				if row.PlannedUntil != rows[i].PlannedUntil {
					continue // somebody else has
				}
				if err := w.book.plan(ctx, tx, &row, are[row.Resident]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("plan reminders: %w", err)
		}
	}
}

// workOff lets time pass for the occurrences for which it is due.
func (w *Runner) workOff(ctx context.Context) error {
	for {
		now := w.book.moment()
		var due []occurrenceRow
		err := w.book.db.NewSelect().Model(&due).Column("id", "resident", "reminder").Where("next_at <= ?", now.UnixMilli()).
			Order("next_at", "id").Limit(dueAtOnce).Scan(ctx)
		if err != nil {
			return fmt.Errorf("look what is due: %w", err)
		}
		if len(due) == 0 {
			return nil
		}
		if err := w.pass(ctx, due, now); err != nil {
			return fmt.Errorf("work off what is due: %w", err)
		}
	}
}

func (w *Runner) pass(ctx context.Context, due []occurrenceRow, now time.Time) error {
	var ids, residents []string
	for i := range due {
		ids, residents = append(ids, due[i].ID), append(residents, due[i].Resident)
	}
	slices.Sort(residents)
	excused, err := w.book.people.Excused(ctx, slices.Compact(residents)...)
	if err != nil {
		return fmt.Errorf("look of whom nothing is asked: %w", err)
	}
	passed := Passed{Behind: w.behind()}
	return w.book.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []occurrenceRow
		err := tx.NewSelect().Model(&rows).Where("id IN (?)", bun.In(ids)).Where("next_at <= ?", now.UnixMilli()).Order("due_at", "id").Scan(ctx)
		if err != nil {
			return err
		}
		reminders := map[string]*Reminder{}
		for i := range rows {
			o, err := rows[i].occurrence()
			if err != nil {
				return err
			}
			r, ok := reminders[o.Reminder]
			if !ok {
				read, err := w.book.get(ctx, tx, o.Reminder)
				if err != nil {
					return err
				}
				r = &read
				reminders[o.Reminder] = r
			}
			e := Event{At: now, What: passed}
			if reason, ok := excused[o.Resident]; ok && !now.Before(o.Due) && r.excusedBy(reason) {
				e.What = Skip{Reason: reason}
			}
			if _, err := w.book.happen(ctx, tx, r, o, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// next is when time changes something next; zero for never.
func (b *Book) next(ctx context.Context) (time.Time, error) {
	var at *int64
	if err := b.db.NewSelect().Model((*occurrenceRow)(nil)).ColumnExpr("MIN(next_at)").Scan(ctx, &at); err != nil {
		return time.Time{}, errors.Join(errors.New("look what is due next"), err)
	}
	if at == nil {
		return time.Time{}, nil
	}
	return store.Time(*at), nil
}
