package reminders

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Outbox is a [Teller] that keeps what is to be told until somebody was told, or
// until it is too late for that: nobody is told hours later that something is due.
type Outbox struct {
	db  *store.DB
	now func() time.Time
}

// NewOutbox returns the outbox in db.
func NewOutbox(db *store.DB, now func() time.Time) *Outbox { return &Outbox{db, now} }

type tellingRow struct {
	bun.BaseModel `bun:"table:reminder_tellings"`

	ID         string `bun:"id,pk"`
	At         int64  `bun:"at"`
	Until      int64  `bun:"until"`
	Resident   string `bun:"resident"`
	Body       string `bun:"body"`
	TakenUntil int64  `bun:"taken_until,nullzero"`
}

// Tell implements [Teller].
func (s *Outbox) Tell(ctx context.Context, tx bun.Tx, t Telling) error {
	text, err := json.Marshal(t)
	if err != nil {
		return err
	}
	row := tellingRow{ID: t.ID, At: store.Millis(t.At), Until: store.Millis(t.Until), Resident: t.Resident, Body: string(text)}
	if _, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("keep what is to be told: %w", err)
	}
	return nil
}

// takenFor is for how long who tells something has it to themselves. Another tells
// it again only when they died over it.
const takenFor = 30 * time.Second

// Empty has told what is to be told, and forgets it: each by one of those who look
// at once. What could not be told stays for the next time, until it is too late.
// What there is no reason to tell any more is not: see [Book.Closed].
func (s *Outbox) Empty(ctx context.Context, tell func(context.Context, Telling) error) error {
	var rows []tellingRow
	err := s.db.NewSelect().Model(&rows).Where("taken_until IS NULL OR taken_until <= ?", store.Millis(s.now())).Order("at", "id").Limit(rowsAtOnce).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read what is to be told: %w", err)
	}
	var failed error
	for i := range rows {
		if err := s.one(ctx, &rows[i], tell); err != nil {
			failed = err
		}
	}
	return failed
}

func (s *Outbox) one(ctx context.Context, row *tellingRow, tell func(context.Context, Telling) error) error {
	now := s.now()
	mine, err := s.take(ctx, row, now)
	if err != nil || !mine {
		return err
	}
	closed, err := closedIn(ctx, s.db, []string{row.subject()})
	if err != nil {
		return err
	}
	if now.UnixMilli() < row.Until && closed[row.subject()] == "" {
		var t Telling
		if err := json.Unmarshal([]byte(row.Body), &t); err != nil {
			return fmt.Errorf("read what is to be told: %w", err)
		}
		if err := tell(ctx, t); err != nil {
			if _, failed := s.db.NewUpdate().Model(row).WherePK().Set("taken_until = NULL").Exec(ctx); failed != nil {
				return fmt.Errorf("note that it was not told: %w", failed)
			}
			return err
		}
	}
	if _, err := s.db.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note that it was told: %w", err)
	}
	return nil
}

// take has what is to be told to oneself, unless somebody else has it.
func (s *Outbox) take(ctx context.Context, row *tellingRow, now time.Time) (bool, error) {
	result, err := s.db.NewUpdate().Model(row).WherePK().Set("taken_until = ?", store.Millis(now.Add(takenFor))).
		Where("taken_until IS NULL OR taken_until <= ?", store.Millis(now)).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("take what is to be told: %w", err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// subject is what its telling is about, as [Book.Closed] knows it.
func (row *tellingRow) subject() string {
	var t Telling
	if json.Unmarshal([]byte(row.Body), &t) != nil {
		return ""
	}
	return t.Subject()
}
