package service

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/journal"
)

// Bounds of the shelf, for what is held and for what is quarantined each. A
// million messages of a million unknown devices fit; one device cannot take the
// room of the others.
const (
	shelfMessages       = 2_000_000
	shelfBytes          = 2 << 30
	shelfDeviceMessages = 10_000
	shelfDeviceBytes    = 64 << 20
)

// tidyEvery is short because the shelf grows meanwhile as fast as its disk takes
// what one device sends.
const tidyEvery = 10 * time.Second

// keepHouse does what must be done now and then, until ctx ends.
func (s *Service) keepHouse(ctx context.Context) error {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	var retained, audited, swept time.Time
	for {
		if err := s.tidy(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("tidy up the journal", "error", err)
		}
		if s.cfg.Retention > 0 && time.Since(retained) > time.Hour {
			if err := s.Timeline.Retain(ctx, time.Now().Add(-s.cfg.Retention)); err != nil && ctx.Err() == nil {
				s.log.Warn("roll up old readings", "error", err)
			}
			retained = time.Now()
		}
		if err := s.File.FollowUp(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("have reminders follow medicines", "error", err)
		}
		if time.Since(audited) > 24*time.Hour {
			if err := s.tidyAudit(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("tidy up the audit", "error", err)
			}
			if err := s.tidyTelling(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("tidy up who was told", "error", err)
			}
			audited = time.Now()
		}
		if time.Since(swept) > time.Hour {
			if _, err := s.File.Sweep(ctx); err != nil && ctx.Err() == nil {
				s.log.Warn("remove papers that no file refers to", "error", err)
			}
			swept = time.Now()
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// tidyTelling takes out what was kept long enough of who was told what.
func (s *Service) tidyTelling(ctx context.Context) error {
	if s.cfg.TellingKeep == 0 {
		return nil
	}
	gone, err := deliveries.NewBook(s.Records).Prune(ctx, time.Now().Add(-s.cfg.TellingKeep))
	if gone > 0 {
		s.log.Info("deliveries were kept long enough and are gone", "deliveries", gone)
	}
	return err
}

// tidyAudit takes out what the audit has kept long enough, and says where it
// stands: whoever makes the chain anew cannot do so in the log, too.
func (s *Service) tidyAudit(ctx context.Context) error {
	var gone int64
	var err error
	if s.cfg.AuditKeep > 0 {
		gone, err = s.Audit.Prune(ctx, time.Now().Add(-s.cfg.AuditKeep))
	}
	if gone > 0 {
		s.log.Info("entries of the audit were kept long enough and are gone", "entries", gone)
	}
	seq, hash, errLast := s.Audit.Last(ctx)
	if errLast == nil && seq > 0 {
		s.log.Info("the audit stands here: anxin audit verify --holds checks that it still goes through this hash", "entry", seq, "sha256", hash)
	}
	return errors.Join(err, errLast)
}

// tidy trims the journal last, for that also gives the room of what expired back.
func (s *Service) tidy(ctx context.Context) error {
	limits := journal.Limits{
		Messages: shelfMessages, Bytes: shelfBytes, DeviceMessages: shelfDeviceMessages, DeviceBytes: shelfDeviceBytes,
	}
	quarantined, errQuarantined := s.Journal.Expire(ctx, journal.Quarantined, limits)
	if quarantined > 0 {
		s.log.Warn("messages in quarantine were given up, the oldest first: there were too many", "messages", quarantined)
	}
	limits.Since = time.Now().Add(-s.cfg.HeldKeep)
	held, errHeld := s.Journal.Expire(ctx, journal.Held, limits)
	if held > 0 {
		s.log.Warn("messages of unknown devices were given up: too many, or too old", "messages", held)
	}
	_, errTrim := s.Journal.Trim(ctx, time.Now().Add(-s.cfg.JournalKeep))
	return errors.Join(errQuarantined, errHeld, errTrim)
}

// lag tells how far each of the journal's readers is behind.
type lag struct {
	followers []*journal.Follower
	entries   *prometheus.Desc
	stuck     *prometheus.Desc
}

func newLag(followers []*journal.Follower) *lag {
	return &lag{
		followers: followers,
		entries:   prometheus.NewDesc("anxin_journal_lag_entries", "Entries that a reader of the journal has still before it.", []string{"reader"}, nil),
		stuck:     prometheus.NewDesc("anxin_journal_reader_failing", "1 while a reader of the journal cannot do its work.", []string{"reader"}, nil),
	}
}

func (l *lag) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(l, ch) }

func (l *lag) Collect(ch chan<- prometheus.Metric) {
	for _, f := range l.followers {
		stuck := 0.0
		if f.Stuck() {
			stuck = 1
		}
		ch <- prometheus.MustNewConstMetric(l.entries, prometheus.GaugeValue, float64(f.Lag()), f.Name())
		ch <- prometheus.MustNewConstMetric(l.stuck, prometheus.GaugeValue, stuck, f.Name())
	}
}

// Version is the version of the module, or of the commit, that this program was
// built from.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	return info.Main.Version
}
