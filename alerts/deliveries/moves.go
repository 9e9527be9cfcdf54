package deliveries

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// overdueAfter is how long something may be due before it is said that nothing
// moves: a sending takes up to [sendFor].
const overdueAfter = time.Minute

// Moves says why deliveries stand still, nil when they do not. What waits for a
// provider that has all that it can have does not count: that is not ours to move.
func (d *Deliveries) Moves(ctx context.Context) error {
	d.mu.Lock()
	running := d.running != nil
	d.mu.Unlock()
	if !running {
		return errors.New("nothing is being sent")
	}
	var since sql.NullInt64
	err := d.db.NewSelect().Model((*row)(nil)).ColumnExpr("min(next_at)").Where("next_at <= ?", store.Millis(d.now().Add(-overdueAfter))).
		Where("(lane = '' OR lane NOT IN (?))", bun.In(d.lanes.full(rules.Info))).Where("id NOT IN (?)", bun.In(d.underWay())).Scan(ctx, &since)
	if err != nil {
		return fmt.Errorf("read what is to be sent: %w", err)
	}
	if since.Int64 != 0 {
		return fmt.Errorf("somebody should have been told at %s", store.Time(since.Int64).Format(time.RFC3339))
	}
	return nil
}
