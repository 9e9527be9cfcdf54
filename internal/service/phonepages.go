package service

import (
	"context"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/web"
)

// SetPhones implements [web.People]: who may say who is told, says at which numbers
// they call. The number of a home is that of all who live there.
func (p people) SetPhones(ctx context.Context, user web.User, resident string, phones web.Phones) error {
	if err := p.arrangesFor(ctx, user, resident); err != nil {
		return err
	}
	r, err := p.s.Residents.Get(ctx, resident)
	if err != nil {
		return said(err)
	}
	var home devices.Home
	if r.HomeID != "" {
		if home, err = p.s.Registry.Home(ctx, r.HomeID); err != nil {
			return err
		}
	}
	anew := r.HomeID != "" && (home.Phone != phones.Home || home.ForNeighbours != phones.ForNeighbours)
	if anew {
		if err := p.arrangesForAll(ctx, user, r.HomeID); err != nil {
			return err
		}
	}
	if r.Phone != phones.Own {
		r.Phone = phones.Own
		if _, err := p.s.Residents.Update(ctx, r); err != nil {
			return err
		}
	}
	if anew {
		_, err = p.s.Registry.SetHomePhone(ctx, r.HomeID, phones.Home, phones.ForNeighbours)
	}
	return err
}

// arrangesForAll is the user, who may change the care teams of all who live in a home.
func (p people) arrangesForAll(ctx context.Context, user web.User, home string) error {
	all, err := p.s.Residents.List(ctx, records.ResidentQuery{Home: home})
	if err != nil {
		return err
	}
	for _, r := range all {
		if err := p.arrangesFor(ctx, user, r.ID); err != nil {
			return err
		}
	}
	return nil
}
