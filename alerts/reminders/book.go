package reminders

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// People knows of residents what reminders go by.
type People interface {
	// TimeZones are the names of the zones where residents are, of some of them or of
	// all; of one who is not there there is none.
	TimeZones(ctx context.Context, residents ...string) (map[string]string, error)
	// Version changes whenever a resident may have come into another zone.
	Version() int64
	// Excused are those of some residents of whom nothing is asked now, and why,
	// "hospital"; of who is [Away] something is.
	Excused(ctx context.Context, residents ...string) (map[string]string, error)
}

// Away is why a resident is excused who takes medicine along, and is among others.
const Away = "away"

// excusedBy reports whether nothing is asked for a reason that People gives.
func (r *Reminder) excusedBy(reason string) bool { return reason != Away || r.Kind == CheckIn }

// Book keeps reminders and their occurrences. Several processes may use one
// database: what is planned, told and missed is so once.
type Book struct {
	db     *store.DB
	people People
	teller Teller
	now    func() time.Time
	wake   chan struct{} // that something is due perhaps
}

// NewBook returns the book in db.
func NewBook(db *store.DB, people People, teller Teller, now func() time.Time) *Book {
	return &Book{db: db, people: people, teller: teller, now: now, wake: make(chan struct{}, 1)}
}

// moment is the time, as exact as the tables keep it.
func (b *Book) moment() time.Time { return store.Time(b.now().UnixMilli()) }

// nudge has the runner look at once.
func (b *Book) nudge() {
	select {
	case b.wake <- struct{}{}:
	default:
	}
}

// Create keeps a new reminder of a resident, by a user.
func (b *Book) Create(ctx context.Context, r Reminder, by string) (Reminder, error) {
	if err := store.Invalid("reminder", "", r.settle()); err != nil {
		return r, err
	}
	now := b.moment()
	r.ID, r.Version, r.CreatedAt, r.ChangedAt, r.ChangedBy, r.EndedAt = ulid.Make().String(), 1, now, now, by, time.Time{}
	if err := b.keep(ctx, r, nil); err != nil {
		return r, fmt.Errorf("create a reminder of resident %q: %w", r.Resident, err)
	}
	return r, nil
}

// Change puts a reminder in the place of the one with its id. What of a day is
// told or done already stays so; the rest of its occurrences is planned anew. A
// stock that is counted stays as it is: [Book.SetStock] changes it.
// From is the version that it was made from, 0 for whichever there is.
func (b *Book) Change(ctx context.Context, r Reminder, from int, by string) (Reminder, error) {
	if err := store.Invalid("reminder", r.ID, r.settle()); err != nil {
		return r, err
	}
	err := b.keep(ctx, r, func(before Reminder) (Reminder, error) {
		if before.Resident != r.Resident || !before.EndedAt.IsZero() {
			return r, store.NotFound("reminder", r.ID)
		}
		if from != 0 && from != before.Version {
			return r, &store.Fault{Kind: store.ErrConflict, Code: "reminder.changed", Entity: "reminder", ID: r.ID, Detail: fmt.Sprintf("has changed meanwhile: it is version %d, not %d", before.Version, from)}
		}
		if r.Stock != nil && before.Stock != nil {
			counted := *r.Stock
			counted.Left = before.Stock.Left
			r.Stock = &counted
		}
		r.Version, r.CreatedAt, r.ChangedAt, r.ChangedBy = before.Version+1, before.CreatedAt, b.moment(), by
		return r, nil
	})
	if err != nil {
		return r, fmt.Errorf("change the reminder: %w", err)
	}
	return r, nil
}

// End takes a reminder away. What has been is kept; what was still to come is not.
func (b *Book) End(ctx context.Context, resident, id, by string) error {
	err := b.keep(ctx, Reminder{ID: id}, func(before Reminder) (Reminder, error) {
		if before.Resident != resident || !before.EndedAt.IsZero() {
			return before, store.NotFound("reminder", id)
		}
		before.Version++
		before.ChangedAt, before.ChangedBy, before.EndedAt = b.moment(), by, b.moment()
		return before, nil
	})
	if err != nil {
		return fmt.Errorf("end the reminder: %w", err)
	}
	return nil
}

