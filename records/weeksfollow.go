package records

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"
)

// WeekWish is the wish of a contact around two residents to be told of the one's weeks,
// which has followed them to the other: see package merging.
type WeekWish struct {
	Contact string `json:"contact"`
	Since   int64  `json:"since"`
	// Before and After are the weeks that they were told of last with the resident to
	// whom it went, as it was said before and afterwards.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// FollowWeeks has the wishes of who is around two residents hold for the survivor, as far
// as they wished only for the other's weeks. What they were told of already they are not
// told again.
func FollowWeeks(ctx context.Context, tx bun.Tx, survivor, other string) ([]WeekWish, error) {
	var wishes []WeekWish
	err := tx.NewRaw(`SELECT t.contact, t.weekly_since AS since, s.weekly_told AS before, CASE WHEN s.weekly_told > t.weekly_told THEN s.weekly_told ELSE t.weekly_told END AS after
FROM care_team t JOIN care_team s ON s.contact = t.contact AND s.resident = ? AND s.weekly_since IS NULL AND s.relation <> ?
WHERE t.resident = ? AND t.weekly_since IS NOT NULL ORDER BY t.contact`, survivor, AsNeighbour, other).Scan(ctx, &wishes)
	if err != nil {
		return nil, fmt.Errorf("read who wishes to be told of resident %s: %w", other, err)
	}
	for _, w := range wishes {
		if err := setWeeks(ctx, tx, survivor, w.Contact, w.Since, w.After); err != nil {
			return nil, err
		}
	}
	return wishes, nil
}

// ReturnWeeks has wishes that had followed to the survivor hold for the other alone again:
// as they are now, whoever was told of a week or wishes for it no more. What somebody has
// wished for anew is the survivor's.
func ReturnWeeks(ctx context.Context, tx bun.Tx, survivor, other string, wishes []WeekWish) error {
	for _, w := range wishes {
		var now memberRow
		err := tx.NewSelect().Model(&now).Where("resident = ? AND contact = ?", survivor, w.Contact).Scan(ctx)
		if noRows(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read what contact %s wishes to be told: %w", w.Contact, err)
		}
		if now.Weekly != 0 && now.Weekly != w.Since {
			continue
		}
		if now.Weekly == 0 || now.Told != w.After {
			if err := setWeeks(ctx, tx, other, w.Contact, now.Weekly, now.Told); err != nil {
				return err
			}
		}
		if err := setWeeks(ctx, tx, survivor, w.Contact, 0, w.Before); err != nil {
			return err
		}
	}
	return nil
}

// setWeeks keeps since when a contact wishes to be told of weeks, 0 for not, and of which
// they were told last.
func setWeeks(ctx context.Context, tx bun.Tx, resident, contact string, since int64, told string) error {
	_, err := tx.NewUpdate().Model(&memberRow{Resident: resident, Contact: contact, Weekly: since, Told: told}).Column("weekly_since", "weekly_told").WherePK().Exec(ctx)
	if err != nil {
		return fmt.Errorf("keep what contact %s wishes to be told of resident %s: %w", contact, resident, err)
	}
	return nil
}
