package records

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"
)

// Seen is what somebody around a resident may see of them by being in the care
// team, and by consents.
type Seen struct {
	Relation Relation
	// Said: consents say what they may see, and that is Shared; otherwise the relation
	// does.
	Said   bool
	Shared Scope
}

// Scope is what they may see.
func (s Seen) Scope() Scope {
	if s.Relation == AsResident {
		return Everything
	}
	r := ties{member: map[string]Relation{"": s.Relation}, shares: map[string]share{}}
	if s.Said {
		r.shares[""] = share{scope: s.Shared}
	}
	return r.byRelation("", s.Relation).scope
}

// WhoSees are those around a resident, and those with whom they agreed to share, by
// contact.
func WhoSees(ctx context.Context, db bun.IDB, at time.Time, resident string) (map[string]Seen, error) {
	var members []memberRow
	if err := db.NewSelect().Model(&members).Where("resident = ?", resident).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read who may see %w", about("resident", resident, err))
	}
	var rows []consentRow
	if err := db.NewSelect().Model(&rows).Where("resident = ?", resident).Where("purpose = ?", Sharing).Scan(ctx); err != nil {
		return nil, fmt.Errorf("read who may see %w", about("resident", resident, err))
	}
	all := map[string]Seen{}
	for _, row := range members {
		all[row.Contact] = Seen{Relation: row.Relation}
	}
	for contact, of := range sharing(rows, at, func(row consentRow) string { return row.Contact }) {
		seen := all[contact]
		seen.Said, seen.Shared = true, of.scope
		all[contact] = seen
	}
	return all, nil
}

// Watched reports whether a resident has not withdrawn the consent to be watched over.
func Watched(ctx context.Context, db bun.IDB, at time.Time, resident string) (bool, error) {
	not, err := unwatched(ctx, db, at, resident)
	return !not[resident], err
}

// Agreed reports whether a consent of a resident for a purpose holds, read in db.
func Agreed(ctx context.Context, db bun.IDB, at time.Time, resident string, purpose Purpose) (bool, error) {
	var rows []consentRow
	if err := db.NewSelect().Model(&rows).Where("resident = ?", resident).Where("purpose = ?", purpose).Scan(ctx); err != nil {
		return false, fmt.Errorf("read whether a consent holds: %w", about("resident", resident, err))
	}
	return slices.ContainsFunc(rows, func(row consentRow) bool { return row.consent().Holds(at) }), nil
}

// ShownTo is what a user may be told of a resident, read in db: as much as [Access] would
// show them, and nothing when the user is disabled. Nothing is written down: see
// [audit.Tell].
func (p *People) ShownTo(ctx context.Context, db bun.IDB, user, resident string) (Scope, error) {
	fail := func(err error) (Scope, error) {
		return 0, fmt.Errorf("read what a user may be told: %w", about("user", user, err))
	}
	var row userRow
	err := db.NewSelect().Model(&row).Where("id = ?", user).Scan(ctx)
	if noRows(err) || err == nil && row.DisabledAt != 0 {
		return 0, nil
	}
	if err != nil {
		return fail(err)
	}
	ties, err := Access{db: db, now: p.now}.ties(ctx, row.user(), resident)
	if err != nil {
		return fail(err)
	}
	return ties.standing(resident).scope, nil
}
