// Package gather reads the facts that reports are made of, out of the books that have
// them, for who may see them.
package gather

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/titles"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/timeline"
)

// Gatherer gathers facts.
type Gatherer struct {
	Residents *records.Residents
	Care      *records.CareBook
	Access    records.Access
	Alerts    *alerts.Alerts
	Reminders *reminders.Book
	Past      timeline.Store
	Now       func() time.Time
}

// mostAlerts bounds the alerts of a report.
const mostAlerts = 300

// Week gathers a resident's week for a user. It is a fault of the kind
// [records.ErrForbidden] for who may see neither measurements nor alerts; what of these
// they may not see is not gathered.
func (g *Gatherer) Week(ctx context.Context, who records.User, resident string, week reports.Week) (reports.Facts, error) {
	scope, err := g.scope(ctx, who, resident, records.Vitals|records.Alerts)
	if err != nil {
		return reports.Facts{}, err
	}
	return g.WeekAs(ctx, scope, resident, week)
}

// scope is which of some kinds of data a user may see. Each that they see is written
// down; when it is none, that is.
func (g *Gatherer) scope(ctx context.Context, who records.User, resident string, kinds records.Scope) (scope records.Scope, err error) {
	for kind := records.Status; kind <= records.Documents; kind <<= 1 {
		if !kinds.Has(kind) {
			continue
		}
		sees, err := g.Access.Sees(ctx, who, kind, resident)
		if err != nil {
			return 0, err
		}
		if sees {
			scope |= kind
		}
	}
	if scope == 0 {
		return 0, g.Access.MaySee(ctx, who, kinds, resident)
	}
	return scope, nil
}

// WeekAs gathers a resident's week for whom some kinds of data may be shown to: that was
// checked before.
func (g *Gatherer) WeekAs(ctx context.Context, scope records.Scope, resident string, week reports.Week) (f reports.Facts, err error) {
	r, err := g.Residents.Get(ctx, resident)
	if err != nil {
		return f, err
	}
	days := week.Days(r.Zone())
	before := reports.Until(days.First.AddDate(0, 0, 6), 7*(reports.WeeksBefore+1))
	f = reports.Facts{Week: week, Name: r.Name, Measured: reports.Measured{Period: before}, Now: g.Now()}
	all, within := errgroup.WithContext(ctx)
	if scope.Has(records.Vitals) {
		all.Go(func() (err error) {
			f.Measured, err = reports.Measure(within, g.Past, resident, before)
			return err
		})
	}
	if scope.Has(records.Alerts) {
		all.Go(func() (err error) {
			f.Raised, _, err = g.raised(within, resident, days)
			return err
		})
		all.Go(func() error {
			kept, err := g.adherence(within, resident, days)
			for _, a := range kept {
				for _, w := range a.Weeks {
					f.Reminders = append(f.Reminders, w.Reminder)
				}
			}
			return err
		})
	}
	all.Go(func() (err error) {
		f.Situations, err = g.situations(within, resident, days)
		return err
	})
	if err := all.Wait(); err != nil {
		return f, fmt.Errorf("gather week %s of resident %s: %w", week, resident, err)
	}
	f.Vitals, f.Alerts = scope.Has(records.Vitals), scope.Has(records.Alerts)
	return f, nil
}

func (g *Gatherer) raised(ctx context.Context, resident string, days reports.Period) (list []reports.Alert, more bool, err error) {
	all, err := g.Alerts.Answered(ctx, resident, days.Start(0), days.End(), mostAlerts+1)
	if err != nil {
		return nil, false, err
	}
	if more = len(all) > mostAlerts; more {
		all = all[1:]
	}
	for _, a := range all {
		list = append(list, reports.Alert{
			ID: a.ID, Name: reports.Text{EN: a.Rule.Name.In("en"), ZH: a.Rule.Name.In("zh")}, Severity: int(a.Severity), Began: a.BeganAt, Answered: a.Waited,
			Ended: a.ResolvedAt, Verdict: string(a.Verdict), Calls: a.Calls,
		})
	}
	return list, more, nil
}

// adherence is how each reminder went in the weeks of some days.
func (g *Gatherer) adherence(ctx context.Context, resident string, days reports.Period) ([]reports.Adherence, error) {
	due, err := g.Reminders.Occurrences(ctx, reminders.Query{Residents: []string{resident}, From: days.Start(0), To: days.End()})
	if err != nil {
		return nil, err
	}
	var order, ids []string
	of := map[string]*reports.Adherence{}
	for _, o := range due {
		if of[o.Reminder] == nil {
			of[o.Reminder] = &reports.Adherence{}
			order = append(order, o.Reminder)
		}
	}
	for id := range of {
		ids = append(ids, id)
	}
	called, err := g.Reminders.Reminders(ctx, ids...)
	if err != nil {
		return nil, err
	}
	for i := range due {
		o := &due[i]
		if o.Open() || o.Due.After(g.Now()) {
			continue // it is not known yet
		}
		a := of[o.Reminder]
		what := titles.Text(called[o.Reminder].What)
		a.What = reports.Text(what)
		week := reports.WeekOf(o.Due.In(days.First.Location()))
		if n := len(a.Weeks); n == 0 || a.Weeks[n-1].Week != week {
			a.Weeks = append(a.Weeks, reports.ReminderWeek{Week: week, Reminder: reports.Reminder{What: a.What}})
		}
		w := &a.Weeks[len(a.Weeks)-1]
		w.Due++
		switch {
		case o.Status == reminders.Skipped:
			w.Skipped++
		case o.Status == reminders.Missed:
			w.Miss++
		case o.OnTime:
			w.OnTime++
		default:
			w.Late++
		}
	}
	var all []reports.Adherence
	for _, id := range order {
		if len(of[id].Weeks) > 0 {
			all = append(all, *of[id])
		}
	}
	return all, nil
}

// situations are those away from home in some days: who is away is not measured there.
func (g *Gatherer) situations(ctx context.Context, resident string, days reports.Period) (list []reports.Situation, err error) {
	all, err := g.Care.SituationHistory(ctx, resident)
	if err != nil {
		return nil, err
	}
	for i := len(all) - 1; i >= 0; i-- {
		s := &all[i]
		if s.Kind == records.WithVisitors || !s.Since.Before(days.End()) || !s.End().After(days.Start(0)) {
			continue
		}
		list = append(list, reports.Situation{Kind: string(s.Kind), From: s.Since, To: s.End()})
	}
	return list, nil
}
