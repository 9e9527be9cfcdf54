package service

import (
	"context"
	"fmt"
	"iter"
	"os"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// openAlerts reads the rules and opens the judge.
func (s *Service) openAlerts(ctx context.Context) error {
	book, err := Rulebook(s.Records, s.cfg)
	if err != nil {
		return err
	}
	now, err := book.Read(ctx)
	if err != nil {
		return err
	}
	for _, e := range now.Entries {
		if e.Problem != "" {
			s.log.Error("a rule that somebody has changed cannot be judged by; the default holds where there is one", "rule", e.Rule.ID, "problem", e.Problem)
		}
	}
	s.feed = alerts.NewFeed()
	s.judge, err = alerts.OpenJudge(ctx, s.Records, now.Set, sensors{s}, s.Journal.Last(), s.feed.Tell, s.log, time.Now)
	if err != nil {
		return err
	}
	s.judge.Ignore(s.tombstones.List()...)
	s.rules = rulebook.NewEditor(book, now, s.judge, s.log)
	s.policies, err = escalation.NewPolicies(s.Records)
	return err
}

// Rulebook is what the rules are read from: the default ones, those of the rules
// folder, and what people have changed in db.
func Rulebook(db *store.DB, cfg Config) (*rulebook.Book, error) {
	standard, err := rules.Default()
	if err != nil {
		return nil, err
	}
	if cfg.RulesDir == "" {
		return rulebook.New(db, standard, nil)
	}
	own, err := rules.ReadFolder(os.DirFS(cfg.RulesDir))
	if err != nil {
		return nil, fmt.Errorf("rules folder %s: %w", cfg.RulesDir, err)
	}
	book, err := rulebook.New(db, standard, own)
	if err != nil {
		return nil, fmt.Errorf("rules folder %s: %w", cfg.RulesDir, err)
	}
	return book, nil
}

// sensors tells the judge about devices.
type sensors struct{ s *Service }

// Sensor implements [alerts.Sensors].
func (d sensors) Sensor(device string) (class, zone string) {
	class, at := d.s.Registry.Sensor(device)
	return class, string(at)
}

const (
	// tickEvery is how often the judge looks at what time brings about.
	tickEvery = 250 * time.Millisecond
	// enrolEvery is how often it looks whether residents or rules have changed.
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
	s.pace.began.Store(time.Now().UnixMilli())
	go s.tellTheTime(ctx)
	go s.recall(ctx)
	return s.follower(alertsReader).Run(ctx, s.judge.Cursor(), toJudge(&s.decoder, &s.attribution, s.judge, &s.pace, s.takeInAgain))
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
		if s.metrics.Stalled() {
			s.stalled.CompareAndSwap(0, now.UnixMilli())
		}
		s.takeInAgain()
		if now.Sub(looked) >= enrolEvery {
			var err error
			if told, err = s.enrolResidents(ctx, told, now); err != nil && ctx.Err() == nil {
				s.log.Warn("tell the alerts who the residents are", "error", err)
			}
			if _, err := s.rules.Refresh(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("look for rules that were changed elsewhere", "error", err)
			}
			looked = now
		}
		hearing := s.hearing()
		switch err := s.judge.Tick(ctx, hearing); {
		case err == nil && hearing:
			s.pace.caught.Store(now.UnixMilli())
		case err != nil && ctx.Err() == nil:
			s.log.Warn("judge what time brings about", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// takeInAgain tells the judge that the journal could not be written for a while,
// once it can: what devices had to say waited with them. It is called before what
// came afterwards is heard.
func (s *Service) takeInAgain() {
	if since := s.stalled.Load(); since != 0 && !s.metrics.Stalled() {
		s.judge.Deafened(time.UnixMilli(since), time.Now())
		s.stalled.Store(0)
	}
}

// hearing reports that what devices say is heard as they say it: then, and only
// then, is silence theirs.
func (s *Service) hearing() bool {
	return s.stalled.Load() == 0 && s.follower(alertsReader).Lag() == 0 && (s.subscriber == nil || s.subscriber.Connected())
}

const (
	// recallEvery is how often it is looked whether the judge is to be told of the
	// past, and recallAgain after how long when that could not be read.
	recallEvery = 2 * time.Second
	recallAgain = 30 * time.Second
)

// recall tells the judge what was measured before it or its rules were there,
// until ctx ends.
func (s *Service) recall(ctx context.Context) {
	for wait := recallEvery; ; {
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = recallEvery
		if s.follower(alertsReader).Lag() > 0 {
			continue // the timeline may be ahead of the judge, who hears the rest
		}
		began := time.Now()
		n, err := s.judge.Warm(ctx, recalled{s.Timeline, s})
		if n > 0 {
			s.log.Info("what was measured before is known to the rules", "residents", n, "took", time.Since(began).Round(time.Millisecond))
		}
		if err != nil && ctx.Err() == nil {
			s.log.Warn("rules do not know yet what was measured before", "error", err)
			wait = recallAgain
		}
	}
}

// recalled is the timeline once it has all that the judge has heard.
type recalled struct {
	timeline.Store
	s *Service
}

// Range implements [alerts.Past].
func (r recalled) Range(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error] {
	return func(yield func(vitals.Reading, error) bool) {
		if err := r.s.follower(timelineReader).Wait(ctx, r.s.follower(alertsReader).Passed()); err != nil {
			yield(vitals.Reading{}, err)
			return
		}
		r.Store.Range(ctx, q)(yield)
	}
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

// toJudge lets the judge hear entries, and notes how far it has come. Before is
// called first.
func toJudge(d *decoder, whose *attribution, judge *alerts.Judge, pace *pace, before func()) journal.Apply {
	return whose.reader(func(ctx context.Context, entries []journal.Entry) error {
		before()
		reports, err := d.decode(entries)
		if err != nil {
			return err
		}
		if err := judge.Hear(ctx, whose.passed(entries, reports)); err != nil {
			return err
		}
		pace.hear(reports[len(reports)-1].Received)
		return nil
	})
}
