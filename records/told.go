package records

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/uptrace/bun"
)

// Addressee is a contact who is told about a resident; about none when that is "".
type Addressee struct{ Resident, Contact string }

// addresseesAtOnce bounds one statement.
const addresseesAtOnce = 500

// Told are contacts as what they are to residents, read in db, which may be a
// transaction. Who is not in the care team has no relation there, and no wishes;
// who is removed is not among them, nor whose user is disabled, nor who may not be
// told of the resident by the consents.
func (p *People) Told(ctx context.Context, db bun.IDB, who []Addressee) (map[Addressee]Member, error) {
	var contacts, residents []string
	for _, w := range who {
		contacts, residents = append(contacts, w.Contact), append(residents, w.Resident)
	}
	slices.Sort(contacts)
	slices.Sort(residents)
	found := map[string]Contact{}
	for some := range slices.Chunk(slices.Compact(contacts), addresseesAtOnce) {
		list, err := readContacts(ctx, db, func(q *bun.SelectQuery) { q.Where("c.id IN (?)", bun.In(some)) })
		if err != nil {
			return nil, fmt.Errorf("read who is told: %w", err)
		}
		for _, c := range list {
			found[c.ID] = c
		}
	}
	members, silent := map[Addressee]memberRow{}, map[Addressee]bool{}
	for some := range slices.Chunk(slices.Compact(residents), addresseesAtOnce) {
		var rows []memberRow
		if err := db.NewSelect().Model(&rows).Where("resident IN (?)", bun.In(some)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read what those who are told are to residents: %w", err)
		}
		for _, row := range rows {
			members[Addressee{row.Resident, row.Contact}] = row
		}
		not, err := withheld(ctx, db, p.moment(), some)
		if err != nil {
			return nil, fmt.Errorf("read who may be told: %w", err)
		}
		maps.Copy(silent, not)
	}
	told := make(map[Addressee]Member, len(who))
	for _, w := range who {
		if c, ok := found[w.Contact]; ok && !c.Disabled && !silent[w] {
			if row, ok := members[w]; ok {
				told[w] = row.member(c)
			} else {
				told[w] = Member{Contact: c}
			}
		}
	}
	return told, nil
}
