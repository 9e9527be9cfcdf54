package alerts

import (
	"context"
	"fmt"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// Held are the open alerts that somebody has claimed: whom or what each is about,
// when it began, and who has it until when; nothing else.
func (s *Alerts) Held(ctx context.Context) ([]Alert, error) {
	var rows []alertRow
	err := s.db.NewSelect().Model(&rows).Column("id", "resident", "home", "device", "began_at", "claimed_by", "claimed_until").
		Where("status <> ?", engine.Resolved).Where("status = ?", engine.Claimed).OrderExpr("id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read which alerts somebody has: %w", err)
	}
	held := make([]Alert, len(rows))
	for i, row := range rows {
		held[i] = Alert{
			ID: row.ID, Resident: row.Resident, Home: row.Home, Device: row.Device, Status: engine.Claimed, BeganAt: store.Time(row.BeganAt),
			ClaimedBy: row.ClaimedBy, ClaimedUntil: store.Time(row.ClaimedUntil),
		}
	}
	return held, nil
}
