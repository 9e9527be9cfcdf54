package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// toldFor is what people are told for, as the pages call it.
var toldFor = map[escalation.Why]web.ToldKind{
	escalation.ForStep: web.ToldForHelp, escalation.ForClaim: web.ToldWhoHasIt, escalation.ForNoClose: web.ToldNotShut,
	escalation.ForEnd: web.ToldOver, escalation.ForGap: web.ToldGap,
}

// telling is who was told of an alert, and who is told next.
func (d *desk) telling(ctx context.Context, alert string) (web.Telling, error) {
	file, err := d.s.escalation.File(ctx, alert)
	if err != nil {
		return web.Telling{}, err
	}
	shown := web.Telling{
		Phase: web.TellingPhase(file.Phase), Policy: web.Text(file.Policy.Name), Next: file.Due, Asks: file.ComingWhy == escalation.ForNoClose,
	}
	names := contactNames{d.s, map[string]string{}}
	if shown.Whom, err = names.of(ctx, file.Coming); err != nil {
		return shown, err
	}
	for _, m := range file.Made {
		step := web.ToldStep{At: m.At, Kind: toldFor[m.Why], Stage: m.Stage, Late: m.Late, Emergency: m.Emergency}
		if step.Whom, err = names.of(ctx, m.Whom); err != nil {
			return shown, err
		}
		if step.Unreached, err = names.of(ctx, m.Unreached); err != nil {
			return shown, err
		}
		shown.Told = append(shown.Told, step)
	}
	return shown, nil
}

// contactNames remembers the names of contacts for one page.
type contactNames struct {
	s     *Service
	known map[string]string
}

// of are the names of contacts. Who is not there any more is told by the id alone.
func (n contactNames) of(ctx context.Context, ids []string) ([]string, error) {
	var names []string
	for _, id := range ids {
		name, ok := n.known[id]
		if !ok {
			c, err := n.s.People.Contact(ctx, id)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, fmt.Errorf("read contact %s: %w", id, err)
			}
			if name = c.Name; name == "" {
				name = id
			}
			n.known[id] = name
		}
		names = append(names, name)
	}
	return names, nil
}

// responses shows the pages how fast critical alerts were answered.
type responses struct{ s *Service }

func (r responses) Responses(ctx context.Context, user web.User, weeks int) ([]web.ResponseWeek, error) {
	who, err := r.s.asker(ctx, user)
	if err != nil {
		return nil, err
	}
	if r.s.access.MayOversee(ctx, who) != nil {
		return nil, web.ErrNotFound
	}
	groups, err := alerts.GroupsOf(ctx, r.s.Residents, r.s.People)
	if err != nil {
		return nil, err
	}
	all, err := alerts.NewAlerts(r.s.Records).ResponseByWeek(ctx, groups, weeks, time.Now())
	if err != nil {
		return nil, err
	}
	var shown []web.ResponseWeek
	for _, w := range all {
		shown = append(shown, web.ResponseWeek{
			Team: w.Name, From: w.From, Critical: w.Critical, Soon: w.Soon, Late: w.Late, Never: w.Never,
			SoonMet: alerts.Share(w.Soon, w.Critical) >= alerts.SoonTarget, LateMet: alerts.Share(w.Late, w.Critical) >= alerts.LateTarget,
			Scenes: w.Scenes, SceneSoon: w.SceneSoon, Uncounted: w.Brief + w.Tests,
		})
	}
	return shown, nil
}
