package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/journal"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/assessments"
	"github.com/anxin-care/anxin/records/audit"
	"github.com/anxin-care/anxin/records/healthfile"
	"github.com/anxin-care/anxin/records/merging"
	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/records/rights"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// holdings are what the packages hold of residents, in the order in which it can go.
func (s *Service) holdings() []store.Holdings {
	return []store.Holdings{
		rulebook.Holdings(), deliveries.Holdings(), escalation.Holdings(), alerts.Holdings(), reminders.Holdings(), assessments.Holdings(), healthfile.Holdings(), panels.Holdings(),
		s.Registry.Holdings(), records.Holdings(), audit.Holdings(), rights.Holdings(),
	}
}

// AskErasures is for a command beside a running service: what it asks for, that one
// carries out.
func (s *Service) AskErasures() *rights.Erasures {
	return rights.New(rights.Config{
		DB: s.Records, Books: s.holdings(), Hindered: s.hindered, Sources: s.sources, Tombstones: s.tombstones, Log: s.log, Now: time.Now,
	})
}

func (s *Service) openErasures(context.Context) error {
	s.Erasures = rights.New(rights.Config{
		DB: s.Records, Books: s.holdings(), Hindered: s.hindered, Sources: s.sources, Tombstones: s.tombstones, Log: s.log, Now: time.Now,
		Stores: []rights.Store{papersPlace{s}, journalPlace{s}, timelinePlace{s}, livePlace{s}}, Judge: s.judge,
		Erased: func(ctx context.Context, _ string) { s.Registry.Changed(ctx) },
	})
	return nil
}

// hindered says why a resident is not erased now. Who wears a device goes on sending
// readings, which nobody would own. While a critical alert is open somebody may be
// lying on the floor: to erase it would end the telling.
func (s *Service) hindered(ctx context.Context, resident string) error {
	worn, err := s.Registry.WornBy(ctx, resident)
	if err != nil {
		return err
	}
	for _, w := range worn {
		if w.To.IsZero() {
			return &store.Fault{
				Kind: store.ErrConflict, Code: rights.CodeWears, Entity: "resident", ID: resident,
				Detail: fmt.Sprintf("wears device %s: have it given back first", w.Device), Params: map[string]string{"device": w.Device},
			}
		}
	}
	open, err := alerts.NewAlerts(s.Records).List(ctx, alerts.Query{Residents: []string{resident}, Open: true, Severity: rules.Critical, Limit: 1})
	if err != nil {
		return err
	}
	if len(open) > 0 {
		return &store.Fault{
			Kind: store.ErrConflict, Code: rights.CodeCritical, Entity: "resident", ID: resident,
			Detail: fmt.Sprintf("critical alert %s is open: see to it and close it first", open[0].ID), Params: map[string]string{"alert": open[0].ID},
		}
	}
	joining, err := merging.UnderWay(ctx, s.Records, resident)
	if err != nil {
		return err
	}
	correcting, err := devices.Correcting(ctx, s.Records, resident)
	if err != nil {
		return err
	}
	if joining || correcting {
		return &store.Fault{
			Kind: store.ErrConflict, Code: rights.CodeMoving, Entity: "resident", ID: resident,
			Detail: "readings are on their way to or from somebody else, because files were made one or two, or who wore a device was corrected: try again in a while",
		}
	}
	return nil
}

func (s *Service) sources(ctx context.Context, resident string) (all []rights.Source, err error) {
	theirs, err := s.Registry.TheirsAlone(ctx, resident)
	if err != nil {
		return nil, err
	}
	for _, d := range theirs {
		all = append(all, rights.Source{Codec: d.Codec, Name: d.External})
		if d.Codec != devices.Native { // it may have sent something by our own topics, too
			all = append(all, rights.Source{Codec: devices.Native, Name: d.ID})
		}
	}
	return all, nil
}

// papersPlace is the shelf of documents and photos.
type papersPlace struct{ s *Service }

func (papersPlace) Name() string { return "papers" }

func (p papersPlace) Count(ctx context.Context, resident string, _ []rights.Source) ([]rights.Count, error) {
	n, err := p.s.File.CountPapers(ctx, resident)
	return []rights.Count{{What: "documents", N: n}}, err
}

func (p papersPlace) Erase(ctx context.Context, resident string, _ []rights.Source) error {
	return p.s.File.ErasePapers(ctx, resident)
}

// journalPlace is the log, out of whose entries the resident is taken, and the shelf of
// messages that nobody has read.
type journalPlace struct{ s *Service }

func (journalPlace) Name() string { return "journal" }

func naming(resident string) journal.Redaction {
	return journal.Redaction{Mark: []byte(resident), Change: func(body []byte) ([]byte, bool, error) { return rights.Redact(body, resident) }}
}