// SetStock says how much of a medicine there is.
func (b *Book) SetStock(ctx context.Context, resident, id string, left float64, by string) (r Reminder, err error) {
	err = b.keep(ctx, Reminder{ID: id}, func(before Reminder) (Reminder, error) {
		if before.Resident != resident || !before.EndedAt.IsZero() {
			return before, store.NotFound("reminder", id)
		}
		if before.Stock == nil {
			return before, &store.Fault{Kind: store.ErrConflict, Code: "reminder.uncounted", Entity: "reminder", ID: id, Detail: "has no stock that is counted: change it to have one"}
		}
		stock := *before.Stock
		stock.Left = left
		before.Stock, before.ChangedAt, before.ChangedBy = &stock, b.moment(), by
		before.Version++
		r = before
		return r, store.Invalid("reminder", id, r.settle())
	})
	if err != nil {
		return r, fmt.Errorf("change the stock: %w", err)
	}
	return r, nil
}

// keep writes a reminder, made of the one before where there is a change, and
// plans it.
func (b *Book) keep(ctx context.Context, r Reminder, change func(before Reminder) (Reminder, error)) error {
	resident := r.Resident
	if change != nil {
		before, err := b.get(ctx, b.db, r.ID)
		if err != nil {
			return err
		}
		resident = before.Resident
	}
	zones, err := b.people.TimeZones(ctx, resident)
	if err != nil {
		return err
	}
	zone, ok := zones[resident]
	if !ok {
		return store.NotFound("resident", resident)
	}
	err = b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		kept, low := r, false
		if change != nil {
			before, err := b.get(ctx, tx, r.ID)
			if err != nil {
				return err
			}
			low = before.Stock.Low()
			if kept, err = change(before); err != nil {
				return err
			}
		}
		row, err := rowOf(kept)
		if err != nil {
			return err
		}
		if change == nil {
			_, err = tx.NewInsert().Model(&row).Exec(ctx)
		} else {
			_, err = tx.NewUpdate().Model(&row).WherePK().ExcludeColumn("planned_until").Exec(ctx)
		}
		if err != nil {
			return err
		}
		if err := b.checkStock(ctx, tx, &kept, low, fmt.Sprintf("%s%s%d", kept.ID, byChange, kept.Version)); err != nil {
			return err
		}
		if err := b.replan(ctx, tx, &kept, zone); err != nil {
			return err
		}
		return touch(ctx, tx)
	})
	b.nudge()
	return err
}

// Get returns a reminder, also one that has ended.
func (b *Book) Get(ctx context.Context, resident, id string) (Reminder, error) {
	r, err := b.get(ctx, b.db, id)
	if err == nil && r.Resident != resident {
		err = store.NotFound("reminder", id)
	}
	if err != nil {
		return r, fmt.Errorf("read the reminder: %w", err)
	}
	return r, nil
}

func (b *Book) get(ctx context.Context, db bun.IDB, id string) (Reminder, error) {
	var row reminderRow
	err := db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Reminder{}, store.NotFound("reminder", id)
	}
	if err != nil {
		return Reminder{}, err
	}
	return row.reminder()
}

// List returns the reminders of residents that hold, in the order in which they
// were made.
func (b *Book) List(ctx context.Context, residents ...string) ([]Reminder, error) {
	return b.list(ctx, func(q *bun.SelectQuery) {
		q.Where("resident IN (?)", bun.In(residents)).Where("ended_at IS NULL").Order("created_at", "id")
	})
}

func (b *Book) list(ctx context.Context, which func(*bun.SelectQuery)) ([]Reminder, error) {
	return listIn(ctx, b.db, which)
}

func listIn(ctx context.Context, db bun.IDB, which func(*bun.SelectQuery)) ([]Reminder, error) {
	var rows []reminderRow
	query := db.NewSelect().Model(&rows)
	which(query)
	if err := query.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list reminders: %w", err)
	}
	all := make([]Reminder, len(rows))
	for i := range rows {
		var err error
		if all[i], err = rows[i].reminder(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// version is a number that grows with every change of reminders and holidays, in
// whichever process it is made.
func (b *Book) version(ctx context.Context) (version int64, err error) {
	if err := b.db.NewRaw("SELECT version FROM reminder_version").Scan(ctx, &version); err != nil {
		return 0, fmt.Errorf("read the version of the reminders: %w", err)
	}
	return version, nil
}

func touch(ctx context.Context, tx bun.Tx) error {
	_, err := tx.ExecContext(ctx, "UPDATE reminder_version SET version = version + 1")
	return err
}
