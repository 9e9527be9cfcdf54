package alerts

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Brief is an alert as far as alerts are counted.
type Brief struct {
	ID, PartOf     string
	Resident, Rule string
	Severity       rules.Severity
	BeganAt        time.Time
	ResolvedAt     time.Time // zero while it is open
	Verdict        engine.Verdict
}

type briefRow struct {
	bun.BaseModel `bun:"table:alerts"`

	ID         string         `bun:"id"`
	PartOf     string         `bun:"part_of"`
	Resident   string         `bun:"resident"`
	Rule       string         `bun:"rule"`
	Severity   int8           `bun:"severity"`
	BeganAt    int64          `bun:"began_at"`
	ResolvedAt int64          `bun:"resolved_at,nullzero"`
	Verdict    engine.Verdict `bun:"verdict"`
}

// residentsAtOnce is how many residents one statement asks for.
const residentsAtOnce = 500

// Between returns the alerts about residents that began between two moments, by
// when they began. Those about devices and homes are nobody's, and not among them.
func (s *Alerts) Between(ctx context.Context, from, to time.Time, residents []string) ([]Brief, error) {
	var all []Brief
	for some := range slices.Chunk(residents, residentsAtOnce) {
		var rows []briefRow
		err := s.db.NewSelect().Model(&rows).Where("resident IN (?)", bun.In(some)).
			Where("began_at >= ? AND began_at < ?", store.Millis(from), store.Millis(to)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the alerts between %s and %s: %w", from.Format(time.DateTime), to.Format(time.DateTime), err)
		}
		for _, row := range rows {
			all = append(all, Brief{
				ID: row.ID, PartOf: row.PartOf, Resident: row.Resident, Rule: row.Rule, Severity: rules.Severity(row.Severity),
				BeganAt: store.Time(row.BeganAt), ResolvedAt: store.Time(row.ResolvedAt), Verdict: row.Verdict,
			})
		}
	}
	slices.SortFunc(all, func(a, b Brief) int { return a.BeganAt.Compare(b.BeganAt) })
	return all, nil
}
