package service

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/vitals"
)

// correctEvery is how often it is looked whether there are corrections to carry out:
// the command line makes them beside us. correctAgain is after how long when one
// could not be.
const (
	correctEvery = time.Second
	correctAgain = 2 * time.Second
)

// correction is one that is to be carried out, or to be known.
type correction struct {
	devices.Correction
	// end is when the time ends that it is about; the zero time for one that goes on.
	end time.Time
	// wrong are the names of whose readings were, when it was made: of whose files were one
	// then it is about both, and the journal may have either name.
	wrong []string
}

// corrections are all, oldest first. One that goes on ends when whoever was said to
// have worn the device before puts it on again.
func (s *Service) corrections(ctx context.Context) ([]correction, error) {
	all, err := s.Registry.AllCorrections(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, nil
	}
	merges, err := merging.All(ctx, s.Records)
	if err != nil {
		return nil, err
	}
	list := make([]correction, len(all))
	for i, c := range all {
		list[i] = correction{c, c.To, merging.Together(merges, c.Wrong(), c.MadeAt)}
		if !c.GoesOn {
			continue
		}
		list[i].end = time.Time{}
		wearings, err := s.Registry.Wearings(ctx, c.Device)
		if err != nil {
			return nil, err
		}
		for _, w := range wearings {
			if slices.Contains(list[i].wrong, w.Resident) && !w.From.Before(c.To) {
				list[i].end = w.From
				break
			}
		}
	}
	return list, nil
}

// knowCorrections has the readers of the journal know all corrections.
func (s *Service) knowCorrections(ctx context.Context) error {
	all, err := s.corrections(ctx)
	if err != nil {
		return err
	}
	s.attribution.know(all)
	return nil
}

// carryOutCorrections carries out what was corrected about who wore what, one after
// the other, until ctx ends. Each step may be done again: after a crash it goes on
// where it was.
func (s *Service) carryOutCorrections(ctx context.Context) error {
	seen := int64(-1)
	for wait := time.Duration(0); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = correctEvery
		version := s.Registry.Version()
		if version == seen {
			continue
		}
		if err := s.carryOutAll(ctx); err != nil {
			if ctx.Err() == nil {
				s.log.Warn("carry out who wore what; tried again soon", "error", err)
			}
			wait = correctAgain
			continue
		}
		seen = version
	}
}

func (s *Service) carryOutAll(ctx context.Context) error {
	all, err := s.corrections(ctx)
	if err != nil {
		return err
	}
	s.attribution.know(all)
	undone := slices.IndexFunc(all, func(c correction) bool { return c.Step != devices.Done })
	if undone < 0 {
		return nil
	}
	// From here on nothing goes where it does not belong; what went there is moved.
	if err := s.attribution.settle(ctx); err != nil {
		return err
	}
	for i := undone; i < len(all); i++ {
		if all[i].Step == devices.Done {
			continue
		}
		if err := s.carryOut(ctx, all[i]); err != nil {
			return fmt.Errorf("correction %d of who wore device %s: %w", all[i].Number, all[i].Device, err)
		}
	}
	return s.knowCorrections(ctx)
}

// carryOut does what is left to be done of a correction.
func (s *Service) carryOut(ctx context.Context, c correction) error {
	for _, resident := range []string{c.Was, c.Resident} {
		under, err := merging.UnderWay(ctx, s.Records, resident)
		if err != nil {
			return err
		}
		if under {
			// What it is about may be by either name still.
			return fmt.Errorf("the readings of resident %s are following a merge", resident)
		}
	}
	var out alerts.Reattribution
	if err := json.Unmarshal(c.Outcome, &out); err != nil {
		return fmt.Errorf("read how far it is: %w", err)
	}
	if c.Step == devices.Noted {
		if err := s.moveReadings(ctx, &c, &out); err != nil {
			return err
		}
	}
	if err := s.showMoved(ctx, &c); err != nil {
		return err
	}
	if c.Step == devices.Moved {
		if err := s.judgeAgain(ctx, &c, &out); err != nil {
			return err
		}
	}
	return s.finishCorrection(ctx, &c, &out)
}

// moveReadings moves them. What there is to move is written down before.
func (s *Service) moveReadings(ctx context.Context, c *correction, out *alerts.Reattribution) (err error) {
	if err := s.follower(timelineReader).Wait(ctx, s.Journal.Last()); err != nil {
		return err
	}
	if out.Readings == nil {
		if *out, err = alerts.NewAlerts(s.Records).Foresee(ctx, s.Timeline, &c.Correction, c.end); err != nil {
			return err
		}
		if err := s.advance(ctx, s.Records, c, devices.Noted, out); err != nil {
			return err
		}
	}
	for _, m := range alerts.Moves(&c.Correction, c.end) {
		if _, err := s.Timeline.Move(ctx, m); err != nil {
			return err
		}
	}
	return s.Records.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := audit.AppendIn(ctx, tx, time.Now(), entriesOf(c)...); err != nil {
			return err
		}
		return s.advance(ctx, tx, c, devices.Moved, out)
	})
}

