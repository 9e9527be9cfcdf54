package alerts

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// raiseRow notes what was raised, so that it is taken in once however often it is
// said.
type raiseRow struct {
	bun.BaseModel `bun:"table:alert_raises"`

	ID string `bun:"id,pk"`
	At int64  `bun:"at"`
}

// raisesKept is how long what was raised is remembered: nobody says it again after
// that.
const raisesKept = 30 * 24 * time.Hour

// Raise tells of something that no reading shows: to be told of as an alert of a
// rule that is raised. The key is a resident's id, a [HomeKey] or [ServiceKey].
// It returns when that is written. Who does not know whether it was taken in says
// it again: by its ID it counts once.
func (j *Judge) Raise(ctx context.Context, key string, what engine.Raise) error {
	if what.ID == "" {
		return fmt.Errorf("raise an alert of rule %s: it has no id", what.Rule)
	}
	return j.tell(ctx, key, what, &raiseRow{ID: what.ID, At: j.now().UnixMilli()})
}

// Lower tells that an incident that was raised is over. It may be said again.
func (j *Judge) Lower(ctx context.Context, key string, what engine.Lower) error {
	return j.tell(ctx, key, what, nil)
}

// tell has the engine hear of something that other parts of Anxin know, once when
// it has a row.
func (j *Judge) tell(ctx context.Context, key string, what any, once *raiseRow) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return errors.Join(err, errStarting)
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	if once != nil {
		known, err := j.wasRaised(ctx, once.ID)
		if err != nil {
			return err
		}
		if known {
			return j.write(ctx)
		}
		j.unsaved.raises = append(j.unsaved.raises, *once)
	}
	if err := j.input(key, j.now(), what); err != nil {
		return err
	}
	return j.write(ctx)
}

func (j *Judge) wasRaised(ctx context.Context, id string) (bool, error) {
	if slices.ContainsFunc(j.unsaved.raises, func(row raiseRow) bool { return row.ID == id }) {
		return true, nil
	}
	var at int64
	err := j.db.NewSelect().Model((*raiseRow)(nil)).Column("at").Where("id = ?", id).Scan(ctx, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether %s was raised: %w", id, err)
	}
	return true, nil
}

// forgetRaises deletes what was raised long ago.
func forgetRaises(ctx context.Context, tx bun.Tx, now time.Time) error {
	_, err := tx.NewDelete().Model((*raiseRow)(nil)).Where("at < ?", store.Millis(now.Add(-raisesKept))).Exec(ctx)
	if err != nil {
		return fmt.Errorf("forget what was raised: %w", err)
	}
	return nil
}
