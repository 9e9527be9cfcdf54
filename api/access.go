package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// maySee asks the one check for seeing a kind of a resident's data.
func (a *API) maySee(ctx context.Context, scope records.Scope, resident string) error {
	user, ok := UserOf(ctx)
	if !ok {
		return huma.Error401Unauthorized(needSignIn)
	}
	return a.access.MaySee(ctx, user, scope, resident)
}

// sees asks the one check for a list of what somebody may see.
func (a *API) sees(ctx context.Context, scope records.Scope, resident string) (bool, error) {
	user, _ := UserOf(ctx)
	return a.access.Sees(ctx, user, scope, resident)
}

// visible are those of a list that are about residents of whom the request may see
// a kind of data.
func visible[T any](ctx context.Context, a *API, scope records.Scope, all []T, resident func(T) string) ([]T, error) {
	var mine []T
	for _, one := range all {
		may, err := a.sees(ctx, scope, resident(one))
		if err != nil {
			return nil, a.failed(ctx, "check the access", err)
		}
		if may {
			mine = append(mine, one)
		}
	}
	return mine, nil
}

// mayLookAfter asks the one check for what changes from day to day about a
// resident, and returns who asks.
func (a *API) mayLookAfter(ctx context.Context, resident string) (records.User, error) {
	user, ok := UserOf(ctx)
	if !ok {
		return user, huma.Error401Unauthorized(needSignIn)
	}
	if err := a.access.MayLookAfter(ctx, user, resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayKeep asks the one check for changing a resident's health file, and returns who
// asks.
func (a *API) mayKeep(ctx context.Context, resident string) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayKeep(ctx, user, resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayConsent asks the one check for entering and withdrawing a resident's consents,
// and returns who asks.
func (a *API) mayConsent(ctx context.Context, resident string) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayConsent(ctx, user, resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayOverlook asks the one check for seeing who has looked at a resident's data.
func (a *API) mayOverlook(ctx context.Context, resident string) error {
	user, _ := UserOf(ctx)
	if err := a.access.MayOverlook(ctx, user, resident); err != nil {
		return a.failed(ctx, "check the access", err)
	}
	return nil
}

// mayArrange asks the one check for changing who is told and who is on duty, and
// returns who asks.
func (a *API) mayArrange(ctx context.Context) (records.User, error) {
	user, ok := UserOf(ctx)
	if !ok {
		return user, huma.Error401Unauthorized(needSignIn)
	}
	if err := a.access.MayArrange(ctx, user); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayArrangeFor asks the one check for changing the care team of a resident, and
// returns who asks.
func (a *API) mayArrangeFor(ctx context.Context, resident string) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayArrangeFor(ctx, user, resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayChangeContact asks the one check for changing how a contact is reached, and
// returns who asks.
func (a *API) mayChangeContact(ctx context.Context, contact string) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayChangeContact(ctx, user, contact); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayOversee asks the one check for what is not about one resident.
func (a *API) mayOversee(ctx context.Context) error {
	user, ok := UserOf(ctx)
	if !ok {
		return huma.Error401Unauthorized(needSignIn)
	}
	if err := a.access.MayOversee(ctx, user); err != nil {
		return a.failed(ctx, "check the access", err)
	}
	return nil
}

// mayManage asks the one check for changing who and what there is.
func (a *API) mayManage(ctx context.Context) error {
	user, ok := UserOf(ctx)
	if !ok {
		return huma.Error401Unauthorized(needSignIn)
	}
	if err := a.access.MayManage(ctx, user); err != nil {
		return a.failed(ctx, "check the access", err)
	}
	return nil
}

// mayAppoint asks the one check for saying who signs in, and returns who asks.
func (a *API) mayAppoint(ctx context.Context) (records.User, error) {
	user, _ := UserOf(ctx)
	if err := a.access.MayAppoint(ctx, user); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// resident returns a resident of whom the request may see a kind of data.
func (a *API) resident(ctx context.Context, scope records.Scope, id string) (records.Resident, error) {
	if err := a.maySee(ctx, scope, id); err != nil {
		return records.Resident{}, a.failed(ctx, "check the access", err)
	}
	r, err := a.residentStore.Get(ctx, id)
	if err != nil {
		return records.Resident{}, a.failed(ctx, "read the resident", err)
	}
	return r, nil
}
