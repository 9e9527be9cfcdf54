package reminders

import (
	"context"
	"encoding/json"
	"errors"
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

// ErrNobody is that there is nobody who could be told.
var ErrNobody = errors.New("nobody can be told")

// Empty has told what is to be told, and forgets it: each by one of those who look
// at once, and what there is together. Tell returns for each telling why it could
// not be told: then it stays for the next time, until it is too late; [ErrNobody] is
// as good as too late. The occurrence notes what became of it. What there is no reason
// to tell any more is not told: see [Book.Closed].
func (s *Outbox) Empty(ctx context.Context, tell func(context.Context, []Telling) []error) error {
	rows, tellings, err := s.takeAll(ctx)
	if err != nil || len(rows) == 0 {
		return err
	}
	closed, err := closedIn(ctx, s.db, subjectsOf(tellings))
	if err != nil {
		return err
	}
	var open []tellingRow
	var now []Telling
	for i := range rows {
		switch {
		case closed[tellings[i].Subject()] != "":
			err = s.forget(ctx, &rows[i], "", Handed{})
		case s.now().UnixMilli() >= rows[i].Until:
			err = s.forget(ctx, &rows[i], tellings[i].Occurrence, Handed{Nobody: true})
		default:
			open, now = append(open, rows[i]), append(now, tellings[i])
		}
		if err != nil {
			return err
		}
	}
	if len(open) == 0 {
		return nil
	}
	var failed error
	for i, err := range tell(ctx, now) {
		nobody := errors.Is(err, ErrNobody)
		if err == nil || nobody {
			if err := s.forget(ctx, &open[i], now[i].Occurrence, Handed{Nobody: nobody}); err != nil {
				return err
			}
			continue
		}
		failed = err
		if _, err := s.db.NewUpdate().Model(&open[i]).WherePK().Set("taken_until = NULL").Exec(ctx); err != nil {
			return fmt.Errorf("note that it was not told: %w", err)
		}
	}
	return failed
}

// forget ends a telling, and has its occurrence note what became of it; "" for none.
func (s *Outbox) forget(ctx context.Context, row *tellingRow, occurrence string, h Handed) error {
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := tx.NewDelete().Model(row).WherePK().Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n == 0 || occurrence == "" {
			return err // another has, or there is nothing to note
		}
		return note(ctx, tx, occurrence, h)
	})
	if err != nil {
		return fmt.Errorf("note what became of what was to be told: %w", err)
	}
	return nil
}

// note has an occurrence note what became of a telling, unless it is gone meanwhile.
func note(ctx context.Context, tx bun.Tx, occurrence string, h Handed) error {
	var rows []occurrenceRow
	if err := tx.NewSelect().Model(&rows).Where("id = ?", occurrence).Scan(ctx); err != nil || len(rows) == 0 {
		return err
	}
	o, err := rows[0].occurrence()
	if err != nil {
		return err
	}
	return saveOccurrence(ctx, tx, o.handed(h), store.Time(rows[0].NextAt))
}

func subjectsOf(tellings []Telling) []string {
	subjects := make([]string, len(tellings))
	for i := range tellings {
		subjects[i] = tellings[i].Subject()
	}
	return subjects
}

// takeAll has what is to be told to oneself, as far as nobody else has it.
func (s *Outbox) takeAll(ctx context.Context) (mine []tellingRow, tellings []Telling, err error) {
	var rows []tellingRow
	now := s.now()
	err = s.db.NewSelect().Model(&rows).Where("taken_until IS NULL OR taken_until <= ?", store.Millis(now)).Order("at", "id").Limit(rowsAtOnce).Scan(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("read what is to be told: %w", err)
	}
	for i := range rows {
		ok, err := s.take(ctx, &rows[i], now)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		var t Telling
		if err := json.Unmarshal([]byte(rows[i].Body), &t); err != nil {
			return nil, nil, fmt.Errorf("read what is to be told: %w", err)
		}
		mine, tellings = append(mine, rows[i]), append(tellings, t)
	}
	return mine, tellings, nil
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
