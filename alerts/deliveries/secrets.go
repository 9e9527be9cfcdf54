package deliveries

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

type secretRow struct {
	bun.BaseModel `bun:"table:secrets"`

	Name   string `bun:"name,pk"`
	Value  string `bun:"value"`
	MadeAt int64  `bun:"made_at"`
}

// Secret returns a key that the service keeps for itself. The first who asks for it
// makes it; of several who do at once all get the same.
func Secret(ctx context.Context, db *store.DB, name string, made func() (string, error)) (string, error) {
	var kept secretRow
	err := db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var rows []secretRow
		if err := tx.NewSelect().Model(&rows).Where("name = ?", name).Scan(ctx); err != nil {
			return err
		}
		if len(rows) > 0 {
			kept = rows[0]
			return nil
		}
		value, err := made()
		if err != nil {
			return err
		}
		kept = secretRow{Name: name, Value: value, MadeAt: store.Now().UnixMilli()}
		_, err = tx.NewInsert().Model(&kept).Exec(ctx)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("keep the secret %q: %w", name, err)
	}
	return kept.Value, nil
}
