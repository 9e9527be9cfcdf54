package reminders

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Speakers is a [Teller] that has what is to be told said at home. It keeps it
// until it is said, or until it is too late for that: nobody is told hours later
// that something is due.
type Speakers struct {
	db  *store.DB
	now func() time.Time
}

// NewSpeakers returns the speakers whose tellings are in db.
func NewSpeakers(db *store.DB, now func() time.Time) *Speakers { return &Speakers{db, now} }

type tellingRow struct {
	bun.BaseModel `bun:"table:reminder_tellings"`

	ID       string `bun:"id,pk"`
	At       int64  `bun:"at"`
	Until    int64  `bun:"until"`
	Resident string `bun:"resident"`
	Body     string `bun:"body"`
}

type keptTelling struct {
	Person     string     `json:"person,omitempty"`
	Occurrence string     `json:"occurrence,omitempty"`
	Words      rules.Text `json:"words"`
}

// Tell implements [Teller]. What is for a person who is not at home is not said
// there.
func (s *Speakers) Tell(ctx context.Context, tx bun.Tx, t Telling) error {
	if t.Person != "" {
		return nil
	}
	text, err := json.Marshal(keptTelling{Person: t.Person, Occurrence: t.Occurrence, Words: t.Words})
	if err != nil {
		return err
	}
	row := tellingRow{ID: t.ID, At: store.Millis(t.At), Until: store.Millis(t.Until), Resident: t.Resident, Body: string(text)}
	if _, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("keep what is to be said: %w", err)
	}
	return nil
}

// Say says what is to be said, and forgets it. What could not be said stays for
// the next time, until it is too late.
func (s *Speakers) Say(ctx context.Context, say func(context.Context, Telling) error) error {
	var rows []tellingRow
	if err := s.db.NewSelect().Model(&rows).Order("at", "id").Limit(rowsAtOnce).Scan(ctx); err != nil {
		return fmt.Errorf("read what is to be said: %w", err)
	}
	var failed error
	for i := range rows {
		row := &rows[i]
		if s.now().UnixMilli() < row.Until {
			var k keptTelling
			if err := json.Unmarshal([]byte(row.Body), &k); err != nil {
				return fmt.Errorf("read what is to be said: %w", err)
			}
			t := Telling{ID: row.ID, Resident: row.Resident, Person: k.Person, Occurrence: k.Occurrence, Words: k.Words, At: store.Time(row.At), Until: store.Time(row.Until)}
			if err := say(ctx, t); err != nil {
				failed = err
				continue
			}
		}
		if _, err := s.db.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
			return fmt.Errorf("note that it was said: %w", err)
		}
	}
	return failed
}