// entriesOf are what the audit keeps about those whose readings are others now:
// both versions, and the reason.
func entriesOf(c *correction) (entries []audit.Entry) {
	what := fmt.Sprintf("correction %d: device %s was worn from %s to %s by %s, and not by %s", c.Number, c.Device,
		c.From.Format(time.RFC3339), c.To.Format(time.RFC3339), c.Wearer(), c.Wrong())
	for _, resident := range []string{c.Was, c.Resident} {
		if resident != "" {
			entries = append(entries, audit.Entry{
				Actor: c.MadeBy, Via: audit.Service, Action: audit.Change, Resident: resident, Scope: "vitals", What: what, Ground: "service", Reason: c.Why,
			})
		}
	}
	return entries
}

func (s *Service) advance(ctx context.Context, tx bun.IDB, c *correction, to devices.Step, out *alerts.Reattribution) error {
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	var until uint64
	if to == devices.Done {
		until = s.Journal.Last()
	}
	if err := s.Registry.Advance(ctx, tx, c.Number, to, until, text); err != nil {
		return err
	}
	c.Step = to
	return nil
}

// showMoved has the dashboards show what is each one's now.
func (s *Service) showMoved(ctx context.Context, c *correction) error {
	var residents []string
	for _, resident := range []string{c.Was, c.Resident} {
		if resident != "" {
			residents = append(residents, resident)
		}
	}
	if len(residents) == 0 {
		return nil
	}
	latest, err := s.Timeline.Latest(ctx, time.Time{}, residents...)
	if err != nil {
		return err
	}
	s.view.Replace(residents, latest)
	return nil
}

// judgeAgain has the judge know both by what is theirs.
func (s *Service) judgeAgain(ctx context.Context, c *correction, out *alerts.Reattribution) error {
	again := alerts.Rejudge{Strange: alerts.StrangeOf(&c.Correction), By: c.MadeBy, Why: c.Why}
	for _, resident := range []string{c.Was, c.Resident} {
		if resident != "" {
			again.Residents = append(again.Residents, resident)
		}
	}
	return s.judge.Rejudge(ctx, replay{recalled{s.Timeline, s}}, again, func(ctx context.Context, tx bun.Tx, disowned []string) error {
		out.NotTheirs = disowned
		return s.advance(ctx, tx, c, devices.Judged, out)
	})
}

// replay is the timeline as the judge hears it again.
type replay struct{ recalled }

// Messages implements [alerts.Replay].
func (r replay) Messages(ctx context.Context, resident string, from, to time.Time) iter.Seq2[engine.Received, error] {
	return func(yield func(engine.Received, error) bool) {
		source := &backtest.Timeline{Store: r.recalled, Sensors: sensors{r.s}}
		for m, err := range source.Messages(ctx, resident, from, to) {
			if !yield(engine.Received{At: m.Received, Readings: m.Readings}, err) {
				return
			}
		}
	}
}

// finishCorrection notes what the rules would have found at the right one, and that
// all is done. The journal's entries of from now on know better.
func (s *Service) finishCorrection(ctx context.Context, c *correction, out *alerts.Reattribution) (err error) {
	if s.metrics.Stalled() {
		return errors.New("what was taken in before is not in the journal yet")
	}
	if c.Resident != "" && len(out.Readings) > 0 {
		if out.Found, err = s.wouldHaveFound(ctx, c, out); err != nil {
			return err
		}
	}
	return s.advance(ctx, s.Records, c, devices.Done, out)
}

// wouldHaveFound are the alerts that the rules of today give by what moved, and that
// there were not. They are of the past, and nobody is alarmed.
func (s *Service) wouldHaveFound(ctx context.Context, c *correction, out *alerts.Reattribution) ([]alerts.Finding, error) {
	profiles, err := s.profiles(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	set := s.rules.Current().Set
	who := backtest.Resident{ID: c.Resident, Profile: profiles[c.Resident].Engine(), From: c.From, To: c.To.Add(time.Minute)}
	report, err := backtest.Run(ctx, backtest.Config{
		Source: &backtest.Timeline{Store: s.Timeline, Sensors: sensors{s}, People: []backtest.Resident{who}}, Rules: set, Workers: 1,
	})
	if err != nil {
		return nil, err
	}
	had, err := alerts.NewAlerts(s.Records).Between(ctx, c.From.Add(-sameAlert), c.To.Add(sameAlert), []string{c.Resident})
	if err != nil {
		return nil, err
	}
	found := []alerts.Finding{}
	for _, a := range report.Alerts {
		i, ok := set.Find(a.Rule)
		if !ok || !slices.ContainsFunc(set.Programs()[i].Metrics, func(m vitals.Metric) bool { return out.Readings[m.String()] > 0 }) {
			continue // not by what moved
		}
		if slices.ContainsFunc(had, func(b alerts.Brief) bool {
			return b.Rule == a.Rule && b.Verdict != engine.NotTheirs && b.BeganAt.Sub(a.Began).Abs() <= sameAlert
		}) {
			continue
		}
		found = append(found, alerts.Finding{Rule: a.Rule, Name: set.Programs()[i].Name, Severity: a.Severity, Began: a.Began, Ended: a.Ended})
	}
	return found, nil
}

// sameAlert is within how long an alert that there was is the one that the rules
// give again.
const sameAlert = time.Hour
