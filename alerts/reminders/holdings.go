package reminders

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Holdings are what residents are to do, and did. That it has changed is said in the
// same transaction, so that no process goes on planning it.
func Holdings() store.Holdings {
	return store.Holdings{
		Tables: []store.Holding{
			{Table: "reminder_calls", Order: "at, id", Kind: "alerts", Derived: true},
			{Table: "reminder_tellings", Order: "at, id", Kind: "alerts"},
			{Table: "reminder_occurrences", Order: "due_at, id", Kind: "alerts"},
			{Table: "reminder_zones", Order: "from_day", Kind: "alerts"},
			{Table: "reminders", Order: "id", Kind: "alerts"},
		},
		Also: func(ctx context.Context, tx bun.Tx, _ string) error { return touch(ctx, tx) },
	}
}
