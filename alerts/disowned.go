package alerts

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/store"
)

// Strange are readings of a device that were said to be a resident's and are not:
// From <= t < To.
type Strange struct {
	Resident, Device string
	From, To         time.Time
}

// afterwards is how long after readings an alert may begin by them: as long as a
// value may count as how it is.
const afterwards = 26 * time.Hour

// BegunBy are the alerts that began by strange readings, the oldest first: such as
// saw one of them when they began. Those that were found not to be theirs before
// are among them.
func (s *Alerts) BegunBy(ctx context.Context, of Strange) ([]Alert, error) {
	if of.Resident == "" {
		return nil, nil
	}
	var begun []Alert
	all, err := s.list(ctx, s.db.NewSelect().Model((*alertRow)(nil)).Where("resident = ?", of.Resident).
		Where("began_at >= ? AND began_at < ?", store.Millis(of.From), store.Millis(of.To.Add(afterwards))).Order("began_at", "id"))
	if err != nil {
		return nil, fmt.Errorf("find the alerts of resident %s that began by readings of device %s: %w", of.Resident, of.Device, err)
	}
	for _, a := range all {
		var first transitionRow
		err := s.db.NewSelect().Model(&first).Where("alert = ?", a.ID).Where("n = 1").Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read how alert %s began: %w", a.ID, err)
		}
		t, err := first.transition()
		if err != nil {
			return nil, err
		}
		if of.saw(t.Evidence) {
			begun = append(begun, a)
		}
	}
	return begun, nil
}

func (of *Strange) saw(e Evidence) bool {
	for _, r := range e.Readings {
		if r.Device == of.Device && !r.At.Before(of.From) && r.At.Before(of.To) {
			return true
		}
	}
	return false
}

// disown notes of an alert that has ended that it was not the resident's. What was
// found before stays among its transitions. Whoever was told that it ended is not
// told again.
func disown(ctx context.Context, tx bun.Tx, a Alert, by, why string, at time.Time) error {
	var n int
	if err := tx.NewSelect().Model((*alertRow)(nil)).Column("transitions").Where("id = ?", a.ID).Scan(ctx, &n); err != nil {
		return fmt.Errorf("read alert %s: %w", a.ID, err)
	}
	row := transitionRow{
		Alert: a.ID, N: n + 1, Version: a.Rule.Version, At: at.UnixMilli(), Status: engine.Resolved, Severity: int8(a.Severity), Cause: engine.WasResolved,
		By: by, Verdict: engine.NotTheirs, Reason: why, Evidence: "{}",
	}
	if _, err := tx.NewInsert().Model(&row).Exec(ctx); err != nil {
		return fmt.Errorf("write that alert %s was not theirs: %w", a.ID, err)
	}
	_, err := tx.NewUpdate().Model((*alertRow)(nil)).Where("id = ?", a.ID).
		Set("verdict = ?, changed_at = ?, transitions = ?", engine.NotTheirs, at.UnixMilli(), row.N).
		Set("told = CASE WHEN told = ? THEN ? ELSE told END", n, row.N).Exec(ctx)
	if err != nil {
		return fmt.Errorf("write that alert %s was not theirs: %w", a.ID, err)
	}
	return nil
}
