package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

const (
	// mostAlerts bounds what a page lists of one kind.
	mostAlerts = 500
	// mostOpen bounds the open alerts about residents: the board is made of them, so
	// that nobody may be missing.
	mostOpen = 100_000
)

// alertBook shows the pages what is wrong, and passes on what people do about it.
type alertBook struct{ s *Service }

func (b alertBook) Open(ctx context.Context, user web.User) (open []web.Alert, more int, err error) {
	book := alerts.NewAlerts(b.s.Records)
	all, err := book.List(ctx, alerts.Query{Open: true, About: rules.OfResident, Limit: mostOpen})
	if err != nil {
		return nil, 0, err
	}
	if open, err = b.shown(ctx, user, all); err != nil {
		return nil, 0, err
	}
	// A power cut in a district must not hide a person.
	wholes := alerts.Query{Open: true, About: rules.OfDevice, Whole: true, Limit: mostAlerts}
	gear, err := b.gear(ctx, book, wholes)
	if err != nil {
		return nil, 0, err
	}
	technical, err := b.shown(ctx, user, gear)
	if err != nil {
		return nil, 0, err
	}
	if len(gear) >= mostAlerts {
		counted, err := b.count(ctx, user, wholes)
		if err != nil {
			return nil, 0, err
		}
		more = max(0, counted.N-len(technical))
	}
	return append(open, technical...), more, nil
}

func (b alertBook) OpenOf(ctx context.Context, user web.User, resident string) ([]web.Alert, error) {
	who, err := b.s.Residents.Get(ctx, resident)
	if err != nil {
		return nil, fmt.Errorf("read resident %s: %w", resident, err)
	}
	q := alerts.Query{Residents: []string{resident}, Home: who.HomeID, Open: true, Limit: mostOpen}
	for _, p := range b.s.Registry.Placed() {
		if p.Wearer == resident {
			q.Devices = append(q.Devices, p.Device)
		}
	}
	all, err := alerts.NewAlerts(b.s.Records).List(ctx, q)
	if err != nil {
		return nil, err
	}
	return b.shown(ctx, user, all)
}

func (b alertBook) Count(ctx context.Context, user web.User) (web.Alarms, error) {
	return b.count(ctx, user, alerts.Query{Open: true, Whole: true})
}

// count counts the alerts of a query that the user may see.
func (b alertBook) count(ctx context.Context, user web.User, q alerts.Query) (counted web.Alarms, err error) {
	tallies, err := alerts.NewAlerts(b.s.Records).Count(ctx, q)
	if err != nil || len(tallies) == 0 {
		return counted, err
	}
	desk, err := b.open(ctx, user)
	if err != nil {
		return counted, err
	}
	for _, tally := range tallies {
		may, err := desk.names.MayKnow(ctx, desk.access, desk.who, tally.Of)
		if err != nil {
			return counted, err
		}
		if may {
			counted.N += tally.N
			counted.Worst = max(counted.Worst, web.Severity(tally.Worst))
		}
	}
	return counted, nil
}

// gear are the open alerts about devices and homes of a query, with their parts.
func (b alertBook) gear(ctx context.Context, book *alerts.Alerts, wholes alerts.Query) (all []alerts.Alert, err error) {
	if all, err = book.List(ctx, wholes); err != nil || len(all) == 0 {
		return nil, err
	}
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	parts, err := book.List(ctx, alerts.Query{Open: true, PartOf: ids, Limit: mostOpen})
	return append(all, parts...), err
}

func (b alertBook) Resolved(ctx context.Context, user web.User, since time.Time, residents ...string) ([]web.Alert, error) {
	all, err := alerts.NewAlerts(b.s.Records).Ended(ctx, since, mostAlerts, residents...)
	if err != nil {
		return nil, err
	}
	return b.shown(ctx, user, all)
}

func (b alertBook) shown(ctx context.Context, user web.User, all []alerts.Alert) ([]web.Alert, error) {
	desk, err := b.open(ctx, user)
	if err != nil {
		return nil, err
	}
	var list []web.Alert
	for _, a := range together(all) {
		shown, err := desk.alert(ctx, a)
		if errors.Is(err, web.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, shown)
	}
	return list, nil
}

// together puts the parts of alerts under them. A part whose whole is not among
// them stands for itself.
func together(all []alerts.Alert) []alerts.Alert {
	wholes := make(map[string]int, len(all))
	var list []alerts.Alert
	for _, a := range all {
		if a.PartOf == "" {
			wholes[a.ID] = len(list)
			a.Parts = nil
			list = append(list, a)
		}
	}
	for _, a := range all {
		if a.PartOf == "" {
			continue
		}
		if i, ok := wholes[a.PartOf]; ok {
			list[i].Parts = append(list[i].Parts, a)
		} else {
			list = append(list, a)
		}
	}
	return list
}

func (b alertBook) Alert(ctx context.Context, user web.User, id string) (web.AlertFile, error) {
	one, err := alerts.NewAlerts(b.s.Records).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return web.AlertFile{}, web.ErrNotFound
	}
	if err != nil {
		return web.AlertFile{}, err
	}
	desk, err := b.open(ctx, user)
	if err != nil {
		return web.AlertFile{}, err
	}
	return desk.file(ctx, one)
}
