package service

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
)

// PanelParts are what panels stand on: what evidence is made of, and what makes the
// changes that are accepted.
type PanelParts struct {
	DB          *store.DB
	Audit       *audit.Log
	Users       *records.Users
	People      *records.People
	Consents    *records.Consents
	Residents   *records.Residents
	Timeline    timeline.Store
	Alerts      *alerts.Alerts
	Rules       func() *rules.Set
	File        *healthfile.Book
	Care        *records.CareBook
	Assessments *assessments.Book
	Reminders   *reminders.Book
	Judge       *alerts.Judge
	Log         *slog.Logger
	Now         func() time.Time
}

// Book puts the parts together.
func (p PanelParts) Book() *panels.Book {
	care, remind := panels.CareMaker{Book: p.Care}, ReminderMaker{p.Reminders, p.People}
	return panels.NewBook(panels.Config{
		DB: p.DB, Audit: p.Audit, Users: p.Users, Consents: p.Consents, Alarm: panelAlarm{p.Judge}, Log: p.Log, Now: p.Now,
		Sources: panels.Sources{
			Residents: p.Residents, Readings: p.Timeline, Alerts: panelAlerts{p}, File: p.File, Care: p.Care,
			Thresholds: thresholds, Scores: p.scores, Reminders: p.reminders, Adherence: p.adherence,
		},
		Makers: map[panels.ChangeKind]panels.Maker{
			panels.OfLimit: care, panels.OfCondition: care, panels.OfPlan: care,
			panels.OfReminder: remind, panels.FollowUp: remind, panels.Referral: panels.ReferralMaker{Book: p.File},
		},
	})
}

// PanelParts are the service's own, so that somebody can put them together by another
// clock: the demo has a past.
func (s *Service) PanelParts() PanelParts {
	return PanelParts{
		DB: s.Records, Audit: s.Audit, Users: s.Users, People: s.People, Consents: s.Consents, Residents: s.Residents, Timeline: s.Timeline, Alerts: alerts.NewAlerts(s.Records),
		Rules: func() *rules.Set { return s.rules.Current().Set }, File: s.File, Care: s.Care, Assessments: s.Assessments, Reminders: s.Reminders,
		Judge: s.judge, Log: s.log, Now: time.Now,
	}
}

func (s *Service) openPanels(context.Context) error {
	s.Panels = s.PanelParts().Book()
	return nil
}

// panelAlarm tells the staff of what is late.
type panelAlarm struct{ judge *alerts.Judge }

// Raise implements [panels.Alarm].
func (a panelAlarm) Raise(ctx context.Context, l panels.Late) error {
	id, severity, kind, since := l.Rule+" "+l.Key, rules.Info, "unanswered", l.Since.UnixMilli()
	if l.Grave { // after the milder one, too
		id, severity = id+" grave", rules.Warning
	}
	if l.Rule == panels.RuleReview {
		kind = "unreviewed"
	}
	return a.judge.Raise(ctx, l.Resident, engine.Raise{
		ID: id, Rule: l.Rule, Severity: severity, Since: since,
		Incidents: []engine.Incident{{Key: l.Key, Kind: kind, What: l.Panel, At: since}},
	})
}

// Lower implements [panels.Alarm].
func (a panelAlarm) Lower(ctx context.Context, l panels.Late) error {
	return a.judge.Lower(ctx, l.Resident, engine.Lower{Rule: l.Rule, Key: l.Key})
}

// panelAlerts are alerts as panels see them.
type panelAlerts struct{ PanelParts }

// alertsAtOnce is how many are read at a time.
const alertsAtOnce = 200

// Of implements [panels.Alerts]. Drills are none, nor is what was found not to be the
// resident's: the readings in it are somebody else's.
func (p panelAlerts) Of(ctx context.Context, resident string, from, to time.Time, most int) ([]panels.Alert, error) {
	var of []panels.Alert
	for before := ""; ; {
		page, err := p.Alerts.List(ctx, alerts.Query{Residents: []string{resident}, Before: before, Limit: alertsAtOnce})
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if a.BeganAt.Before(from) || len(of) == most {
				return of, nil
			}
			if a.BeganAt.Before(to) && a.Rule.ID != alerts.DrillRule && a.Verdict != engine.NotTheirs {
				of = append(of, panels.Alert{
					Rule: a.Rule.ID, Version: a.Rule.Version, Name: panels.Text(a.Rule.Name), Severity: a.Severity.String(), BeganAt: a.BeganAt,
					ResolvedAt: a.ResolvedAt, Verdict: string(a.Verdict), Shown: a.Evidence.Shown,
				})
			}
		}
		if len(page) < alertsAtOnce {
			return of, nil
		}
		before = page[len(page)-1].ID
	}
}

