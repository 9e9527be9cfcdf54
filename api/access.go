package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/records"
)

// accessOf is the one check, which remembers what this request has asked.
func (a *API) accessOf(ctx context.Context) records.Access {
	if access, ok := ctx.Value(accessKey).(records.Access); ok {
		return access
	}
	return a.access
}

// mayRead asks the one check for reading what is known of a resident.
func (a *API) mayRead(ctx context.Context, resident string) error {
	user, ok := UserOf(ctx)
	if !ok {
		return huma.Error401Unauthorized(needSignIn)
	}
	return a.accessOf(ctx).MayRead(ctx, user, resident)
}

// mayLookAfter asks the one check for what changes from day to day about a
// resident, and returns who asks.
func (a *API) mayLookAfter(ctx context.Context, resident string) (records.User, error) {
	user, ok := UserOf(ctx)
	if !ok {
		return user, huma.Error401Unauthorized(needSignIn)
	}
	if err := a.accessOf(ctx).MayLookAfter(ctx, user, resident); err != nil {
		return user, a.failed(ctx, "check the access", err)
	}
	return user, nil
}

// mayArrange asks the one check for changing who is told and who is on duty, and
// returns who asks.
func (a *API) mayArrange(ctx context.Context) (records.User, error) {
	user, ok := UserOf(ctx)
	if !ok {
		return user, huma.Error401Unauthorized(needSignIn)
	}
	if err := a.accessOf(ctx).MayArrange(ctx, user); err != nil {
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
	if err := a.accessOf(ctx).MayOversee(ctx, user); err != nil {
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
	if err := a.accessOf(ctx).MayManage(ctx, user); err != nil {
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
