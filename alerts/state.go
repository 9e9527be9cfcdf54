package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// State is how far an alert has come, for whoever is to do something about it.
type State struct {
	Status   engine.Status
	Severity rules.Severity
	// PartOf is the alert that it is told with, "" for one told by itself.
	PartOf       string
	BeganAt      time.Time
	ClaimedBy    string
	ClaimedUntil time.Time
	SnoozedUntil time.Time
	// ResolvedAt is zero while it is open.
	ResolvedAt time.Time
}

// States are the states of alerts by id, as they are in db, which may be a
// transaction. An alert that is not there has none.
func States(ctx context.Context, db bun.IDB, ids []string) (map[string]State, error) {
	states := make(map[string]State, len(ids))
	for some := range slices.Chunk(ids, rowsAtOnce) {
		var rows []alertRow
		err := db.NewSelect().Model(&rows).Column("id", "status", "severity", "part_of", "began_at", "claimed_by", "claimed_until", "snoozed_until", "resolved_at").
			Where("id IN (?)", bun.In(some)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read how far alerts have come: %w", err)
		}
		for _, r := range rows {
			states[r.ID] = State{
				Status: r.Status, Severity: rules.Severity(r.Severity), PartOf: r.PartOf, BeganAt: store.Time(r.BeganAt),
				ClaimedBy: r.ClaimedBy, ClaimedUntil: store.Time(r.ClaimedUntil), SnoozedUntil: store.Time(r.SnoozedUntil), ResolvedAt: store.Time(r.ResolvedAt),
			}
		}
	}
	return states, nil
}
