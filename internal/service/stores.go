package service

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/anxin-care/anxin/alerts/channels"
	"github.com/anxin-care/anxin/alerts/medication"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/duplicates"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/healthfile/papers"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
)

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
