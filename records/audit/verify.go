package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// verifyAtOnce is how many entries are in memory while the chain is checked.
const verifyAtOnce = 5000

// Chain is what was found of the chain.
type Chain struct {
	// Entries is how many there are, From the time of the oldest; zero without any.
	Entries  int64
	From, To time.Time
	// Last is the hash of the newest entry, to be noted elsewhere.
	Last string
}

// Broken is where the chain does not hold.
type Broken struct {
	Seq  int64
	What string // "was altered, or what came before it was"
}

// Error says where and how.
func (b *Broken) Error() string {
	return fmt.Sprintf("the audit is broken at entry %d: it %s", b.Seq, b.What)
}

// Verify checks the whole chain, and returns a [Broken] where it does not hold.
func Verify(ctx context.Context, db *store.DB) (Chain, error) {
	var found Chain
	err := db.View(ctx, func(ctx context.Context, tx bun.Tx) (err error) {
		found, err = VerifyIn(ctx, tx)
		return err
	})
	if err != nil {
		return found, fmt.Errorf("verify the audit: %w", err)
	}
	return found, nil
}

// VerifyIn is [Verify] in a transaction.
func VerifyIn(ctx context.Context, tx bun.Tx) (Chain, error) {
	var found Chain
	err := verify(ctx, tx, &found)
	return found, err
}

func verify(ctx context.Context, tx bun.Tx, found *Chain) error {
	var chain chainRow
	if err := tx.NewSelect().Model(&chain).Scan(ctx); err != nil {
		return err
	}
	next, before := chain.FirstSeq, chain.FirstHash
	older, err := tx.NewSelect().Model((*row)(nil)).Where("seq < ?", next).Count(ctx)
	if err != nil {
		return err
	}
	if older > 0 {
		return &Broken{next - 1, "is older than where the chain begins"}
	}
	for {
		var rows []row
		if err := tx.NewSelect().Model(&rows).Where("seq >= ?", next).Order("seq").Limit(verifyAtOnce).Scan(ctx); err != nil {
			return err
		}
		for _, r := range rows {
			switch {
			case r.Seq != next:
				return &Broken{next, "is missing"}
			case r.Hash != r.chained(before):
				return &Broken{r.Seq, "was altered, or what came before it was"}
			}
			if found.Entries == 0 {
				found.From = store.Time(r.At)
			}
			found.Entries++
			found.To, found.Last = store.Time(r.At), r.Hash
			next, before = next+1, r.Hash
		}
		if len(rows) < verifyAtOnce {
			break
		}
	}
	switch {
	case next-1 < chain.LastSeq:
		return &Broken{next, "is missing"}
	case next-1 > chain.LastSeq || before != chain.LastHash:
		return &Broken{next - 1, "is not the one that was written last"}
	}
	return nil
}
