package service

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/timeline"
)

// follow runs the journal's readers. None waits for what another needs. One that
// can never go on ends the service: without it nobody would see that readings
// come and go nowhere.
func (s *Service) follow(ctx context.Context) error {
	g, reading := errgroup.WithContext(ctx) // which ends with the first of them
	g.Go(func() error { return s.followToTimeline(reading) })
	g.Go(func() error { return s.followToView(reading) })
	g.Go(func() error { return s.followToHealth(reading) })
	return g.Wait()
}

// flushWithin bounds what a stop waits for the last write of the devices' health.
const flushWithin = 5 * time.Second

func (s *Service) followToHealth(ctx context.Context) error {
	cursor, err := s.health.Cursor(ctx)
	if err != nil {
		return err
	}
	err = s.followers[2].Run(ctx, cursor, toHealth(&s.decoder, s.health))
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
	defer stop()
	if err := s.health.Flush(last, s.followers[2].Passed()); err != nil {
		s.log.Warn("what was heard of devices last is read again at the next start", "error", err)
	}
	return err
}

func (s *Service) followToTimeline(ctx context.Context) error {
	cursor, err := s.timelineCursor(ctx, s.followers[0].CannotBegin)
	if err != nil || ctx.Err() != nil {
		return err
	}
	return s.followers[0].Run(ctx, cursor, toTimeline(&s.decoder, &s.attribution, s.Timeline))
}

// answerWithin is how long the dashboards wait for the timeline before they
// start with what the journal has.
const answerWithin = 5 * time.Second

// followToView shows what is live: the journal from where the timeline is, which
// knows all before. When the timeline does not answer it is the journal alone at
// first, and the rest once the timeline is there.
func (s *Service) followToView(ctx context.Context) error {
	last := s.Journal.Last()
	asking, stop := context.WithTimeout(ctx, answerWithin)
	cursor, err := s.Timeline.Cursor(asking)
	stop()
	if err == nil {
		s.warm(ctx)
		return s.followers[1].Run(ctx, min(cursor, last), toView(&s.decoder, &s.attribution, s.view))
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		_, err := s.timelineCursor(ctx, func() {})
		if err == nil && ctx.Err() == nil {
			s.warm(ctx)
		}
		return err
	})
	g.Go(func() error {
		return s.followers[1].Run(ctx, last-min(last, remembered), toView(&s.decoder, &s.attribution, s.view))
	})
	return g.Wait()
}

// warm fills the dashboards with what the timeline had last.
func (s *Service) warm(ctx context.Context) {
	latest, err := s.Timeline.Latest(ctx, time.Time{})
	if err != nil && ctx.Err() == nil {
		s.log.Warn("the dashboards start empty", "error", err)
	}
	s.view.Warm(latest)
}

// timelineCursor waits for a timeline that cannot be reached yet; failing is
// called each time that it was not.
func (s *Service) timelineCursor(ctx context.Context, failing func()) (uint64, error) {
	for {
		cursor, err := s.Timeline.Cursor(ctx)
		if err == nil || !errors.Is(err, timeline.ErrUnavailable) {
			return cursor, err
		}
		failing()
		s.log.Warn("the timeline cannot be reached; readings wait in the journal", "error", err)
		select {
		case <-ctx.Done():
			return 0, nil
		case <-time.After(2 * time.Second):
		}
	}
}
