package records

import (
	"context"

	"github.com/anxin-care/anxin/records/audit"
)

// MayExport returns which kinds of the resident's data the user may take a copy of, and
// writes it down as a disclosure: the resident, who decides with them, and an
// administrator on their behalf. It is a fault of the kind ErrForbidden for others.
func (a Access) MayExport(ctx context.Context, u User, resident string) (Scope, error) {
	s, err := a.standing(ctx, u, resident)
	if err != nil {
		return 0, about("resident", resident, err)
	}
	allowed := s.has(export)
	entry := audit.Entry{Actor: u.ID, Action: audit.Export, Resident: resident, Scope: s.scope.String(), Ground: s.ground}
	if err := a.changed(ctx, entry, allowed); err != nil {
		return 0, about("resident", resident, err)
	}
	if !allowed {
		return 0, forbidden("export", "resident", resident)
	}
	return s.scope, nil
}

// Exports reports the same for a page that asks which buttons to show.
func (a Access) Exports(ctx context.Context, u User, resident string) bool {
	return a.has(ctx, u, export, resident)
}

// MayErase returns nil when the user may have all that is kept of a resident erased: an
// administrator, whom the resident or who decides with them has asked. What the law has
// kept must be looked at first, and it cannot be undone; so a token with bounds may not.
// It is a fault of the kind ErrForbidden otherwise.
func (a Access) MayErase(ctx context.Context, u User, resident string) error {
	err := a.MayAppoint(ctx, u)
	if err == nil {
		return nil
	}
	entry := audit.Entry{Actor: u.ID, Action: audit.Erase, Resident: resident}
	if failed := a.changed(ctx, entry, false); failed != nil {
		return about("resident", resident, failed)
	}
	return err
}
