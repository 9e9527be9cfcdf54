package reminders

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Alarms takes in what somebody else is to be told of. What it has taken in once
// it may be told again: it counts once.
type Alarms interface {
	Raise(ctx context.Context, key string, what engine.Raise) error
	Lower(ctx context.Context, key string, what engine.Lower) error
}

// callRow is what an occurrence has to say to the alerts. It is written with what
// it is about, and deleted when they have it.
type callRow struct {
	bun.BaseModel `bun:"table:reminder_calls"`

	ID       string `bun:"id,pk"`
	At       int64  `bun:"at"`
	N        int    `bun:"n"` // lowered comes after raised
	Resident string `bun:"resident"`
	Kind     string `bun:"kind"`
	Body     string `bun:"body"`
}

func (b *Book) call(ctx context.Context, tx bun.Tx, id string, at time.Time, resident string, what any) error {
	row := callRow{ID: id, At: at.UnixMilli(), Resident: resident, Kind: "raise"}
	if _, lower := what.(engine.Lower); lower {
		row.Kind, row.N = "lower", 1
	}
	text, err := json.Marshal(what)
	if err != nil {
		return err
	}
	row.Body = string(text)
	if _, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
		return fmt.Errorf("write what the alerts are to be told: %w", err)
	}
	b.nudge()
	return nil
}

// callsAtOnce bounds a round.
const callsAtOnce = 200

// tellAlarms hands the alerts what they have not taken in, in the order in which
// it came about.
func (b *Book) tellAlarms(ctx context.Context, to Alarms) error {
	for {
		var rows []callRow
		if err := b.db.NewSelect().Model(&rows).Order("at", "n", "id").Limit(callsAtOnce).Scan(ctx); err != nil {
			return fmt.Errorf("read what the alerts are to be told: %w", err)
		}
		for i := range rows {
			if err := rows[i].tell(ctx, to); err != nil {
				return fmt.Errorf("tell the alerts of %s: %w", rows[i].ID, err)
			}
			if _, err := b.db.NewDelete().Model(&rows[i]).WherePK().Exec(ctx); err != nil {
				return fmt.Errorf("note that the alerts know of %s: %w", rows[i].ID, err)
			}
		}
		if len(rows) < callsAtOnce {
			return nil
		}
	}
}

func (row *callRow) tell(ctx context.Context, to Alarms) error {
	if row.Kind == "lower" {
		var l engine.Lower
		if err := json.Unmarshal([]byte(row.Body), &l); err != nil {
			return err
		}
		return to.Lower(ctx, row.Resident, l)
	}
	var r engine.Raise
	if err := json.Unmarshal([]byte(row.Body), &r); err != nil {
		return err
	}
	return to.Raise(ctx, row.Resident, r)
}
