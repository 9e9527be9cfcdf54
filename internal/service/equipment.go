package service

import (
	"context"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
)

// equipment is what is expected of the devices of each home. Of what somebody
// wears nothing is expected until they are back from where they are.
func (s *Service) equipment(ctx context.Context, profiles map[string]alerts.Profile) (map[string]alerts.Equipment, error) {
	homes, err := s.Registry.Homes(ctx)
	if err != nil {
		return nil, err
	}
	all := make(map[string]alerts.Equipment, len(homes))
	for _, h := range homes {
		all[alerts.HomeKey(h.ID)] = alerts.Equipment{TimeZone: h.TimeZone}
	}
	residents, err := s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, err
	}
	for _, r := range residents {
		key := alerts.HomeKey(r.HomeID)
		if e, ok := all[key]; ok {
			e.Residents = append(e.Residents, r.ID)
			all[key] = e
		}
	}
	for _, p := range s.Registry.Placed() {
		key := alerts.HomeKey(p.Home)
		if p.Home == "" {
			key = alerts.WornKey(p.Wearer)
		}
		e, ok := all[key]
		if !ok {
			e.TimeZone = profiles[p.Wearer].TimeZone
		}
		habit := devices.HabitOf(p.Kind)
		x := engine.Expected{ID: p.Device, Every: habit.Every.Milliseconds(), Safety: habit.Safety, Since: p.Since.UnixMilli()}
		for _, situation := range []rules.Situation{rules.AwayFromHome, rules.InHospital} {
			x.From = max(x.From, profiles[p.Wearer].Situations[situation])
		}
		e.Devices = append(e.Devices, x)
		all[key] = e
	}
	return all, nil
}
