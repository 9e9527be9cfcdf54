package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/ingest"
)

// Run runs everything until ctx ends, then stops it in order: first the doors,
// then the pipeline, then the readers.
func (s *Service) Run(ctx context.Context) error {
	asked := ctx
	g, ctx := errgroup.WithContext(ctx)
	// What a part could not do any more because it is asked to stop is no failure.
	part := func(run func(context.Context) error) {
		g.Go(func() error {
			err := run(ctx)
			if err != nil && asked.Err() != nil {
				s.log.Debug("stopped in the middle of something", "error", err)
				return nil
			}
			return err
		})
	}
	// The pipeline outlives the broker, so that what was taken in is committed.
	taking, stopTaking := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTaking()
	doors, doorsCtx := errgroup.WithContext(ctx)
	if s.broker != nil {
		doors.Go(func() error { return s.broker.Run(doorsCtx) })
	}
	if s.subscriber != nil {
		doors.Go(func() error { return s.subscriber.Run(doorsCtx) })
	}
	doors.Go(func() error { return ingest.NewReplayer(s.Journal, s.Registry, s.pipeline, s.log).Run(doorsCtx) })
	g.Go(func() error {
		defer stopTaking()
		return doors.Wait()
	})
	g.Go(func() error { return s.pipeline.Run(taking) })
	part(s.Registry.Run)
	part(s.follow)
	part(s.judgeCare)
	part(s.keepEvidence)
	part(s.carryOutCorrections)
	part(s.remindPeople)
	part(s.announce)
	part(s.escalation.Run)
	part(s.watchHolders)
	part(s.retell)
	part(s.deliveries.Run)
	part(s.prover.Run)
	part(s.tellOfEmergencies)
	part(s.Erasures.Run)
	part(s.tellWeeks)
	part(s.Panels.Run)
	part(s.tellPanels)
	part(s.heart.Run)
	part(s.followMerges)
	part(s.keepHouse)
	part(s.serveHTTP)
	return g.Wait()
}

func (s *Service) serveHTTP(ctx context.Context) error {
	server := &http.Server{
		Handler: s.api, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		<-ctx.Done()
		s.api.Stop()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	}()
	if err := server.Serve(s.http); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve HTTP: %w", err)
	}
	<-stopped
	return nil
}
