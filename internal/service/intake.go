package service

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/api"
	"github.com/anxin-care/anxin/devices/codec"
	"github.com/anxin-care/anxin/ingest"
	"github.com/anxin-care/anxin/internal/heartbeat"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/timeline/live"
	"github.com/anxin-care/anxin/vitals"
)

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
