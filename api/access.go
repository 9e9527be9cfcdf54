package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// mayRead asks the one check for reading what is known of a resident.
func (a *API) mayRead(ctx context.Context, resident string) error {
	user, ok := UserOf(ctx)
	if !ok {
		return huma.Error401Unauthorized(needSignIn)
	}
	return a.access.MayRead(ctx, user, resident)
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

// resident returns a resident whom the request may see.
func (a *API) resident(ctx context.Context, id string) (records.Resident, error) {
	if err := a.mayRead(ctx, id); err != nil {
		return records.Resident{}, a.failed(ctx, "check the access", err)
	}
	r, err := a.residentStore.Get(ctx, id)
	if err != nil {
		return records.Resident{}, a.failed(ctx, "read the resident", err)
	}
	return r, nil
}
