package deliveries

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

const (
	// WorkedWithin is how long a channel that worked counts as one that works, unless
	// the operator says otherwise.
	WorkedWithin = 30 * 24 * time.Hour
	// gapLasts is how long a gap may last before the staff is told: whoever takes a
	// resident in needs some minutes to say who is told.
	gapLasts = 10 * time.Minute
	// provesEvery is how often it is looked whether everybody can be reached for.
	provesEvery = time.Minute
)

// Proof is whether anybody can be told of a resident's alerts of one severity.
type Proof struct {
	Severity rules.Severity
	// Contact is the first person who can, Channel over what, and WorkedAt when that
	// last worked; "" when there is nobody.
	Contact, Channel string
	Kind             Kind
	WorkedAt         time.Time
	// Untried are the persons with a channel for it that has not worked lately: a
	// test message to one of them may close the gap.
	Untried []string
}

// Reached reports whether there is somebody.
func (p *Proof) Reached() bool { return p.Contact != "" }

// Prove looks, for each severity, mildest first, for a person other than the
// resident with a channel that worked within a span before now and did not fail
// since.
func Prove(people []Contact, now time.Time, within time.Duration) []Proof {
	proofs := make([]Proof, 0, rules.Critical)
	for severity := rules.Info; severity <= rules.Critical; severity++ {
		p := Proof{Severity: severity}
		for i := range people {
			c := &people[i]
			if c.Relation == Resident || severity < c.From {
				continue
			}
			ch, ok := c.proven(severity, now.Add(-within))
			switch {
			case ok && !p.Reached():
				p.Contact, p.Channel, p.Kind, p.WorkedAt = c.ID, ch.ID, ch.Kind, ch.WorkedAt
			case !ok && ch.ID != "":
				p.Untried = append(p.Untried, c.ID)
			}
		}
		proofs = append(proofs, p)
	}
	return proofs
}

// proven is the first channel for a severity that has worked since; without one, the
// first that there is.
func (c *Contact) proven(severity rules.Severity, since time.Time) (found Channel, ok bool) {
	for _, ch := range c.Channels {
		if severity < ch.From {
			continue
		}
		if !ch.broken() && ch.WorkedAt.After(since) {
			return ch, true
		}
		if found.ID == "" {
			found = ch
		}
	}
	return found, false
}

// Circles knows who is around residents.
type Circles interface {
	// Around returns who would be told of an alert of each of the residents, or of all
	// of them when none is named, nearest first: care team, whoever is on duty, the
	// team and its supervisor.
	Around(ctx context.Context, db bun.IDB, at time.Time, residents ...string) (map[string][]Contact, error)
}

// Gap is that of some residents nobody can be told, and has been so for a while.
type Gap struct {
	// ID is the same each time that the same is told of.
	ID string
	// Severity is the gravest of the alerts that nobody can be told of.
	Severity rules.Severity
	Since    time.Time
}

// Alarm tells the service's staff of a gap. Both may be told again of the same.
type Alarm interface {
	// Raise tells of a gap, or that it has become graver.
	Raise(ctx context.Context, g Gap) error
	// Lower tells that there is none any more.
	Lower(ctx context.Context) error
}

// Prover looks whether somebody can be told of each resident's alerts, before there
// is one.
type Prover struct {
	db      *store.DB
	circles Circles
	alarm   Alarm
	within  time.Duration
	log     *slog.Logger
	now     func() time.Time
}

// NewProver returns a prover; within is how long a channel that worked counts,
// usually [WorkedWithin].
func NewProver(db *store.DB, circles Circles, alarm Alarm, within time.Duration, log *slog.Logger, now func() time.Time) *Prover {
	return &Prover{db: db, circles: circles, alarm: alarm, within: within, log: log, now: now}
}

// Of proves it for one resident, now.
func (p *Prover) Of(ctx context.Context, resident string) ([]Proof, error) {
	around, err := p.circles.Around(ctx, p.db, p.now(), resident)
	if err != nil {
		return nil, fmt.Errorf("prove who is reached for resident %s: %w", resident, err)
	}
	return Prove(around[resident], p.now(), p.within), nil
}

// Gaps are the residents of whom nobody could be told of some alerts at the last look,
// by id, with the gravest severity that it is so for.
func (p *Prover) Gaps(ctx context.Context) (map[string]rules.Severity, error) {
	var rows []gapRow
	if err := p.db.NewSelect().Model(&rows).Where("resident <> ''").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read of whom nobody can be told: %w", err)
	}
	gaps := make(map[string]rules.Severity, len(rows))
	for _, row := range rows {
		gaps[row.Resident] = max(gaps[row.Resident], rules.Severity(row.Severity))
	}
	return gaps, nil
}