func (p journalPlace) Count(ctx context.Context, resident string, sources []rights.Source) ([]rights.Count, error) {
	entries, err := p.s.Journal.CountMarked(ctx, naming(resident))
	if err != nil {
		return nil, err
	}
	var messages int64
	for _, from := range sources {
		n, err := p.s.Journal.CountShelved(ctx, from.Codec, from.Name)
		if err != nil {
			return nil, err
		}
		messages += int64(n)
	}
	return []rights.Count{{What: "entries", N: int64(entries)}, {What: "messages", N: messages}}, nil
}

func (p journalPlace) Erase(ctx context.Context, resident string, sources []rights.Source) error {
	for _, from := range sources {
		if _, err := p.s.Journal.Forget(ctx, from.Codec, from.Name); err != nil {
			return err
		}
	}
	_, err := p.s.Journal.Redact(ctx, naming(resident))
	return err
}

// timelinePlace is the timeline, SQL or InfluxDB.
type timelinePlace struct{ s *Service }

func (timelinePlace) Name() string { return "timeline" }

// allOf asks for all readings of a metric.
func allOf(resident string, m vitals.Metric) timeline.Query {
	return timeline.Query{Resident: resident, Metric: m, From: time.Unix(0, 0).UTC(), To: time.Now().Add(24 * time.Hour).UTC()}
}

// month is a window that roll-ups answer in.
const month = 30 * 24 * time.Hour

func (p timelinePlace) Count(ctx context.Context, resident string, _ []rights.Source) ([]rights.Count, error) {
	var readings, rolled int64
	for _, m := range vitals.Metrics() {
		var fit int64
		for r, err := range p.s.Timeline.Range(ctx, allOf(resident, m)) {
			if err != nil {
				return nil, err
			}
			readings++
			if !r.Marks.Unfit() {
				fit++
			}
		}
		// What the windows count beside those are roll-ups of readings that are gone.
		points, err := p.s.Timeline.Aggregate(ctx, allOf(resident, m), month, timeline.Count)
		if err != nil {
			return nil, err
		}
		for _, point := range points {
			rolled += int64(point.Number)
		}
		rolled -= fit
	}
	return []rights.Count{{What: "readings", N: readings}, {What: "readings rolled up", N: max(0, rolled)}}, nil
}

// passWithin is how long an erasure waits until the timeline has what was read of the
// journal before the tombstone: afterwards it is tried again.
const passWithin = 20 * time.Second

func (p timelinePlace) Erase(ctx context.Context, resident string, _ []rights.Source) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	if len(p.s.followers) > 0 {
		waiting, stop := context.WithTimeout(ctx, passWithin)
		defer stop()
		if err := p.s.follower(timelineReader).Wait(waiting, p.s.Journal.Last()); err != nil {
			return fmt.Errorf("wait until it has what was sent so far: %w", err)
		}
	}
	return p.s.Timeline.DeleteResident(ctx, resident)
}

// livePlace is what is shown from memory.
type livePlace struct{ s *Service }

func (livePlace) Name() string { return "live" }

func (p livePlace) Count(_ context.Context, resident string, _ []rights.Source) ([]rights.Count, error) {
	var n int64
	if p.s.view != nil {
		n = int64(len(p.s.view.Latest(resident)))
	}
	return []rights.Count{{What: "newest readings", N: n}}, nil
}

func (p livePlace) Erase(ctx context.Context, resident string, _ []rights.Source) error {
	if p.s.view != nil {
		// What was read before the tombstone is shown no later than now.
		if err := p.s.attribution.settle(ctx); err != nil {
			return err
		}
		p.s.view.Forget(resident)
	}
	return nil
}

// OpenEraser opens what a command needs to ask for an erasure. Where a service runs on
// the folder, alone is false, and that one carries it out; so it is where the records are
// in PostgreSQL and this folder has no journal, which is elsewhere then. Else the command
// does, by [rights.Erasures.CarryOut], and no service starts meanwhile.
func OpenEraser(ctx context.Context, cfg Config, log *slog.Logger) (s *Service, alone bool, err error) {
	s = &Service{cfg: cfg, log: log}
	defer func() {
		if err != nil {
			s, err = nil, errors.Join(err, s.Close())
		}
	}()
	_, missing := os.Stat(filepath.Join(cfg.DataDir, "journal.db"))
	if missing == nil || cfg.DatabaseURL == "" {
		switch err := s.lockFolder(ctx); {
		case err == nil:
			alone = true
		case !errors.Is(err, errInUse):
			return s, false, err
		}
	}
	if !alone {
		if err := s.openRecords(ctx); err != nil {
			return s, false, err
		}
		s.Erasures = s.AskErasures()
		return s, false, nil
	}
	for _, step := range []func(context.Context) error{s.openStores, s.openAlerts, s.openErasures} {
		if err := step(ctx); err != nil {
			return s, true, err
		}
	}
	return s, true, nil
}
