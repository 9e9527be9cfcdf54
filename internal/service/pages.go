package service

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// addPages puts the pages beside the API.
func (s *Service) addPages() error {
	site, err := web.New(web.Config{
		Accounts:   accounts{s.api, s.access},
		Self:       self{s},
		Users:      userPages{s},
		Doors:      doors{s},
		Residents:  residents{s},
		Readings:   s.view,
		Devices:    deviceList{s},
		Alerts:     alertBook{s},
		Reminders:  reminderPages{s},
		Plans:      reminderPages{s},
		Judging:    judging{s},
		Responses:  responses{s},
		Taps:       taps{s.taps, s.Audit},
		Deliveries: toldBook{s},
		Reach:      reach{s},
		People:     people{s},
		Privacy:    privacy{s},
		Rights:     rightsPages{s},
		Ways:       setUp(s.ways),
		PushKey:    s.pushKey,

		Assessments: assessmentPages{s},
		Files:       filePages{s},
		Reports:     reportPages{s},
		Wearings:    wornPages{s},
		Identities:  identityPages{s},
		Panels:      panelPages{s},
		Advices:     panelPages{s},

		SecureCookies: s.cfg.SecureCookies, Log: s.log, Now: time.Now,
	})
	if err != nil {
		return err
	}
	s.api.Pages(site.Routes)
	return nil
}

// setUp are the kinds of channels that people can be told over.
func setUp(ways *channels.Set) []web.ChannelKind {
	var kinds []web.ChannelKind
	for _, kind := range ways.Kinds() {
		kinds = append(kinds, web.ChannelKind(kind))
	}
	return kinds
}

// Pages adds pages of a command's own beside the service's, before [Service.Run].
func (s *Service) Pages(mount func(r chi.Router)) { s.api.Pages(mount) }

// accounts lets the pages sign people in by the API's sessions.
type accounts struct {
	api    *api.API
	access records.Access
}

func (a accounts) SignIn(r *http.Request, login, password string) ([]*http.Cookie, error) {
	_, cookies, err := a.api.SignIn(r, login, password)
	if errors.Is(err, records.ErrSignIn) {
		return nil, web.ErrWrongPassword
	}
	return cookies, err
}

func (a accounts) SignOut(r *http.Request) (*http.Cookie, error) { return a.api.SignOut(r) }

func (a accounts) UserOf(ctx context.Context) (web.User, bool) {
	u, ok := api.UserOf(ctx)
	return web.User{ID: u.ID, Name: u.Name, Language: u.Language, Staff: a.access.MayArrange(ctx, u) == nil, Manages: a.access.MayManage(ctx, u) == nil, Expert: u.Role == records.Expert}, ok
}

// asker is the user of a page as the records know them: with the bounds of the token,
// where a program asks for it.
func (s *Service) asker(ctx context.Context, user web.User) (records.User, error) {
	if u, ok := api.UserOf(ctx); ok && u.ID == user.ID {
		return u, nil
	}
	u, err := s.Users.Get(ctx, user.ID)
	if err != nil {
		return u, fmt.Errorf("read who asks: %w", err)
	}
	return u, nil
}

// residents shows the pages whom a user may see.
type residents struct{ s *Service }

func (r residents) List(ctx context.Context, user web.User) ([]web.Resident, error) {
	all, err := r.s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, err
	}
	homes, err := r.s.Registry.Homes(ctx)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, h := range homes {
		named[h.ID] = h.Name
	}
	who, err := r.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	underWay, err := r.s.Care.Situations(ctx)
	if err != nil {
		return nil, err
	}
	of := map[string][]records.Situation{}
	for _, in := range underWay {
		of[in.Resident] = append(of[in.Resident], in)
	}
	var list []web.Resident
	for _, one := range all {
		scope, err := r.s.access.Glance(ctx, who, one.ID)
		if err != nil {
			return nil, err
		}
		if !scope.Has(records.Status) {
			continue
		}
		shown := pageResident(one, named[one.HomeID], of[one.ID])
		if err := r.show(ctx, &shown, scope); err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}

