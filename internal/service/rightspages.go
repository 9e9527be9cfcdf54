package service

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// rightsPages are the pages of what residents may ask of who keeps their data.
type rightsPages struct{ s *Service }

func (p rightsPages) desk() rightsDesk { return rightsDesk(p) }

// MayCopy implements [web.Rights].
func (p rightsPages) MayCopy(ctx context.Context, user web.User, resident string) (bool, error) {
	who, err := people(p).who(ctx, user)
	return err == nil && p.s.access.Exports(ctx, who, resident), err
}

// MayErase implements [web.Rights].
func (p rightsPages) MayErase(ctx context.Context, user web.User, _ string) (bool, error) {
	who, err := people(p).who(ctx, user)
	return err == nil && p.s.access.MayAppoint(ctx, who) == nil, err
}

// disclosuresAtOnce is how many lines a page shows.
const disclosuresAtOnce = 200

// Disclosures implements [web.Rights].
func (p rightsPages) Disclosures(ctx context.Context, user web.User, resident string) ([]web.Disclosure, error) {
	if _, err := privacy(p).allowed(ctx, user, resident, p.s.access.MayOverlook); err != nil {
		return nil, err
	}
	list, err := p.desk().Disclosures(ctx, resident, disclosuresAtOnce)
	if err != nil {
		return nil, err
	}
	shown := make([]web.Disclosure, len(list))
	for i, d := range list {
		by := d.User
		if d.To != "" {
			by = "contact:" + d.To
		}
		name, err := p.name(ctx, by)
		if err != nil {
			return nil, err
		}
		shown[i] = web.Disclosure{At: d.At, Kind: d.Kind, Who: name, Over: web.ChannelKind(d.Over), Scopes: d.Scopes, Reason: d.Reason}
	}
	return shown, nil
}

// name is how somebody is called, and by which id when nobody knows.
func (p rightsPages) name(ctx context.Context, by string) (string, error) {
	if by == "" {
		return "anxin", nil
	}
	name, err := (faces{p.s}).NameOf(ctx, by)
	if err == nil && name == "" {
		name = by
	}
	return name, err
}

// Erase implements [web.Rights].
func (p rightsPages) Erase(ctx context.Context, user web.User, resident, reason string) error {
	who, err := privacy(p).allowed(ctx, user, resident, p.s.access.MayErase)
	if err != nil {
		return err
	}
	_, err = p.desk().Erase(ctx, resident, who.ID, reason)
	if fault, ok := errors.AsType[*store.Fault](err); ok {
		for code, refusal := range map[string]web.Refusal{
			rights.CodeWears: web.RefusedWears, rights.CodeCritical: web.RefusedCritical, rights.CodeMoving: web.RefusedMoving, rights.CodeReason: web.RefusedWhy, rights.CodeAsked: web.RefusedAsked,
		} {
			if fault.Code == code {
				return fmt.Errorf("%w: %w", refusal, err)
			}
		}
	}
	return pagesNotFound(err)
}

// Erasures implements [web.Rights].
func (p rightsPages) Erasures(ctx context.Context, user web.User) ([]web.Erasure, error) {
	if _, err := privacy(p).manages(ctx, user); err != nil {
		return nil, err
	}
	list, err := p.s.Erasures.List(ctx)
	if err != nil {
		return nil, err
	}
	shown := make([]web.Erasure, len(list))
	for i, e := range list {
		name, err := p.name(ctx, e.AskedBy)
		if err != nil {
			return nil, err
		}
		shown[i] = web.Erasure{ID: e.ID, Resident: e.Resident, AskedBy: name, AskedAt: e.AskedAt, Reason: e.Reason, Problem: e.Problem, DoneAt: e.DoneAt, Hash: e.Hash}
		for _, place := range e.Places {
			shown[i].Places = append(shown[i].Places, web.ErasedPlace{Store: place.Store, What: place.What, Before: place.Before, After: place.After, Kept: place.Kept != ""})
		}
	}
	return shown, nil
}

// Processing implements [web.Rights].
func (p rightsPages) Processing(ctx context.Context, user web.User) (web.Processing, error) {
	if _, err := privacy(p).manages(ctx, user); err != nil {
		return web.Processing{}, err
	}
	record, err := p.desk().Processing(ctx)
	if err != nil {
		return web.Processing{}, err
	}
	shown := web.Processing{Residents: record.Residents, Measures: record.Measures, Missing: record.Missing}
	for _, a := range record.Activities {
		shown.Activities = append(shown.Activities, web.Activity{
			Name: a.Name, Purpose: slices.Contains(records.Purposes(), records.Purpose(a.Name)), Data: a.Data, Sensitive: a.Sensitive, Basis: a.Basis, Consents: a.Consents, Version: a.Text,
		})
	}
	for _, to := range record.Recipients {
		shown.Recipients = append(shown.Recipients, web.Recipient{Kind: to.Kind, Host: to.Host, Channel: slices.Contains(channels.Kinds(), channels.Kind(to.Kind)), Detail: to.Detail})
	}
	for _, k := range record.Kept {
		shown.Kept = append(shown.Kept, web.Keeping{What: k.What, Where: k.Where, For: time.Duration(k.Seconds) * time.Second})
	}
	return shown, nil
}
