package records

import (
	"context"
	"sync"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
)

// Access decides who may see and do what. Every read and change of a resident's
// data asks it first. The zero one knows no care teams, so that to it a family
// is nobody's.
type Access struct {
	db bun.IDB
	// seen is what this piece of work has asked; nil for one that remembers nothing.
	seen *seen
}

// NewAccess returns the check over the care teams in db.
func NewAccess(db *store.DB) Access { return Access{db: db} }

// seen are the residents of families, by user.
type seen struct {
	mu sync.Mutex
	of map[string]map[string]bool
}

// Remembering is the same check for one piece of work, such as a request: of
// each user it asks the care teams once.
func (a Access) Remembering() Access {
	a.seen = &seen{of: map[string]map[string]bool{}}
	return a
}

// Forget makes a check that remembers ask anew.
func (a Access) Forget() {
	if a.seen != nil {
		a.seen.mu.Lock()
		defer a.seen.mu.Unlock()
		clear(a.seen.of)
	}
}

// action is what somebody wants to do.
type action string

const (
	readResident action = "read"       // a resident's data
	lookAfter    action = "look after" // what changes from day to day
	arrange      action = "arrange"    // who is told, and who is on duty
	oversee      action = "oversee"    // what is not about one resident: homes, devices, rules
	manage       action = "manage"     // residents, devices and users
)

// MayRead returns nil when the user may see the resident's data, and a fault of
// the kind ErrForbidden otherwise.
func (a Access) MayRead(ctx context.Context, u User, resident string) error {
	return a.may(ctx, u, readResident, "resident", resident)
}

// MayLookAfter returns nil when the user may say what the resident is in for a
// while, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayLookAfter(ctx context.Context, u User, resident string) error {
	return a.may(ctx, u, lookAfter, "resident", resident)
}

// MayArrange returns nil when the user may see how people are reached, and change
// that, care teams, teams and rosters; and a fault of the kind ErrForbidden
// otherwise. What somebody's own contact is they may change without it.
func (a Access) MayArrange(ctx context.Context, u User) error {
	return a.may(ctx, u, arrange, "user", u.ID)
}

// MayOversee returns nil when the user may see all homes and devices, and the
// rules; and a fault of the kind ErrForbidden otherwise.
func (a Access) MayOversee(ctx context.Context, u User) error {
	return a.may(ctx, u, oversee, "user", u.ID)
}

// MayManage returns nil when the user may add and change residents, devices and
// users, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayManage(ctx context.Context, u User) error {
	return a.may(ctx, u, manage, "user", u.ID)
}

// may is the access check. It is closed: what no case allows is refused.
func (a Access) may(ctx context.Context, u User, what action, entity, id string) error {
	switch {
	case u.ID == "":
	case u.Role == Administrator:
		return nil
	case u.Role == Caregiver && what != manage:
		return nil
	case u.Role == Family && (what == readResident || what == lookAfter):
		cares, err := a.caresFor(ctx, u.ID, id)
		if err != nil {
			return about(entity, id, err)
		}
		if cares {
			return nil
		}
	}
	return &store.Fault{Kind: ErrForbidden, Code: CodeForbidden, Entity: entity, ID: id, Detail: string(what) + ": not allowed to this user"}
}

// caresFor reports whether a user is in the care team of a resident. A neighbour
// is asked to ring at the door, and sees nothing of anybody's health.
func (a Access) caresFor(ctx context.Context, user, resident string) (bool, error) {
	if a.db == nil {
		return false, nil
	}
	query := a.db.NewSelect().Table("care_team").Where("relation <> ?", AsNeighbour).
		Where("contact = (SELECT id FROM contacts WHERE user_id = ? AND removed_at IS NULL)", user)
	if a.seen == nil {
		return query.Where("resident = ?", resident).Exists(ctx)
	}
	a.seen.mu.Lock()
	defer a.seen.mu.Unlock()
	known, ok := a.seen.of[user]
	if !ok {
		var ids []string
		if err := query.Column("resident").Scan(ctx, &ids); err != nil {
			return false, err
		}
		known = make(map[string]bool, len(ids))
		for _, id := range ids {
			known[id] = true
		}
		a.seen.of[user] = known
	}
	return known[resident], nil
}
