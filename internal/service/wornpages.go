package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// wornPages shows the pages who wore a device, and corrects it.
type wornPages struct{ s *Service }

// staff is the user, who oversees devices.
func (p wornPages) staff(ctx context.Context, user web.User) (records.User, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return who, err
	}
	return who, wornFault(p.s.access.MayOversee(ctx, who))
}

// wornFault makes a fault what the pages say to it.
func wornFault(err error) error {
	fault, ok := errors.AsType[*store.Fault](err)
	if !ok {
		return err
	}
	said := map[string]web.WornFault{
		devices.CodeWornBySeveral: "several", devices.CodeWornSo: "so", devices.CodeWornChanged: "changed", devices.CodeFixed: "fixed",
	}[fault.Code]
	if fault.Code == "device.invalid" && len(fault.Fields) > 0 {
		said = web.WornFault(fault.Fields[0].Path)
	}
	switch {
	case said != "":
		return fmt.Errorf("%w: %w", said, err)
	case errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrForbidden):
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	}
	return err
}

// Worn implements [web.Wearings]: what is about residents whose file the user may see.
func (p wornPages) Worn(ctx context.Context, user web.User, id string) (shown web.WornDevice, err error) {
	who, err := p.staff(ctx, user)
	if err != nil {
		return shown, err
	}
	device, err := p.s.Registry.Get(ctx, id)
	if err != nil {
		return shown, wornFault(err)
	}
	shown = web.WornDevice{ID: device.ID, Name: deviceName(device), Zone: time.UTC}
	all, err := p.s.Registry.Wearings(ctx, id)
	if err != nil {
		return shown, err
	}
	for _, w := range all {
		if ok, err := p.s.access.Sees(ctx, who, records.File, w.Resident); err != nil {
			return shown, err
		} else if !ok {
			continue
		}
		r, err := p.s.Residents.Get(ctx, w.Resident)
		if err != nil {
			return shown, err
		}
		shown.Zone = r.Zone()
		spell := web.WornSpell{Who: web.Person{ID: r.ID, Name: r.Name}, To: w.To}
		if w.From.After(devices.FirstReading()) {
			spell.From = w.From
		}
		shown.Spells = append(shown.Spells, spell)
	}
	residents, err := p.s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return shown, err
	}
	for _, r := range residents {
		if p.s.access.Keeps(ctx, who, r.ID) {
			shown.People = append(shown.People, web.Person{ID: r.ID, Name: r.Name})
		}
	}
	corrections, err := p.s.Registry.Corrections(ctx, id)
	if err != nil {
		return shown, err
	}
	for _, c := range slices.Backward(corrections) {
		if may, err := p.seesBoth(ctx, who, &c); err != nil {
			return shown, err
		} else if !may {
			continue
		}
		var out alerts.Reattribution
		if err := json.Unmarshal(c.Outcome, &out); err != nil {
			return shown, fmt.Errorf("read what came of correction %d: %w", c.Number, err)
		}
		one, err := p.correction(ctx, &c, out)
		if err != nil {
			return shown, err
		}
		shown.Corrections = append(shown.Corrections, one)
	}
	return shown, nil
}

func (p wornPages) seesBoth(ctx context.Context, who records.User, c *devices.Correction) (bool, error) {
	for _, resident := range []string{c.Was, c.Resident} {
		if resident == "" {
			continue
		}
		if may, err := p.s.access.Sees(ctx, who, records.File, resident); err != nil || !may {
			return false, err
		}
	}
	return true, nil
}

// correction is one as the pages show it.
func (p wornPages) correction(ctx context.Context, c *devices.Correction, out alerts.Reattribution) (shown web.WornCorrection, err error) {
	shown = web.WornCorrection{
		From: c.From, To: c.To, GoesOn: c.GoesOn, Readings: map[vitals.Metric]int{}, Hours: out.Hours, Mixed: out.Mixed, Why: c.Why, Done: c.Step == devices.Done,
	}
	if c.Number != 0 {
		shown.At = c.MadeAt
	}
	for name, n := range out.Readings {
		if m, ok := vitals.ParseMetric(name); ok {
			shown.Readings[m] = n
		}
	}
	if c.MadeBy != "" {
		u, err := p.s.Users.Get(ctx, c.MadeBy)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return shown, err
		}
		shown.By = u.Name
	}
	if shown.Was, err = p.person(ctx, c.Was); err != nil {
		return shown, err
	}
	if shown.Is, err = p.person(ctx, c.Resident); err != nil {
		return shown, err
	}
	for _, id := range out.NotTheirs {
		a, err := alerts.NewAlerts(p.s.Records).Get(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return shown, err
		}
		shown.NotTheirs = append(shown.NotTheirs, web.WornAlert{ID: id, Name: web.Text(a.Rule.Name), Began: a.BeganAt})
	}
	for _, f := range out.Found {
		shown.Found = append(shown.Found, web.WornAlert{Name: web.Text(f.Name), Began: f.Began})
	}
	return shown, nil
}

func (p wornPages) person(ctx context.Context, id string) (web.Person, error) {
	if id == "" {
		return web.Person{}, nil
	}
	r, err := p.s.Residents.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return web.Person{ID: id, Name: id}, nil // who was erased
	}
	return web.Person{ID: id, Name: r.Name}, err
}

// foreseen is the correction that a user would make, once they may: staff who keep the
// files of both.
func (p wornPages) foreseen(ctx context.Context, user web.User, said web.WornSaid) (devices.Worn, devices.Correction, error) {
	worn := devices.Worn{Device: said.Device, Resident: said.Resident, From: said.From, To: said.To, Was: said.Was, Why: said.Why}
	who, err := p.staff(ctx, user)
	if err != nil {
		return worn, devices.Correction{}, err
	}
	worn.By = who.ID
	if said.Resident != "" {
		if err := p.s.access.MayKeep(ctx, who, said.Resident); err != nil {
			return worn, devices.Correction{}, wornFault(err)
		}
	}
	c, err := p.s.Registry.Foresee(ctx, worn)
	if err != nil {
		return worn, c, wornFault(err)
	}
	if c.Was != "" {
		if err := p.s.access.MayKeep(ctx, who, c.Was); err != nil {
			return worn, c, wornFault(err)
		}
	}
	worn.Was = &c.Was
	return worn, c, nil
}

// Foresee implements [web.Wearings].
func (p wornPages) Foresee(ctx context.Context, user web.User, said web.WornSaid) (web.WornCorrection, error) {
	_, c, err := p.foreseen(ctx, user, said)
	if err != nil {
		return web.WornCorrection{}, err
	}
	end := c.To
	if c.GoesOn {
		end = time.Time{}
	}
	out, err := alerts.NewAlerts(p.s.Records).Foresee(ctx, p.s.Timeline, &c, end)
	if err != nil {
		return web.WornCorrection{}, err
	}
	return p.correction(ctx, &c, out)
}

// Correct implements [web.Wearings].
func (p wornPages) Correct(ctx context.Context, user web.User, said web.WornSaid) error {
	worn, _, err := p.foreseen(ctx, user, said)
	if err != nil {
		return err
	}
	_, err = p.s.Registry.Correct(ctx, worn)
	return wornFault(err)
}
