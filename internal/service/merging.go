package service

import (
	"context"
	"slices"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// Owned are all tables that say whose something is, those of which others are a part
// first.
func Owned() []store.Owned {
	return slices.Concat(records.Owned(), healthfile.Owned(), assessments.Owned(), panels.Owned(), devices.Owned(), alerts.Owned(), escalation.Owned(), reminders.Owned(), deliveries.Owned())
}

// medicineTwice keeps two files apart whose reminders would have a medicine taken twice.
func medicineTwice(ctx context.Context, db bun.IDB, survivor, other string) ([]merging.Obstacle, error) {
	twice, err := reminders.Twice(ctx, db, survivor, other)
	list := make([]merging.Obstacle, len(twice))
	for i, what := range twice {
		list[i] = merging.Obstacle{Code: "medicine_twice", About: what}
	}
	return list, err
}

// correcting keeps two files as they are while readings of either move for another
// reason: which of them went where would not be known.
func correcting(ctx context.Context, db bun.IDB, survivor, other string) ([]merging.Obstacle, error) {
	for _, resident := range []string{survivor, other} {
		under, err := devices.Correcting(ctx, db, resident)
		if err != nil {
			return nil, err
		}
		if under {
			return []merging.Obstacle{{Code: "correcting"}}, nil
		}
	}
	return nil, nil
}

// openMerging opens what makes two files one.
func (s *Service) openMerging(ctx context.Context) error {
	s.Merges = merging.NewBook(merging.Config{
		DB: s.Records, Residents: s.Residents, Homes: s.Registry, Care: s.Care, Owned: Owned(), Checks: []merging.Check{medicineTwice}, Moving: correcting,
		Judge: joining{s}, Last: s.Journal.Last, Now: time.Now,
	})
	went, err := s.Merges.Went(ctx)
	if err != nil {
		return err
	}
	s.judge.Alias(went)
	return s.readAliases(ctx)
}

// readAliases has the journal's readers read the other name of whoever has one file
// now by the survivor's.
func (s *Service) readAliases(ctx context.Context) error {
	all, err := s.Merges.Aliases(ctx)
	if err != nil {
		return err
	}
	s.decoder.aliases.Store(&all)
	return nil
}

// joining is the judge with the other readers of the journal.
type joining struct{ s *Service }

// Join implements [merging.Judge].
func (j joining) Join(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error {
	if err := j.s.judge.Join(ctx, from, into, with); err != nil {
		return err
	}
	j.s.regrouped(ctx)
	return nil
}

// Part implements [merging.Judge].
func (j joining) Part(ctx context.Context, from, into string, with func(context.Context, bun.Tx) error) error {
	if err := j.s.judge.Part(ctx, from, into, with); err != nil {
		return err
	}
	j.s.regrouped(ctx)
	return nil
}

// regrouped is for after a merge or its undoing, which stand whatever happens here.
func (s *Service) regrouped(ctx context.Context) {
	if err := s.readAliases(context.WithoutCancel(ctx)); err != nil {
		s.log.Error("whose files are one is read at the next start", "error", err)
	}
	select {
	case s.regroup <- struct{}{}:
	default: // it is known already
	}
}

// followMerges has readings follow what was merged and undone, until ctx ends. What
// was under way at a stop goes on here.
func (s *Service) followMerges(ctx context.Context) error {
	const again = time.Minute
	if err := s.Duplicates.CatchUp(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("write what likely duplicates are found by; done by the first search", "error", err)
	}
	for wait := time.Duration(0); ; wait = again {
		select {
		case <-ctx.Done():
			return nil
		case <-s.regroup:
		case <-time.After(wait):
		}
		if err := s.followMergesOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("have readings follow a merge; tried again soon", "error", err)
		}
	}
}

func (s *Service) followMergesOnce(ctx context.Context) error {
	return s.Merges.Readings(ctx, s.Timeline, func(ctx context.Context, seq uint64) error {
		// The merge may be newer than what the readers know. What they decoded before they
		// knew is in the journal up to here.
		if err := s.readAliases(ctx); err != nil {
			return err
		}
		if err := s.attribution.settle(ctx); err != nil {
			return err
		}
		return s.follower(timelineReader).Wait(ctx, max(seq, s.Journal.Last()))
	}, s.mergeFollowed)
}

// mergeFollowed shows and judges two residents by the readings that are theirs now.
func (s *Service) mergeFollowed(ctx context.Context, m merging.Merge) error {
	s.log.Info("the readings have followed a merge", "merge", m.ID, "undone", !m.Holds())
	for _, resident := range []string{m.Survivor, m.Other} {
		s.view.Forget(resident)
	}
	latest, err := s.Timeline.Latest(ctx, time.Time{}, m.Survivor, m.Other)
	if err != nil {
		return err
	}
	s.view.Warm(latest)
	return s.judge.Relearn(ctx, m.Survivor, m.Other)
}

// aliases are residents whose files went into others', with into whose.
type aliases struct {
	atomic.Pointer[map[string]string]
}

// of is in whose file a resident's is now.
func (a *aliases) of(resident string) string {
	if a == nil {
		return resident
	}
	if known := a.Load(); known != nil && (*known)[resident] != "" {
		return (*known)[resident]
	}
	return resident
}

// names are all ids by which a resident is found, the own first.
func (a *aliases) names(resident string) []string {
	all := []string{resident}
	if known := a.Load(); known != nil {
		for other, into := range *known {
			if into == resident {
				all = append(all, other)
			}
		}
		slices.Sort(all[1:])
	}
	return all
}

// read is a report by whose files there are.
func (a *aliases) read(r vitals.Report) vitals.Report {
	known := a.Load()
	if known == nil || len(*known) == 0 || !slices.ContainsFunc(r.Residents, func(id string) bool { return (*known)[id] != "" }) {
		return r
	}
	var whose []string
	for _, id := range r.Residents {
		if into, ok := (*known)[id]; ok {
			id = into
		}
		if !slices.Contains(whose, id) {
			whose = append(whose, id)
		}
	}
	r.Residents = whose
	return r
}
