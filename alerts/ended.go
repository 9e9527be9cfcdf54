package alerts

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"
)

// Ended returns the alerts that were resolved since a time, the newest first, but
// for those that are parts of others; only those about some residents where it
// names any.
func (s *Alerts) Ended(ctx context.Context, since time.Time, limit int64, residents ...string) ([]Alert, error) {
	find := s.db.NewSelect().Model((*alertRow)(nil)).Where("resolved_at >= ?", since.UnixMilli()).Where("part_of = ''").
		OrderExpr("resolved_at DESC, id DESC").Limit(limit)
	if len(residents) > 0 {
		find = find.Where("resident IN (?)", bun.In(residents))
	}
	all, err := s.list(ctx, find)
	if err != nil {
		return nil, fmt.Errorf("list the alerts that were resolved: %w", err)
	}
	return all, nil
}
