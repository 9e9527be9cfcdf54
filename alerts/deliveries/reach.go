package deliveries

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

const (
	// WorkedWithin is how long a channel that worked counts as one that works, unless
	// the operator says otherwise.
	WorkedWithin = 30 * 24 * time.Hour
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

// Gap is that nobody can be told of a resident's alerts of a severity.
type Gap struct {
	Resident string
	Severity rules.Severity
	Since    time.Time
}

// ID is the same each time that the gap is told of.
func (g Gap) ID() string {
	return fmt.Sprintf("reach-%s-%s-%d", g.Resident, g.Severity, g.Since.UnixMilli())
}

// Alarm tells the service's staff of gaps. Both may be told again of the same.
type Alarm interface {
	Raise(ctx context.Context, g Gap) error
	Lower(ctx context.Context, g Gap) error
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

	Resident string `bun:"resident,pk"`
	Severity int8   `bun:"severity,pk"`
	Since    int64  `bun:"since"`
	Raised   bool   `bun:"raised"`
}

func (r *gapRow) gap() Gap {
	return Gap{Resident: r.Resident, Severity: rules.Severity(r.Severity), Since: store.Time(r.Since)}
}

type gapKey struct {
	resident string
	severity rules.Severity
}

// look finds gaps, raises the new ones and lowers those that are mended. What it
// did not come to do it does at the next look.
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
				gaps[gapKey{resident, proof.Severity}] = true
			}
		}
	}
	known, err := p.note(ctx, gaps, now)
	if err != nil {
		return err
	}
	for i := range known {
		row := &known[i]
		switch open := gaps[gapKey{row.Resident, rules.Severity(row.Severity)}]; {
		case open && !row.Raised:
			err = p.raise(ctx, row)
		case !open:
			err = p.lower(ctx, row)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// note writes the gaps that are new, and returns all that are written.
func (p *Prover) note(ctx context.Context, gaps map[gapKey]bool, now time.Time) (known []gapRow, err error) {
	err = p.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		known = nil
		if err := tx.NewSelect().Model(&known).Order("resident", "severity").Scan(ctx); err != nil {
			return err
		}
		written := map[gapKey]bool{}
		for _, row := range known {
			written[gapKey{row.Resident, rules.Severity(row.Severity)}] = true
		}
		for key := range gaps {
			if written[key] {
				continue
			}
			row := gapRow{Resident: key.resident, Severity: int8(key.severity), Since: store.Millis(now)}
			if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
				return err
			}
			known = append(known, row)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("note of whom nobody can be told: %w", err)
	}
	return known, nil
}

func (p *Prover) raise(ctx context.Context, row *gapRow) error {
	if err := p.alarm.Raise(ctx, row.gap()); err != nil {
		return fmt.Errorf("tell that nobody can be told of resident %s: %w", row.Resident, err)
	}
	row.Raised = true
	if _, err := p.db.NewUpdate().Model(row).Column("raised").WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note that it is told that nobody can be told of resident %s: %w", row.Resident, err)
	}
	return nil
}

func (p *Prover) lower(ctx context.Context, row *gapRow) error {
	if row.Raised {
		if err := p.alarm.Lower(ctx, row.gap()); err != nil {
			return fmt.Errorf("tell that somebody can be told of resident %s again: %w", row.Resident, err)
		}
	}
	if _, err := p.db.NewDelete().Model(row).WherePK().Exec(ctx); err != nil {
		return fmt.Errorf("note that somebody can be told of resident %s again: %w", row.Resident, err)
	}
	return nil
}