// Run looks every minute until ctx ends.
func (p *Prover) Run(ctx context.Context) error {
	every := time.NewTicker(provesEvery)
	defer every.Stop()
	for {
		if err := p.look(ctx); err != nil && ctx.Err() == nil {
			p.log.Error("whether everybody can be reached for is not known", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-every.C:
		}
	}
}

type gapRow struct {
	bun.BaseModel `bun:"table:reach_gaps"`

	Resident string `bun:"resident,pk"` // "" for what the staff is told of
	Severity int8   `bun:"severity,pk"`
	Since    int64  `bun:"since"`
}

type gapKey struct {
	resident string
	severity int8
}

// look finds gaps, and raises the alarm once one has lasted; it lowers it when all
// are mended. What it did not come to do it does at the next look.
func (p *Prover) look(ctx context.Context) error {
	now := p.now()
	around, err := p.circles.Around(ctx, p.db, now)
	if err != nil {
		return err
	}
	gaps := map[gapKey]bool{}
	for resident, people := range around {
		for _, proof := range Prove(people, now, p.within) {
			if !proof.Reached() {
				gaps[gapKey{resident, int8(proof.Severity)}] = true
			}
		}
	}
	known, raised, err := p.note(ctx, gaps, now)
	if err != nil {
		return err
	}
	var worst *gapRow
	for i := range known {
		if row := &known[i]; now.Sub(store.Time(row.Since)) >= gapLasts && (worst == nil || row.Severity > worst.Severity) {
			worst = row
		}
	}
	switch {
	case worst != nil && (raised == nil || raised.Severity < worst.Severity):
		return p.raise(ctx, worst)
	case raised != nil && len(known) == 0:
		return p.lower(ctx)
	}
	return nil
}

// note writes which gaps there are, and returns them, and what the staff was told
// of; nil for nothing.
func (p *Prover) note(ctx context.Context, gaps map[gapKey]bool, now time.Time) (known []gapRow, raised *gapRow, err error) {
	err = p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		known, raised = nil, nil
		var rows []gapRow
		if err := tx.NewSelect().Model(&rows).Scan(ctx); err != nil {
			return err
		}
		written := map[gapKey]bool{}
		for i := range rows {
			key := gapKey{rows[i].Resident, rows[i].Severity}
			written[key] = true
			switch {
			case key.resident == "":
				raised = &rows[i]
			case gaps[key]:
				known = append(known, rows[i])
			default:
				if _, err := tx.NewDelete().Model(&rows[i]).WherePK().Exec(ctx); err != nil {
					return err
				}
			}
		}
		var news []gapRow
		for key := range gaps {
			if !written[key] {
				news = append(news, gapRow{Resident: key.resident, Severity: key.severity, Since: store.Millis(now)})
			}
		}
		known = append(known, news...)
		for some := range slices.Chunk(news, rowsAtOnce) {
			if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("note of whom nobody can be told: %w", err)
	}
	return known, raised, nil
}

func (p *Prover) raise(ctx context.Context, worst *gapRow) error {
	severity, since := rules.Severity(worst.Severity), store.Time(worst.Since)
	gap := Gap{ID: fmt.Sprintf("reach-%s-%d", severity, worst.Since), Severity: severity, Since: since}
	if err := p.alarm.Raise(ctx, gap); err != nil {
		return fmt.Errorf("tell that of some residents nobody can be told: %w", err)
	}
	return p.mark(ctx, &gapRow{Severity: worst.Severity, Since: worst.Since})
}

func (p *Prover) lower(ctx context.Context) error {
	if err := p.alarm.Lower(ctx); err != nil {
		return fmt.Errorf("tell that somebody can be told of each resident again: %w", err)
	}
	return p.mark(ctx, nil)
}

// mark notes what the staff was told of; nil for nothing.
func (p *Prover) mark(ctx context.Context, raised *gapRow) error {
	err := p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewDelete().Model((*gapRow)(nil)).Where("resident = ''").Exec(ctx); err != nil {
			return err
		}
		if raised == nil {
			return nil
		}
		_, err := tx.NewInsert().Model(raised).Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note what the staff was told of reach: %w", err)
	}
	return nil
}
