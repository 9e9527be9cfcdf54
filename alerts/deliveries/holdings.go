package deliveries

import (
	"context"
	"fmt"
	"strings"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/mentions"
	"github.com/anxin-care/anxin/store"
)

// Holdings are what was told of residents, to whom, and by which link somebody has
// answered; a digest that told of nobody else is among it. A link that was not used yet
// names a delivery that is not there any more, and so leads nowhere.
func Holdings() store.Holdings {
	const theirs = `(resident = ? OR id IN (SELECT digest FROM deliveries WHERE resident = ?)
		AND NOT EXISTS (SELECT 1 FROM deliveries AS other WHERE other.digest = deliveries.id AND other.resident <> ?))`
	const ofDeliveries = "delivery IN (SELECT id FROM deliveries WHERE " + theirs + ")"
	return store.Holdings{Also: unsay, Tables: []store.Holding{
		{Table: "link_uses", Of: ofDeliveries, Order: "hash", Kind: "alerts", Withheld: []string{"hash"}},
		{Table: "delivery_attempts", Of: ofDeliveries, Order: "delivery, n", Kind: "alerts"},
		{Table: "deliveries", Of: theirs, Order: "queued_at, id", Kind: "alerts"},
		{Table: "reach_gaps", Order: "severity", Kind: "alerts"},
	}}
}

// unsay takes away what was said of the resident where that is about nobody, or about
// several: in digests that told of them among others, and of homes and devices, whose
// residents are named. With it go the tests of the contacts that go.
func unsay(ctx context.Context, tx bun.Tx, resident string) error {
	_, err := tx.NewUpdate().Model((*attemptRow)(nil)).Set("said = ''").
		Where("delivery IN (SELECT digest FROM deliveries WHERE resident = ? AND digest IS NOT NULL)", resident).Exec(ctx)
	if err == nil {
		err = unname(ctx, tx, resident)
	}
	if err == nil {
		err = forgetTests(ctx, tx, resident)
	}
	if err != nil {
		return fmt.Errorf("take away what was said of resident %s: %w", resident, err)
	}
	return nil
}

// unname takes away what names the resident, by any name that they had, in what is
// about no resident.
func unname(ctx context.Context, tx bun.Tx, resident string) error {
	names, err := mentions.Of(ctx, tx, resident)
	if err != nil || len(names.Spellings()) == 0 {
		return err
	}
	asIs := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
	var attempts []attemptRow
	err = tx.NewSelect().Model(&attempts).Where("delivery IN (SELECT id FROM deliveries WHERE resident = '')").WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, name := range names.Spellings() {
			holds := "%" + asIs.Replace(name) + "%"
			q = q.WhereOr("said LIKE ? ESCAPE '!'", holds).WhereOr("answer LIKE ? ESCAPE '!'", holds)
		}
		return q
	}).Scan(ctx)
	if err != nil {
		return err
	}
	for _, a := range attempts {
		if !names.In(a.Said) && !names.In(a.Answer) {
			continue
		}
		// A provider's answer may repeat what it was handed, and stands with all that
		// went in a digest.
		if _, err := tx.NewUpdate().Model(&a).Set("said = ''").Set("answer = ''").WherePK().Exec(ctx); err != nil {
			return err
		}
		if _, err := tx.NewUpdate().Model((*row)(nil)).Set("answer = ''").Where("id = ? OR digest = ?", a.Delivery, a.Delivery).Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// forgetTests takes away the test messages to contacts who were there for the resident
// alone.
func forgetTests(ctx context.Context, tx bun.Tx, resident string) error {
	contacts, err := records.ContactsOf(ctx, tx, resident)
	if err != nil || len(contacts) == 0 {
		return err
	}
	var ids []string
	err = tx.NewSelect().Model((*row)(nil)).Column("id").Where("about = ?", OfTest).Where("contact IN (?)", bun.In(contacts)).Scan(ctx, &ids)
	if err != nil || len(ids) == 0 {
		return err
	}
	return takeOut(ctx, tx, ids)
}