// Counts implements [panels.Alerts]. Tests say nothing about a resident, nor does what
// was found not to be theirs.
func (p panelAlerts) Counts(ctx context.Context, rule string, since time.Time) (map[string]int, error) {
	all, err := p.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	began, err := p.Alerts.Between(ctx, since, p.Now().Add(time.Second), ids)
	if err != nil {
		return nil, err
	}
	counts := map[string]int{}
	for _, a := range began {
		if a.Rule == rule && a.Verdict != engine.TestAlarm && a.Verdict != engine.NotTheirs {
			counts[a.Resident]++
		}
	}
	return counts, nil
}

// RuleName implements [panels.Alerts].
func (p panelAlerts) RuleName(rule string) (panels.Text, bool) {
	for _, program := range p.Rules().Programs() {
		if program.ID == rule {
			return panels.Text(program.Name), true
		}
	}
	return panels.Text{}, false
}

// thresholds are all that hold for somebody with this care.
func thresholds(c records.Care) map[string]float64 {
	has := func(condition string) bool { return slices.Contains(c.Conditions, condition) }
	all := map[string]float64{}
	for _, name := range rules.Limits() {
		all[name], _ = rules.Limit(name, c.Limits, has)
	}
	return all
}

// scores are the newest assessments of a resident.
func (p PanelParts) scores(ctx context.Context, resident string) ([]panels.Score, error) {
	all, err := p.Assessments.List(ctx, assessments.Query{Resident: resident})
	if err != nil {
		return nil, err
	}
	var scores []panels.Score
	seen := map[string]bool{}
	for _, a := range all {
		if seen[a.Form] {
			continue
		}
		seen[a.Form] = true
		score := panels.Score{Form: a.Form, Day: a.Day}
		if f, ok := p.Assessments.Forms().Version(a.Form, a.FormVersion); ok {
			score.Name = panels.Text(f.Title)
		}
		if a.Scored {
			score.Total = &a.Total
		}
		if _, band := p.Assessments.BandOf(a); band != nil {
			score.Band = panels.Text(band.Text)
		}
		scores = append(scores, score)
	}
	return scores, nil
}

// reminders are those of medicine and measurements that somebody has made. Those of the
// file's medicines change with these.
func (p PanelParts) reminders(ctx context.Context, resident string) ([]panels.Standing, error) {
	all, err := p.Reminders.List(ctx, resident)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	file, err := p.File.File(ctx, resident)
	if err != nil {
		return nil, fmt.Errorf("read which reminders are of medicines: %w", err)
	}
	fed := map[string]bool{}
	for _, e := range file.Of(healthfile.AMedicine, true) {
		fed[e.Reminder] = true
	}
	var shown []panels.Standing
	for _, r := range all {
		if r.Kind != reminders.Medication && r.Kind != reminders.Measurement || fed[r.ID] {
			continue
		}
		one := panels.Standing{ID: r.ID, Kind: string(r.Kind), What: r.What, Schedule: r.Schedule.String()}
		for _, m := range r.Metrics {
			one.Metrics = append(one.Metrics, m.String())
		}
		shown = append(shown, one)
	}
	return shown, nil
}

// adherence is how medicine was taken, and measured what was to be. What else people
// are reminded of may name somebody.
func (p PanelParts) adherence(ctx context.Context, resident string, since time.Time) ([]panels.Week, error) {
	weeks, err := p.Reminders.Adherence(ctx, resident, since)
	if err != nil || len(weeks) == 0 {
		return nil, err
	}
	var ids []string
	for _, w := range weeks {
		if !slices.Contains(ids, w.Reminder) {
			ids = append(ids, w.Reminder)
		}
	}
	of, err := p.Reminders.Reminders(ctx, ids...)
	if err != nil {
		return nil, fmt.Errorf("read what they were reminded of: %w", err)
	}
	var shown []panels.Week
	for _, w := range weeks {
		r := of[w.Reminder]
		if r.Kind != reminders.Medication && r.Kind != reminders.Measurement {
			continue
		}
		shown = append(shown, panels.Week{
			Monday: w.Monday, Kind: string(r.Kind), What: r.What, Due: w.Due, OnTime: w.OnTime, Late: w.Late, Skipped: w.Skipped, Missed: w.Missed,
		})
	}
	return shown, nil
}
