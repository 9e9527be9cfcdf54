package alerts

import (
	"context"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Answered is an alert about a resident, with how long it took until somebody had it.
type Answered struct {
	Alert
	// Waited is how long after it began somebody claimed or closed it; negative when
	// nobody did.
	Waited time.Duration
	// Calls is how often somebody called again while it was open.
	Calls int
}

// Answered lists the alerts about a resident that began between two moments, the
// oldest first, without evidence; but for parts of others, drills, what only
// technicians are told of, and what was found not to be theirs, whose parts are. There
// may be more than so many: then it is the newest of them.
func (s *Alerts) Answered(ctx context.Context, resident string, from, to time.Time, most int64) ([]Answered, error) {
	fail := func(err error) ([]Answered, error) {
		return nil, fmt.Errorf("list the alerts of resident %s that began in a period: %w", resident, err)
	}
	var rows []alertRow
	err := s.db.NewSelect().Model(&rows).Where("resident = ?", resident).Where("began_at >= ? AND began_at < ?", store.Millis(from), store.Millis(to)).
		Where("part_of = '' OR part_of IN (SELECT w.id FROM alerts AS w WHERE w.resident = ? AND w.verdict = ?)", resident, engine.NotTheirs).
		Where("rule <> ?", DrillRule).Where("verdict <> ?", engine.NotTheirs).OrderExpr("began_at DESC, id DESC").Limit(most).Scan(ctx)
	if err != nil || len(rows) == 0 {
		if err != nil {
			return fail(err)
		}
		return nil, nil
	}
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].ID
	}
	var steps []transitionRow
	err = s.db.NewSelect().Model(&steps).Column("alert", "n", "at", "status", "cause", "by_user").Where("alert IN (?)", bun.In(ids)).OrderExpr("alert, n").Scan(ctx)
	if err != nil {
		return fail(err)
	}
	of := map[string][]transitionRow{}
	for _, t := range steps {
		of[t.Alert] = append(of[t.Alert], t)
	}
	all := make([]Answered, 0, len(rows))
	for i := len(rows) - 1; i >= 0; i-- {
		a, err := rows[i].alert()
		if err != nil {
			return fail(err)
		}
		if a.Rule.Tells == rules.Technician {
			continue
		}
		one := Answered{Alert: a, Waited: none}
		for _, t := range of[a.ID] {
			if t.Cause == engine.Repeated {
				one.Calls++
			}
			acted := t.By != "" && (t.Status == engine.Claimed || t.Status == engine.Resolved)
			if acted && one.Waited == none {
				one.Waited = max(0, store.Time(t.At).Sub(a.BeganAt))
			}
		}
		all = append(all, one)
	}
	return all, nil
}
