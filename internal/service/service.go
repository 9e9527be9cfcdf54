package service

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/ingest"
	"github.com/anxin-care/anxin/internal/heartbeat"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/live"
)

// Service is a running Anxin.
type Service struct {
	cfg Config
	log *slog.Logger

	Records   *store.DB
	Residents *records.Residents
	Care      *records.CareBook
	Users     *records.Users
	People    *records.People
	Consents  *records.Consents
	File      *healthfile.Book
	Audit     *audit.Log
	Registry  *devices.Registry
	Journal   *journal.File
	Timeline  timeline.Store
	// Assessments are what residents were assessed by forms.
	Assessments *assessments.Book
	// Erasures erase residents, and prove it.
	Erasures *rights.Erasures

	tombstones *rights.Tombstones // what the readers of the journal pass over
	// Duplicates finds files that are likely of one person.
	Duplicates *duplicates.Book
	// Merges are which files were made one.
	Merges  *merging.Book
	regroup chan struct{} // told when readings are to follow
	// Panels are questions to experts, and their advice; nil in commands.
	Panels *panels.Book

	access     records.Access
	health     *devices.Health
	judge      *alerts.Judge
	rules      *rulebook.Editor
	feed       *alerts.Feed
	policies   *escalation.Policies
	escalation *escalation.Runner
	Reminders  *reminders.Book
	outbox     *reminders.Outbox
	remind     *reminders.Runner
	deliveries *deliveries.Deliveries
	prover     *deliveries.Prover
	drills     *deliveries.Drills
	taps       *deliveries.Taps
	pushKey    string // that browsers subscribe with; "" where Web Push is not set up
	figures    *prometheus.Registry
	pace       pace
	heart      *heartbeat.Heart
	canaryKey  string // what our own canary signs in with at the built-in broker
	view       *live.View
	metrics    *ingest.Metrics
	pipeline   *ingest.Pipeline
	broker     *ingest.Broker
	subscriber *ingest.Subscriber
	api        *api.API
	http       net.Listener
	followers  []*journal.Follower
	decoder    decoder
	// attribution says whose the journal's entries are known to be.
	attribution attribution
	stalled     atomic.Int64  // since when the journal cannot be written, in Unix milliseconds; 0 when it can
	ways        *channels.Set // to people; nil in commands
	closers     []func() error
}

// Open opens the stores and the ports. Nothing runs before [Service.Run]. What
// it returns is to be closed.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (s *Service, err error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	s = &Service{cfg: cfg, log: log, figures: prometheus.NewRegistry(), regroup: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	steps := []func(context.Context) error{s.lockFolder, s.openStores, s.openAlerts, s.openMerging, s.openReminders, s.openPanels, s.openTelling, s.openErasures, s.openPipeline, s.openBroker, s.openHTTP}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

// Close closes what Open opened. Run must have returned.
func (s *Service) Close() error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i]())
	}
	s.closers = nil
	return errors.Join(errs...)
}

func (s *Service) lockFolder(context.Context) error {
	release, err := LockFolder(s.cfg.DataDir)
	if err == nil {
		s.closeLater(release)
	}
	return err
}

func (s *Service) closeLater(f func() error) { s.closers = append(s.closers, f) }
