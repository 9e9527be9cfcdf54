package reminders

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

const (
	refilled = "-refill" // ends the id of what asks for more of a medicine
	byChange = "-v"      // stands in it before the reminder's version, where a change has made it little
)

// Closed returns why there is no reason any more to tell of some subjects, by
// [Telling.Subject]: occurrences and refills. It reads in db, which may be a
// transaction.
func (b *Book) Closed(ctx context.Context, db bun.IDB, subjects []string) (map[string]string, error) {
	return closedIn(ctx, db, subjects)
}

func closedIn(ctx context.Context, db bun.IDB, subjects []string) (map[string]string, error) {
	why := map[string]string{}
	for some := range slices.Chunk(subjects, rowsAtOnce) {
		var ids []string
		for _, subject := range some {
			ids = append(ids, strings.TrimSuffix(subject, refilled))
		}
		var rows []occurrenceRow
		if err := db.NewSelect().Model(&rows).Column("id", "reminder", "status").Where("id IN (?)", bun.In(ids)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read what is still to be done: %w", err)
		}
		known := map[string]occurrenceRow{}
		for _, row := range rows {
			known[row.ID] = row
		}
		for _, subject := range some {
			of, refill := strings.CutSuffix(subject, refilled)
			row, ok := known[of]
			switch {
			case refill:
				reminder, _, _ := strings.Cut(of, byChange)
				if ok {
					reminder = row.Reminder
				}
				filled, err := enoughOf(ctx, db, reminder)
				if err != nil {
					return nil, err
				}
				if filled {
					why[subject] = "there is enough again"
				}
			case !ok:
				why[subject] = "it is not due any more"
			case row.Status != Due && row.Status != Told:
				why[subject] = "it is " + string(row.Status)
			}
		}
	}
	return why, nil
}

// enoughOf reports whether no more of a medicine is to be got.
func enoughOf(ctx context.Context, db bun.IDB, reminder string) (bool, error) {
	all, err := listIn(ctx, db, func(q *bun.SelectQuery) { q.Where("id = ?", reminder) })
	return len(all) == 0 || !all[0].EndedAt.IsZero() || !all[0].Stock.Low(), err
}

// Open are those of some occurrences that may be noted as done now.
func (b *Book) Open(ctx context.Context, ids []string) (open []string, err error) {
	for _, id := range ids {
		o, r, err := b.known(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.MayFinish(&o, b.moment()) {
			open = append(open, id)
		}
	}
	return open, nil
}

// Refusable are those of some occurrences of which somebody may say that they need
// help.
func (b *Book) Refusable(ctx context.Context, ids []string) (some []string, err error) {
	for _, id := range ids {
		o, r, err := b.known(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if r.MayRefuse(&o) {
			some = append(some, id)
		}
	}
	return some, nil
}

// RefuseAll notes of occurrences that somebody says no, whosever they are: they need
// help.
func (b *Book) RefuseAll(ctx context.Context, ids []string, by string) error {
	for _, id := range ids {
		o, _, err := b.known(ctx, id)
		if err == nil {
			err = b.Refuse(ctx, o.Resident, id, Refuse{By: by})
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// FinishAll notes that occurrences are done now, whosever they are. What is settled
// or not due any more meanwhile is passed over.
func (b *Book) FinishAll(ctx context.Context, ids []string, by string) error {
	for _, id := range ids {
		o, _, err := b.known(ctx, id)
		if err == nil {
			_, err = b.Finish(ctx, o.Resident, id, Finish{By: by, At: b.moment()})
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return nil
}

// known is an occurrence, with its reminder.
func (b *Book) known(ctx context.Context, id string) (o Occurrence, r Reminder, err error) {
	var rows []occurrenceRow
	if err = b.db.NewSelect().Model(&rows).Where("id = ?", id).Scan(ctx); err == nil && len(rows) == 0 {
		err = store.NotFound("occurrence", id)
	}
	if err == nil {
		o, err = rows[0].occurrence()
	}
	if err == nil {
		r, err = b.get(ctx, b.db, o.Reminder)
	}
	if err != nil {
		err = fmt.Errorf("read what is to be done: %w", err)
	}
	return o, r, err
}
