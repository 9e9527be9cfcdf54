package service

import (
	"context"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/web"
)

// SetPhones implements [web.People]. The number of a home is that of all who live there.
func (p people) SetPhones(ctx context.Context, user web.User, resident string, phones web.Phones) error {
	who, err := p.who(ctx, user)
	if err == nil {
		err = said(p.s.access.MayPhone(ctx, who, resident))
	}
	if err != nil {
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
		if err := said(p.s.access.MayPhoneHome(ctx, who, r.HomeID)); err != nil {
			return err
		}
	}
	if r.Phone != phones.Own {
		r.Phone = phones.Own
		if _, err := p.s.Residents.Correct(ctx, r, records.Change{By: who.ID}); err != nil {
			return err
		}
	}
	if anew {
		_, err = p.s.Registry.SetHomePhone(ctx, r.HomeID, phones.Home, phones.ForNeighbours)
	}
	return err
}
