package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

const (
	// around is how long before and after an alert's beginning readings are kept
	// with it.
	around = 30 * time.Minute
	// settles is how long the timeline may need for what is measured last.
	settles = time.Minute
	// looksAgain is how often the readings after the beginning are looked at until
	// all of them are there.
	looksAgain = 2 * time.Minute
	// mostPoints bounds what is kept of one metric: half a second apart.
	mostPoints = 7200
	// frozenAtOnce bounds a round of work: a power cut raises many alerts at once.
	frozenAtOnce = 200
)

// Series is what was measured of one metric around an alert's beginning.
type Series struct {
	Metric vitals.Metric `json:"metric"`
	Points []Measured    `json:"points"`
}

// Measured is a reading of a [Series].
type Measured struct {
	At     time.Time `json:"at"`
	Value  float64   `json:"value"`
	Marks  []string  `json:"marks,omitempty"`
	Device string    `json:"device"`
}

// Past are the readings of the timeline.
type Past interface {
	Range(ctx context.Context, q timeline.Query) iter.Seq2[vitals.Reading, error]
	Latest(ctx context.Context, since time.Time, residents ...string) ([]vitals.Reading, error)
}

type evidenceRow struct {
	bun.BaseModel `bun:"table:alert_evidence"`

	Alert   string `bun:"alert,pk"`
	FromAt  int64  `bun:"from_at"`
	ToAt    int64  `bun:"to_at"`
	AgainAt int64  `bun:"again_at,nullzero"`
	Body    string `bun:"body"`
}

// dueRow is an alert whose readings are to be looked at.
type dueRow struct {
	Alert    string
	FromAt   int64
	ToAt     int64
	Resident string
}

// Freezer copies the readings around alerts out of the timeline, so that they
// stay when the timeline forgets them.
type Freezer struct {
	db   *store.DB
	past Past
}

// NewFreezer returns a freezer of the alerts in db.
func NewFreezer(db *store.DB, past Past) *Freezer { return &Freezer{db, past} }

// Freeze looks after the alerts whose readings are to be looked at: soon after
// each has begun, then again until half an hour after that. It goes on with the
// next where one fails.
func (f *Freezer) Freeze(ctx context.Context, now time.Time) error {
	var due []dueRow
	err := f.db.NewSelect().Model((*evidenceRow)(nil)).Column("alert", "from_at", "to_at").ColumnExpr("a.resident").
		Join("JOIN alerts AS a ON a.id = evidence_row.alert").Where("again_at <= ?", now.UnixMilli()).
		OrderExpr("again_at").Limit(frozenAtOnce).Scan(ctx, &due)
	if err != nil {
		return fmt.Errorf("read which alerts want their readings kept: %w", err)
	}
	var errs []error
	for i := range due {
		if err := f.freeze(ctx, &due[i], now); err != nil {
			errs = append(errs, fmt.Errorf("keep the readings around alert %s: %w", due[i].Alert, err))
			// The others come first then.
			_, err := f.db.NewUpdate().Model((*evidenceRow)(nil)).Set("again_at = ?", now.Add(looksAgain).UnixMilli()).Where("alert = ?", due[i].Alert).Exec(ctx)
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// emptyAround is what is kept of an alert that has just begun: nothing yet.
func emptyAround(a *alertRow) evidenceRow {
	return evidenceRow{
		Alert: a.ID, FromAt: min(a.Since, a.BeganAt) - around.Milliseconds(), ToAt: a.BeganAt + around.Milliseconds(), AgainAt: a.BeganAt, Body: "[]",
	}
}

func (f *Freezer) freeze(ctx context.Context, due *dueRow, now time.Time) error {
	from, to := time.UnixMilli(due.FromAt), time.UnixMilli(due.ToAt)
	row := evidenceRow{Alert: due.Alert, FromAt: due.FromAt, ToAt: due.ToAt}
	if complete := to.Add(settles); now.Before(complete) {
		row.AgainAt = min(now.Add(looksAgain).UnixMilli(), complete.UnixMilli())
	}
	series, err := f.series(ctx, due.Resident, from, to)
	if err != nil {
		return err
	}
	body, err := json.Marshal(series)
	if err != nil {
		return err
	}
	row.Body = string(body)
	_, err = f.db.NewUpdate().Model(&row).Column("again_at", "body").WherePK().Exec(ctx)
	return err
}

func (f *Freezer) series(ctx context.Context, resident string, from, to time.Time) ([]Series, error) {
	measured, err := f.past.Latest(ctx, from, resident)
	if err != nil {
		return nil, err
	}
	all := []Series{}
	for _, newest := range measured {
		m := newest.Metric
		if m.Info().Subject == vitals.OfDevice {
			continue
		}
		one := Series{Metric: m}
		for r, err := range f.past.Range(ctx, timeline.Query{Resident: resident, Metric: m, From: from, To: to, Limit: mostPoints, Newest: true}) {
			if err != nil {
				return nil, err
			}
			one.Points = append(one.Points, Measured{At: r.At.UTC(), Value: m.Round(r.Number), Marks: r.Marks.Names(), Device: r.Device})
		}
		if len(one.Points) > 0 {
			all = append(all, one)
		}
	}
	return all, nil
}

// around reads what is kept of the readings around an alert.
func (s *Alerts) around(ctx context.Context, alert string) ([]Series, error) {
	var row evidenceRow
	err := s.db.NewSelect().Model(&row).Where("alert = ?", alert).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the readings around alert %s: %w", alert, err)
	}
	var all []Series
	if err := json.Unmarshal([]byte(row.Body), &all); err != nil {
		return nil, fmt.Errorf("read the readings around alert %s: %w", alert, err)
	}
	return all, nil
}
