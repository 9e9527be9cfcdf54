package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/medication"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/ingest"
	"github.com/anxin-care/anxin/internal/heartbeat"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/timeline/live"
	"github.com/anxin-care/anxin/vitals"
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

// OpenRecords opens what the commands need that add residents, devices and
// users, beside a service that may be running.
func OpenRecords(ctx context.Context, cfg Config, log *slog.Logger) (*Service, error) {
	s := &Service{cfg: cfg, log: log}
	if err := s.openRecords(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Service) openRecords(ctx context.Context) error {
	db, err := store.Open(ctx, store.Config{Dir: s.cfg.DataDir, URL: s.cfg.DatabaseURL})
	if err != nil {
		return err
	}
	s.Records = db
	s.closeLater(db.Close)
	if s.Registry, err = devices.OpenRegistry(ctx, db, s.log); err != nil {
		return err
	}
	s.tombstones = &rights.Tombstones{}
	if err := s.tombstones.Read(ctx, db); err != nil {
		return err
	}
	s.decoder.gone = s.tombstones
	s.Residents = records.NewResidents(db, s.Registry)
	s.Duplicates = duplicates.NewBook(db, time.Now)
	s.Care = records.NewCareBook(db, careWords{s}, time.Now)
	s.Users = records.NewUsers(db, records.StaffIdle(s.cfg.StaffIdle))
	ways, err := s.cfg.channels()
	if err != nil {
		return err
	}
	s.People = records.NewPeople(db, addressBook{s.Registry, channels.NewForms(ways)}, time.Now)
	s.Audit = audit.NewLog(db, time.Now)
	s.Consents = records.NewConsents(db, time.Now)
	shelf, err := papers.Open(filepath.Join(s.cfg.DataDir, "papers"))
	if err != nil {
		return err
	}
	s.File = healthfile.NewBook(db, shelf, time.Now)
	s.access = records.NewAccess(db, s.Audit, time.Now)
	s.outbox = reminders.NewOutbox(db, time.Now)
	s.Reminders = reminders.NewBook(db, reminded{s}, s.outbox, time.Now)
	s.File.Feeds(medication.New(s.Reminders))
	library, err := s.cfg.library()
	if err != nil {
		return err
	}
	s.Assessments = assessments.NewBook(db, library, s.Residents, time.Now)
	return nil
}

func (s *Service) openStores(ctx context.Context) (err error) {
	if err := s.openRecords(ctx); err != nil {
		return err
	}
	if s.health, err = devices.OpenHealth(ctx, s.Records); err != nil {
		return err
	}
	if s.Journal, err = journal.Open(ctx, s.cfg.DataDir, journal.WithReaders(timelineReader, devicesReader, alertsReader, remindersReader)); err != nil {
		return err
	}
	s.closeLater(s.Journal.Close)
	return s.OpenTimeline(ctx)
}

// OpenTimeline opens the timeline, also for a command beside a service that is
// running, which [OpenRecords] has given.
func (s *Service) OpenTimeline(ctx context.Context) (err error) {
	if s.cfg.InfluxURL != "" {
		s.Timeline, err = timeline.OpenInflux(ctx, timeline.InfluxConfig{
			URL: s.cfg.InfluxURL, Token: s.cfg.InfluxToken, Org: s.cfg.InfluxOrg, Bucket: s.cfg.InfluxBucket,
		})
	} else {
		s.Timeline, err = timeline.OpenSQL(ctx, s.cfg.DataDir)
	}
	if err != nil {
		return err
	}
	s.closeLater(s.Timeline.Close)
	return nil
}

func (s *Service) openPipeline(ctx context.Context) error {
	bindings, err := s.cfg.bindings()
	if err != nil {
		return err
	}
	router, err := codec.NewRouter(codec.All(), bindings)
	if err != nil {
		return err
	}
	s.view = live.NewView()
	registry := s.figures
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.metrics = ingest.NewMetrics(registry, s.Journal.Counts)
	s.pipeline = ingest.New(router, s.Registry, s.Journal, s.lookUp, s.health, s.view, s.metrics, ingest.DefaultLimits(), s.log)
	if err := s.remember(ctx); err != nil {
		return err
	}
	s.attribution.aliases = &s.decoder.aliases
	if err := s.knowCorrections(ctx); err != nil {
		return err
	}
	s.followers = []*journal.Follower{
		journal.NewFollower(timelineReader, s.Journal, timelineBatch, s.timelinePace(), s.log),
		journal.NewFollower(liveReader, s.Journal, timelineBatch, 0, s.log),
		journal.NewFollower(devicesReader, s.Journal, timelineBatch, 0, s.log),
		journal.NewFollower(alertsReader, s.Journal, timelineBatch, 0, s.log),
		journal.NewFollower(remindersReader, s.Journal, timelineBatch, remindersEvery, s.log),
	}
	s.heart = heartbeat.New(s.cfg.HeartbeatURL, s.log, time.Now, s.parts()...)
	registry.MustRegister(newLag(s.followers), s.heart)

	var filters []string
	if s.cfg.MQTTURL != "" {
		filters = router.Filters()
		s.subscriber, err = ingest.NewSubscriber(ingest.SubscriberConfig{
			URL: s.cfg.MQTTURL, ClientID: s.cfg.MQTTClientID, Share: s.cfg.MQTTShare, Filters: filters, Deafened: s.judge.Deafened, Replies: s.replied,
		}, s.pipeline, s.log)
		if err != nil {
			return err
		}
	}
	proxies, err := networks("trusted-proxies", s.cfg.Proxies)
	if err != nil {
		return err
	}
	s.api = api.New(api.Config{
		Residents: s.Residents, Care: s.Care, Users: s.Users, People: s.People, Consents: s.Consents, File: s.File, Audit: s.Audit, Access: s.access, Devices: s.Registry, Health: s.health, Timeline: s.Timeline,
		Duplicates: s.Duplicates, Merges: s.Merges, Survivor: s.decoder.aliases.of,
		Live: s.view, Journal: s.Journal, Alerts: alerts.NewAlerts(s.Records), Judge: s.judge, Comments: alerts.NewComments(s.Records, s.feed), Scenes: alerts.NewScenes(s.Records, s.feed, time.Now), Policies: s.policies, Escalation: s.escalation, Deliveries: deliveries.NewBook(s.Records), Tester: s.deliveries, Reach: s.prover, Drills: s.drills, Feed: s.feed, Rules: s.rules, Trials: s.Trials(), Reminders: s.Reminders, ReminderCheck: s.ReminderCheck(), Assessments: s.Assessments, Weeks: s.gatherer(), Rights: rightsDesk{s}, Panels: s.Panels,
		Metrics: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		Ready:   s.ready, Letters: s.letters(), PublicURL: s.cfg.PublicURL, SecureCookies: s.cfg.SecureCookies, Proxies: proxies, Version: Version(), Log: s.log, Now: time.Now,
	})
	return s.addPages()
}

// lookUp asks the timeline which readings it has, once it has all that the
// journal has. It is an error at once while the timeline takes nothing: who asks
// is a sender, and behind an external broker all devices are one sender.
func (s *Service) lookUp(ctx context.Context, readings []vitals.Reading) ([]bool, error) {
	if err := s.followers[0].Wait(ctx, s.Journal.Last()); err != nil {
		return nil, err
	}
	return s.Timeline.Has(ctx, readings)
}

// remembered is how many entries the pipeline learns from after a start: what
// it must know to tell duplicates.
const remembered = 500_000

// remember fills the pipeline's memory of duplicates from the journal.
func (s *Service) remember(ctx context.Context) error {
	last := s.Journal.Last()
	after := last - min(last, remembered)
	complete := after == 0
	for {
		entries, err := s.Journal.Read(ctx, after, timelineBatch)
		if err != nil {
			return fmt.Errorf("read back the journal: %w", err)
		}
		if len(entries) == 0 {
			return nil
		}
		complete = complete && entries[0].Seq == after+1
		reports, err := s.decoder.decode(entries)
		if err != nil {
			return fmt.Errorf("read back the journal: %w", err)
		}
		s.pipeline.Remember(reports, complete)
		after = entries[len(entries)-1].Seq
	}
}

func (s *Service) openBroker(context.Context) error {
	if s.cfg.MQTTURL != "" {
		return nil
	}
	tlsConfig, err := s.cfg.brokerTLS()
	if err != nil {
		return err
	}
	authenticate := func(login, password string) (ingest.Grant, error) {
		switch login {
		case apiLogin:
			return s.listen(password)
		case canaryLogin:
			return s.letCanaryIn(password)
		}
		return s.Registry.Authenticate(login, password)
	}
	s.canaryKey = rand.Text()
	s.broker, err = ingest.NewBroker(ingest.BrokerConfig{
		Addr: s.cfg.MQTTAddr, WebSocketAddr: s.cfg.MQTTWebSocketAddr, TLS: tlsConfig,
		MaxConnections: s.cfg.MaxConnections, MaxPayload: s.cfg.MaxPayload, MaxInFlight: s.cfg.MaxInFlight,
		Replies: s.replied,
	}, authenticate, s.pipeline, s.metrics, s.log)
	return err
}

func (s *Service) openHTTP(ctx context.Context) (err error) {
	var listen net.ListenConfig
	if s.http, err = listen.Listen(ctx, "tcp", s.cfg.HTTPAddr); err != nil {
		return fmt.Errorf("listen for HTTP: %w", err)
	}
	return nil
}

// HTTPAddr is the address of the dashboard and the API.
func (s *Service) HTTPAddr() string { return s.http.Addr().String() }

// MQTTAddrs are the addresses of the built-in broker, TCP first; none when the
// broker is an external one.
func (s *Service) MQTTAddrs() (addrs []string) {
	if s.broker != nil {
		for _, a := range s.broker.Addrs() {
			addrs = append(addrs, a.String())
		}
	}
	return addrs
}

// ready says why readings cannot be taken in, nil when they can.
func (s *Service) ready() error {
	switch {
	case s.metrics.Stalled():
		return errors.New("the journal cannot be written: nothing is acknowledged until it can")
	case s.subscriber != nil && !s.subscriber.Connected():
		return errors.New("not subscribed at the external MQTT broker")
	}
	return nil
}

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
