package reminders

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Note has an occurrence note what became of a telling, as the outbox does.
func Note(ctx context.Context, db *store.DB, occurrence string, h Handed) error {
	return db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error { return note(ctx, tx, occurrence, h) })
}
