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

// Scene is that somebody who had an alert was with the resident.
type Scene struct {
	At time.Time
	By string // a user, or "contact:" and the id of one
}

type sceneRow struct {
	bun.BaseModel `bun:"table:alert_scenes"`

	Alert string `bun:"alert,pk"`
	At    int64  `bun:"at"`
	By    string `bun:"by_user"`
}

// Scenes takes in that people are with residents. It changes nothing about the
// alert itself, so the engine does not hear of it.
type Scenes struct {
	db   *store.DB
	feed *Feed
	now  func() time.Time
}

// NewScenes returns the scenes in db, whose watchers hear of new ones.
func NewScenes(db *store.DB, feed *Feed, now func() time.Time) *Scenes {
	return &Scenes{db, feed, now}
}

// Arrive notes that whoever has an alert is with the resident now. The first time
// counts.
func (s *Scenes) Arrive(ctx context.Context, alert, user string) error {
	var resident string
	err := s.db.Transact(ctx, func(ctx context.Context, tx bun.Tx) error {
		var a alertRow
		switch err := tx.NewSelect().Model(&a).Where("id = ?", alert).Scan(ctx); {
		case errors.Is(err, sql.ErrNoRows):
			return store.NotFound("alert", alert)
		case err != nil:
			return err
		}
		if a.Status == engine.Resolved {
			return errResolved(alert)
		}
		if a.Status != engine.Claimed || a.ClaimedBy != user {
			return &store.Fault{Kind: store.ErrConflict, Code: "alert.not_yours", Entity: "alert", ID: alert, Detail: "is not claimed by you: claim it first"}
		}
		resident = a.Resident
		row := sceneRow{Alert: alert, At: store.Millis(s.now()), By: user}
		_, err := tx.NewInsert().Model(&row).On("CONFLICT (alert) DO NOTHING").Exec(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("note who is on the scene: %w", err)
	}
	s.feed.Changed(resident, alert)
	return nil
}

// scenes are when somebody was there, by alert.
func scenes(ctx context.Context, db bun.IDB, ids []string) (map[string]Scene, error) {
	all := map[string]Scene{}
	for some := range slices.Chunk(ids, rowsAtOnce) {
		var rows []sceneRow
		if err := db.NewSelect().Model(&rows).Where("alert IN (?)", bun.In(some)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read when somebody was on the scene: %w", err)
		}
		for _, r := range rows {
			all[r.Alert] = Scene{At: store.Time(r.At), By: r.By}
		}
	}
	return all, nil
}
