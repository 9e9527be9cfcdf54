package records

import (
	"context"

	"github.com/anxin-care/anxin/store"
)

// Access decides who may see and do what. Every read and change of a resident's
// data asks it first.
type Access struct{}

// action is what somebody wants to do.
type action string

const (
	readResident action = "read"       // a resident's data
	lookAfter    action = "look after" // what changes from day to day
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

// MayManage returns nil when the user may add and change residents, devices and
// users, and a fault of the kind ErrForbidden otherwise.
func (a Access) MayManage(ctx context.Context, u User) error {
	return a.may(ctx, u, manage, "user", u.ID)
}

// may is the access check. It is closed: what no case allows is refused.
func (Access) may(_ context.Context, u User, what action, entity, id string) error {
	switch {
	case u.ID == "":
	case u.Role == Administrator:
		return nil
	case u.Role == Caregiver && (what == readResident || what == lookAfter):
		return nil
	}
	return &store.Fault{Kind: ErrForbidden, Code: CodeForbidden, Entity: entity, ID: id, Detail: string(what) + ": not allowed to this user"}
}
