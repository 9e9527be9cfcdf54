package records

import (
	"context"

	"github.com/uptrace/bun"
)

// CareIn is how a resident's care is, read in a transaction.
func CareIn(ctx context.Context, db bun.IDB, resident string) (Care, error) {
	v, err := careOf(ctx, db, resident)
	return v.Care, err
}

// CareVersionIn is a version of a resident's care, read in a transaction: the newest
// for 0, and an empty one where there is none.
func CareVersionIn(ctx context.Context, db bun.IDB, resident string, version int) (CareVersion, error) {
	if version == 0 {
		return careOf(ctx, db, resident)
	}
	var row careRow
	if err := db.NewSelect().Model(&row).Where("resident = ?", resident).Where("version = ?", version).Scan(ctx); err != nil {
		if noRows(err) {
			return CareVersion{}, nil
		}
		return CareVersion{}, err
	}
	return row.version()
}

// Empty reports whether nothing is said.
func (c Care) Empty() bool { return c.equal(&Care{}) }

// Same reports whether two say the same.
func (c Care) Same(other Care) bool { return c.equal(&other) }

// SetCareIn keeps a new version of a resident's care in a transaction, and returns the
// one before and the one that holds.
func (b *CareBook) SetCareIn(ctx context.Context, tx bun.Tx, resident string, c Care, by Change) (before, after CareVersion, err error) {
	if err := b.settle(resident, &c, by); err != nil {
		return before, after, err
	}
	if before, err = careOf(ctx, tx, resident); err != nil {
		return before, after, err
	}
	after, err = keepCare(ctx, tx, resident, c, by, b.now())
	return before, after, err
}

// TouchCare makes those who keep what the rules go by in memory look again, after the
// transaction.
func TouchCare(ctx context.Context, tx bun.Tx) error { return touchCare(ctx, tx) }
