package deliveries

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Holdings are what was told of residents, to whom, and by which link somebody has
// answered. A link that was not used yet names a delivery that is not there any more,
// and so leads nowhere.
func Holdings() store.Holdings {
	const ofDeliveries = "delivery IN (SELECT id FROM deliveries WHERE resident = ?)"
	return store.Holdings{Also: unsay, Tables: []store.Holding{
		{Table: "link_uses", Of: ofDeliveries, Order: "hash", Kind: "alerts", Withheld: []string{"hash"}},
		{Table: "delivery_attempts", Of: ofDeliveries, Order: "delivery, n", Kind: "alerts"},
		{Table: "deliveries", Order: "queued_at, id", Kind: "alerts"},
		{Table: "reach_gaps", Order: "severity", Kind: "alerts"},
	}}
}

// unsay takes away what was said in digests that told of the resident among others: the
// digest itself is about nobody, and its words name all of them.
func unsay(ctx context.Context, tx bun.Tx, resident string) error {
	_, err := tx.NewUpdate().Model((*attemptRow)(nil)).Set("said = ''").
		Where("delivery IN (SELECT digest FROM deliveries WHERE resident = ? AND digest IS NOT NULL)", resident).Exec(ctx)
	if err != nil {
		return fmt.Errorf("take away what digests said of resident %s: %w", resident, err)
	}
	return nil
}
