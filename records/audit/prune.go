package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Keep is how long entries are kept: six years, as 45 CFR 164.316(b)(2)(i) asks
// for documentation. Leap days are on the safe side.
const Keep = 6 * 366 * 24 * time.Hour

// pruneAtOnce bounds how long others wait for the transaction of one step.
const pruneAtOnce = 10_000

// Prune takes out what is older than a time, from the beginning of the chain,
// which goes on from what the last of them was. It returns how many went.
func (l *Log) Prune(ctx context.Context, before time.Time) (int64, error) {
	var gone int64
	for {
		n, err := l.prune(ctx, before)
		gone += n
		if err != nil {
			return gone, fmt.Errorf("take out what the audit has kept long enough: %w", err)
		}
		if n < pruneAtOnce {
			return gone, nil
		}
	}
}

func (l *Log) prune(ctx context.Context, before time.Time) (n int64, err error) {
	err = l.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		n = 0
		var chain chainRow
		if err := tx.NewSelect().Model(&chain).Scan(ctx); err != nil {
			return err
		}
		var old []row
		err := tx.NewSelect().Model(&old).Column("seq", "at", "hash").Where("seq >= ?", chain.FirstSeq).Order("seq").Limit(pruneAtOnce).Scan(ctx)
		if err != nil {
			return err
		}
		// A clock that was set back leaves later entries with older times: what is
		// taken out ends at the first that is to stay.
		for _, r := range old {
			if r.At >= store.Millis(before) {
				break
			}
			n++
			chain.FirstSeq, chain.FirstHash = r.Seq+1, r.Hash
		}
		if n == 0 {
			return nil
		}
		if _, err := tx.NewDelete().Model((*row)(nil)).Where("seq < ?", chain.FirstSeq).Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model(&chain).Column("first_seq", "first_hash").WherePK().Exec(ctx)
		return err
	})
	return n, err
}
