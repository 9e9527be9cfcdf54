package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Weekly is somebody who wishes to be told what each week of a resident was like.
type Weekly struct {
	Addressee
	// Zone is the contact's, and Relation what it is to the resident.
	Zone     *time.Location
	Relation Relation
	// Since is when they wished for it; Told is the week that they were told of last, ""
	// for none.
	Since time.Time
	Told  string
}

// Weeklies lists those who wish to be told of residents' weeks and were not told of
// one yet, or of a later one, by resident. Residents whose file went into another's, or is
// about to be erased, have no weeks of their own: that nothing was measured would be a
// wrong thing to tell.
func (p *People) Weeklies(ctx context.Context, week string) ([]Weekly, error) {
	var rows []memberRow
	err := p.db.NewSelect().Model(&rows).Where("weekly_since IS NOT NULL").Where("weekly_told < ?", week).
		Where("resident IN (SELECT id FROM residents WHERE merged_into IS NULL)").Where("resident NOT IN (SELECT resident FROM erasures)").
		Order("resident", "n").Scan(ctx)
	if err != nil || len(rows) == 0 {
		return nil, weeklies(err)
	}
	var ids []string
	for _, row := range rows {
		ids = append(ids, row.Contact)
	}
	slices.Sort(ids)
	zones := map[string]*time.Location{}
	for some := range slices.Chunk(slices.Compact(ids), addresseesAtOnce) {
		list, err := readContacts(ctx, p.db, func(q *bun.SelectQuery) { q.Where("c.id IN (?)", bun.In(some)) })
		if err != nil {
			return nil, weeklies(err)
		}
		for _, c := range list {
			zones[c.ID] = c.Zone()
		}
	}
	var list []Weekly
	for _, row := range rows {
		if zone := zones[row.Contact]; zone != nil {
			list = append(list, Weekly{Addressee{row.Resident, row.Contact}, zone, row.Relation, store.Time(row.Weekly), row.Told})
		}
	}
	return list, nil
}

func weeklies(err error) error {
	if err != nil {
		return fmt.Errorf("list who wishes to be told of weeks: %w", err)
	}
	return nil
}

// WeekTold notes in tx that a contact is told of a week; false when it was before.
func (p *People) WeekTold(ctx context.Context, tx bun.Tx, who Addressee, week string) (bool, error) {
	result, err := tx.NewUpdate().Model((*memberRow)(nil)).Set("weekly_told = ?", week).
		Where("resident = ? AND contact = ?", who.Resident, who.Contact).Where("weekly_told < ?", week).Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("note that contact %s was told of week %s: %w", who.Contact, week, err)
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// Shown is what contacts may be told of residents, read in db, which may be a
// transaction: what they are to a resident gives it, or consents do. It is the check of
// what is sent to people who need not sign in, and nothing more than [Access] would show
// them as members of a care team. Nothing is written down: see [audit.Tell].
func (p *People) Shown(ctx context.Context, db bun.IDB, who ...Addressee) (map[Addressee]Scope, error) {
	shown := map[Addressee]Scope{}
	for _, w := range who {
		var member memberRow
		err := db.NewSelect().Model(&member).Where("resident = ? AND contact = ?", w.Resident, w.Contact).
			Where("contact IN (SELECT id FROM contacts WHERE removed_at IS NULL)").Scan(ctx)
		if noRows(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what contact %s may be told: %w", w.Contact, err)
		}
		var rows []consentRow
		if err := db.NewSelect().Model(&rows).Where("resident = ? AND contact = ?", w.Resident, w.Contact).Where("purpose = ?", Sharing).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read what contact %s may be told: %w", w.Contact, err)
		}
		not, err := unwatched(ctx, db, p.moment(), w.Resident)
		if err != nil {
			return nil, fmt.Errorf("read what contact %s may be told: %w", w.Contact, err)
		}
		of := ties{
			user: User{ID: w.Contact}, member: map[string]Relation{w.Resident: member.Relation}, unwatched: not,
			shares: sharing(rows, p.moment(), func(row consentRow) string { return row.Resident }),
		}
		shown[w] = of.standing(w.Resident).scope
	}
	return shown, nil
}
