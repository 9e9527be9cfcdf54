package service

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/journal"
)

// openAlerts makes the rules ready and opens the judge.
func (s *Service) openAlerts(ctx context.Context) error {
	all, err := s.allRules()
	if err != nil {
		return err
	}
	if s.rules, err = rules.NewSet(all); err != nil {
		return fmt.Errorf("read the rules: %w", err)
	}
	s.feed = alerts.NewFeed()
	s.judge, err = alerts.OpenJudge(ctx, s.Records, s.rules, sensors{s}, s.Journal.Last(), s.feed.Tell, s.log, time.Now)
	return err
}

// allRules are the default rules and those of the rules folder, where one of the
// same id takes the place of the default.
func (s *Service) allRules() ([]rules.Rule, error) {
	all, err := rules.Default()
	if err != nil || s.cfg.RulesDir == "" {
		return all, err
	}
	own, err := rules.ReadFolder(os.DirFS(s.cfg.RulesDir))
	if err != nil {
		return nil, fmt.Errorf("rules folder %s: %w", s.cfg.RulesDir, err)
	}
	return rules.Override(all, own), nil
}

// sensors tells the judge about devices.
type sensors struct{ s *Service }

// Sensor implements [alerts.Sensors].
func (d sensors) Sensor(device string) (class, zone string) {
	kind, at := d.s.Registry.Sensor(device)
	if strings.Contains(kind, "radar") {
		class = "radar"
	}
	return class, string(at)
}

const (
	// tickEvery is how often the judge looks at what time brings about.
	tickEvery = 250 * time.Millisecond
	// enrolEvery is how often it looks whether residents have changed.
	enrolEvery = 2 * time.Second
)

// judgeCare runs the judge: it hears the journal, the passing of time, and who
// the residents are.
func (s *Service) judgeCare(ctx context.Context) error {
	defer func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := s.judge.Save(last); err != nil {
			s.log.Warn("write down what the alerts stand on; it is judged again at the next start", "error", err)
		}
	}()
	go s.tellTheTime(ctx)
	return s.follower(alertsReader).Run(ctx, s.judge.Cursor(), toJudge(&s.decoder, s.judge))
}

func (s *Service) tellTheTime(ctx context.Context) {
	tick := time.NewTicker(tickEvery)
	defer tick.Stop()
	var told enrolled
	var looked time.Time
	ticked := time.Now().Round(0) // by the clock on the wall, which goes on while the machine sleeps
	for {
		now := time.Now().Round(0)
		s.judge.Deafened(ticked, now)
		ticked = now
		if now.Sub(looked) >= enrolEvery {
			var err error
			if told, err = s.enrolResidents(ctx, told, now); err != nil && ctx.Err() == nil {
				s.log.Warn("tell the alerts who the residents are", "error", err)
			}
			looked = now
		}
		if err := s.judge.Tick(ctx, s.hearing()); err != nil && ctx.Err() == nil {
			s.log.Warn("judge what time brings about", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// hearing reports that what devices say is heard as they say it: then, and only
// then, is silence theirs.
func (s *Service) hearing() bool {
	return s.follower(alertsReader).Lag() == 0 && (s.subscriber == nil || s.subscriber.Connected())
}

// freezeEvery is how often it is looked which alerts want the readings around
// them kept.
const freezeEvery = 5 * time.Second

// keepEvidence keeps the readings around alerts, until ctx ends.
func (s *Service) keepEvidence(ctx context.Context) error {
	freezer := alerts.NewFreezer(s.Records, s.Timeline)
	tick := time.NewTicker(freezeEvery)
	defer tick.Stop()
	for {
		if err := freezer.Freeze(ctx, time.Now()); err != nil && ctx.Err() == nil {
			s.log.Warn("keep the readings around alerts; tried again soon", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (s *Service) follower(name string) *journal.Follower {
	for _, f := range s.followers {
		if f.Name() == name {
			return f
		}
	}
	panic("no reader is called " + name)
}

// toJudge lets the judge hear entries.
func toJudge(d *decoder, judge *alerts.Judge) journal.Apply {
	return func(ctx context.Context, entries []journal.Entry) error {
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		heard := make([]alerts.Passed, len(reports))
		for i := range reports {
			heard[i] = alerts.Passed{Seq: entries[i].Seq, Report: reports[i]}
		}
		return judge.Hear(ctx, heard)
	}
}
