package deliveries

import (
	"context"
	"fmt"
	"time"

	"github.com/oklog/ulid/v2"
	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// gather puts what is due and to be gathered into digests, one for a contact and
// channel; what residents are to do has digests of its own, for that can be done.
// Members wait for what becomes of the digest.
func (d *Deliveries) gather(ctx context.Context, tx bun.Tx, now time.Time) error {
	for _, which := range []string{"about <> ?", "about = ?"} {
		if err := gatherThose(ctx, tx, now, which); err != nil {
			return err
		}
	}
	return nil
}

func gatherThose(ctx context.Context, tx bun.Tx, now time.Time, which string) error {
	due := func(q bun.QueryBuilder) bun.QueryBuilder {
		return q.Where("gathered").Where(which, OfOccurrence).Where("digest IS NULL").Where("status = ?", Queued).Where("next_at <= ?", store.Millis(now)).Where("channel <> ''")
	}
	var groups []row
	err := tx.NewSelect().Model(&groups).Column("contact", "channel", "kind", "lane").ColumnExpr("max(severity) AS severity").
		ApplyQueryBuilder(due).Group("contact", "channel", "kind", "lane").OrderExpr("max(severity) DESC").Limit(takeAtOnce).Scan(ctx)
	if err != nil {
		return fmt.Errorf("read what is to be gathered: %w", err)
	}
	for _, g := range groups {
		id := ulid.Make().String()
		digest := row{
			ID: id, About: OfDigest, Subject: id, Says: Many, Contact: g.Contact, Relation: Staff, Severity: g.Severity, Loud: g.Severity == int8(rules.Critical), Detail: "{}",
			Channel: g.Channel, Kind: g.Kind, Lane: g.Lane, Status: Queued, QueuedAt: store.Millis(now), DueAt: store.Millis(now), NextAt: store.Millis(now),
			DeadlineAt: store.Millis(now.Add(patience(rules.Severity(g.Severity)))),
		}
		if err := insert(ctx, tx, []row{digest}, nil); err != nil {
			return err
		}
		_, err := tx.NewUpdate().Model((*row)(nil)).Set("digest = ?", id).Set("next_at = NULL").ApplyQueryBuilder(due).
			Where("contact = ?", g.Contact).Where("channel = ?", g.Channel).Exec(ctx)
		if err != nil {
			return fmt.Errorf("gather into digest %s: %w", id, err)
		}
	}
	return nil
}

// gatheredIn are the deliveries that went in a digest, whatever became of them.
func gatheredIn(ctx context.Context, db bun.IDB, digest string) ([]row, error) {
	var rows []row
	if err := db.NewSelect().Model(&rows).Where("digest = ?", digest).Where("status <> ?", Dropped).OrderExpr("severity DESC, due_at, id").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read what went in digest %s: %w", digest, err)
	}
	return rows, nil
}

// members are the deliveries that wait for a digest, gravest first.
func members(ctx context.Context, db bun.IDB, digest string) ([]row, error) {
	var rows []row
	err := db.NewSelect().Model(&rows).Where("digest = ?", digest).Where("status = ?", Queued).OrderExpr("severity DESC, due_at, id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read what is in digest %s: %w", digest, err)
	}
	return rows, nil
}

// dropMembers drops those that there is no reason to send any more, and reports
// whether any are left.
func (d *Deliveries) dropMembers(ctx context.Context, tx bun.Tx, digest string, now time.Time) (left bool, err error) {
	rows, err := members(ctx, tx, digest)
	if err != nil {
		return false, err
	}
	idle, err := d.idle(ctx, tx, rows, now)
	if err != nil {
		return false, err
	}
	return len(rows) > len(idle), drop(ctx, tx, idle, now)
}
