package deliveries

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// Keep is how long deliveries are kept: as long as the audit is, for they say who was
// told what of whom.
const Keep = 6 * 366 * 24 * time.Hour

// pruneAtOnce bounds how long others wait for the transaction of one step.
const pruneAtOnce = 500

// Prune takes out the deliveries that were queued before a time, with their attempts
// and the uses of their links, and returns how many went. What is not at its end
// stays, what is about an alert that is open or was closed since then, and a digest
// as long as something that went in it does.
func (b *Book) Prune(ctx context.Context, before time.Time) (gone int64, err error) {
	// Ids begin with when they were made, which spares an index.
	bound := ulid.ULID{}
	if err := bound.SetTime(uint64(max(before.UnixMilli(), 0))); err != nil {
		return 0, fmt.Errorf("take out deliveries that were kept long enough: %w", err)
	}
	for after := ""; ; {
		var n, looked int
		err := b.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
			var rows []row
			err := tx.NewSelect().Model(&rows).Where("id > ?", after).Where("id < ?", bound.String()).Order("id").Limit(pruneAtOnce).Scan(ctx)
			if looked = len(rows); err != nil || looked == 0 {
				return err
			}
			after = rows[looked-1].ID
			n, err = prune(ctx, tx, rows, before)
			return err
		})
		gone += int64(n)
		if err != nil {
			return gone, fmt.Errorf("take out deliveries that were kept long enough: %w", err)
		}
		if looked < pruneAtOnce {
			return gone, nil
		}
	}
}

// prune takes out those of some rows that need not stay.
func prune(ctx context.Context, tx bun.Tx, rows []row, before time.Time) (int, error) {
	var about, digests []string
	for i := range rows {
		switch rows[i].About {
		case OfAlert, OfNews:
			about = append(about, rows[i].Subject)
		case OfDigest:
			digests = append(digests, rows[i].ID)
		}
	}
	states, err := alerts.States(ctx, tx, compact(about))
	if err != nil {
		return 0, err
	}
	var held []string // digests with something in them
	if len(digests) > 0 {
		if err := tx.NewSelect().Model((*row)(nil)).ColumnExpr("DISTINCT digest").Where("digest IN (?)", bun.In(digests)).Scan(ctx, &held); err != nil {
			return 0, err
		}
	}
	stays := map[string]bool{}
	for _, id := range held {
		stays[id] = true
	}
	var ids []string
	for i := range rows {
		r := &rows[i]
		state, known := states[r.Subject]
		needed := known && (r.About == OfAlert || r.About == OfNews) && (state.Status != engine.Resolved || !state.ResolvedAt.Before(before))
		if r.NextAt != 0 || r.Status == Queued || r.Status == Sending || r.QueuedAt >= store.Millis(before) || needed || stays[r.ID] {
			continue
		}
		ids = append(ids, r.ID)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return len(ids), takeOut(ctx, tx, ids)
}

// takeOut takes deliveries out, with all that belongs to them.
func takeOut(ctx context.Context, tx bun.Tx, ids []string) error {
	for _, query := range []string{
		"DELETE FROM delivery_attempts WHERE delivery IN (?)", "DELETE FROM link_uses WHERE delivery IN (?)", "DELETE FROM deliveries WHERE id IN (?)",
	} {
		if _, err := tx.NewRaw(query, bun.In(ids)).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}
