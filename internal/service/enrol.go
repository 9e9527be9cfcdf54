package service

import (
	"context"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
)

// careWords checks what is said of residents by the rules there are.
type careWords struct{ s *Service }

// CheckCare implements [records.Vocabulary].
func (w careWords) CheckCare(c records.Care) ([]store.Field, error) {
	if w.s.rules != nil {
		return alerts.CheckCare(c, w.s.rules.Current().Set.Rules())
	}
	book, err := Rulebook(w.s.Records, w.s.cfg)
	if err != nil {
		return nil, err
	}
	now, err := book.Read(context.Background())
	if err != nil {
		return nil, err
	}
	return alerts.CheckCare(c, now.Set.Rules())
}

// enrolled is what the judge was told last of who the residents are: the
// versions of the tables, and when.
type enrolled struct {
	registry, care int64
	at             time.Time
}

// enrolAnyway is after how long the residents are looked at though no table says
// that it has changed: for situations that are long over, and for a database that
// was put back to what it was.
const enrolAnyway = 5 * time.Minute

// enrolResidents tells the judge who the residents are and which devices are
// theirs, unless it was told and
// nothing has changed since, here or in another process.
func (s *Service) enrolResidents(ctx context.Context, last enrolled, now time.Time) (enrolled, error) {
	care, err := s.Care.Version(ctx)
	if err != nil {
		return last, err
	}
	next := enrolled{registry: s.Registry.Version(), care: care, at: now}
	if last.registry == next.registry && last.care == next.care && now.Sub(last.at) < enrolAnyway {
		return last, nil
	}
	profiles, err := s.profiles(ctx, now)
	if err != nil {
		return last, err
	}
	told, err := s.judge.Enrol(ctx, profiles)
	if err != nil || !told {
		return last, err
	}
	equipment, err := s.equipment(ctx, profiles)
	if err != nil {
		return last, err
	}
	if told, err = s.judge.Equip(ctx, equipment); err != nil || !told {
		return last, err
	}
	return next, nil
}

// profiles are what the engine is told of all residents.
func (s *Service) profiles(ctx context.Context, now time.Time) (map[string]alerts.Profile, error) {
	residents, err := s.Residents.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, err
	}
	cares, err := s.Care.Cares(ctx)
	if err != nil {
		return nil, err
	}
	since, err := s.Care.SituationsSince(ctx, now.Add(-alerts.Remembered))
	if err != nil {
		return nil, fmt.Errorf("what residents are in: %w", err)
	}
	situations := map[string][]records.Situation{}
	for _, one := range since {
		situations[one.Resident] = append(situations[one.Resident], one)
	}
	// Who withdrew the consent to be watched over is judged by nothing.
	unwatched, err := s.Consents.Unwatched(ctx)
	if err != nil {
		return nil, err
	}
	profiles := make(map[string]alerts.Profile, len(residents))
	for _, r := range residents {
		p := alerts.ProfileOf(r, cares[r.ID].Care, situations[r.ID])
		p.Unwatched = unwatched[r.ID]
		profiles[r.ID] = p
	}
	return profiles, nil
}