func (r residents) Resident(ctx context.Context, user web.User, id string) (web.Resident, error) {
	who, err := r.s.asker(ctx, user)
	if err != nil {
		return web.Resident{}, err
	}
	if err := r.s.access.MaySee(ctx, who, records.Status, id); err != nil {
		return web.Resident{}, web.ErrNotFound
	}
	one, err := r.s.Residents.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return web.Resident{}, web.ErrNotFound
	}
	if err != nil {
		return web.Resident{}, err
	}
	home := ""
	if one.HomeID != "" {
		h, err := r.s.Registry.Home(ctx, one.HomeID)
		if err != nil {
			return web.Resident{}, err
		}
		home = h.Name
	}
	underWay, err := r.s.Care.Situations(ctx, id)
	if err != nil {
		return web.Resident{}, err
	}
	shown := pageResident(one, home, underWay)
	scope, err := r.s.access.Glance(ctx, who, id)
	if err != nil {
		return shown, err
	}
	if scope.Has(records.Documents) {
		if shown.Photo, err = r.s.File.HasPhoto(ctx, id); err != nil {
			return shown, err
		}
	}
	return shown, r.show(ctx, &shown, scope)
}

// show says which kinds of data the user may see, and that there is an alert where
// that is all they may know of it.
func (r residents) show(ctx context.Context, shown *web.Resident, scope records.Scope) error {
	shown.Shows = web.Shows{
		Vitals: scope.Has(records.Vitals), Alerts: scope.Has(records.Alerts), File: scope.Has(records.File), Documents: scope.Has(records.Documents),
	}
	if shown.Shows.Alerts {
		return nil
	}
	open, err := alerts.NewAlerts(r.s.Records).List(ctx, alerts.Query{Residents: []string{shown.ID}, Open: true, Whole: true})
	for _, a := range open {
		if a.Rule.Tells != rules.Technician {
			shown.Hidden = max(shown.Hidden, web.Severity(a.Severity))
		}
	}
	return err
}

func pageResident(r records.Resident, home string, underWay []records.Situation) web.Resident {
	shown := web.Resident{ID: r.ID, Name: r.Name, Home: home, Room: r.Room, Zone: r.Zone()}
	for _, in := range underWay {
		shown.Situations = append(shown.Situations, web.Situation{Kind: web.SituationKind(in.Kind), Until: in.Until})
	}
	return shown
}

// deviceList shows the pages how the devices are.
type deviceList struct{ s *Service }

func (d deviceList) DevicesOf(ctx context.Context, residents ...string) (map[string][]web.Device, error) {
	of := map[string][]web.Device{}
	for _, resident := range residents {
		list, err := d.s.Registry.List(ctx, devices.Query{Resident: resident})
		if err != nil {
			return nil, fmt.Errorf("devices of resident %s: %w", resident, err)
		}
		for _, device := range list {
			of[resident] = append(of[resident], pageDevice(device, d.s.health.State(device.ID)))
		}
	}
	return of, nil
}

func pageDevice(d devices.Device, s devices.State) web.Device {
	shown := web.Device{
		ID: d.ID, Name: cmp.Or(d.Name, d.ID), Kind: d.Kind, Model: d.Model, Worn: d.HomeID == "", Every: devices.HabitOf(d.Kind).Every,
		LastSeen: s.Seen, BatteryLow: s.BatteryLow.Value, Problem: s.Problem.Value,
	}
	if s.Online.Known() {
		shown.Online = &s.Online.Value
	}
	if d.Gateway && shown.LastSeen.IsZero() {
		shown.LastSeen = s.Online.At // it says nothing of its own but that it is there
	}
	if s.Battery.Known() {
		shown.Battery = &s.Battery.Value
	}
	if s.ClockWrong() {
		shown.ClockOff = s.ClockBehind.Value
	}
	return shown
}
