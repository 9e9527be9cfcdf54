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
	ID             string
	Resident, Rule string
	// Part says that it was a part of another from its first moment.
	Part       bool
	Severity   rules.Severity
	BeganAt    time.Time
	ResolvedAt time.Time // zero while it is open
	Verdict    engine.Verdict
}

type briefRow struct {
	bun.BaseModel `bun:"table:alerts"`

	ID         string         `bun:"id"`
	Resident   string         `bun:"resident"`
	Rule       string         `bun:"rule"`
	Severity   int8           `bun:"severity"`
	BeganAt    int64          `bun:"began_at"`
	ResolvedAt int64          `bun:"resolved_at,nullzero"`
	Verdict    engine.Verdict `bun:"verdict"`

	PartOf string `bun:"part_of"`
	// MovedBy and MovedAt are of the first time that it was put under another alert,
	// or stood on its own again; "" for never.
	MovedBy engine.Cause `bun:"moved_by,scanonly"`
	MovedAt int64        `bun:"moved_at,scanonly"`
}

// part reports whether the alert was a part of another from its first moment.
func (row *briefRow) part() bool {
	switch row.MovedBy {
	case engine.Grouped:
		return row.MovedAt == row.BeganAt
	case engine.Ungrouped:
		return true
	}
	return row.PartOf != ""
}

// residentsAtOnce is how many residents one statement asks for.
const residentsAtOnce = 500

// Between returns the alerts about residents that began between two moments, by
// when they began. Those about devices and homes are nobody's, and not among them;
// nor are drills.
func (s *Alerts) Between(ctx context.Context, from, to time.Time, residents []string) ([]Brief, error) {
	var all []Brief
	for some := range slices.Chunk(residents, residentsAtOnce) {
		var rows []briefRow
		err := s.db.NewSelect().Model(&rows).Column("id", "resident", "rule", "severity", "began_at", "resolved_at", "verdict", "part_of").
			ColumnExpr("coalesce((?), '') AS moved_by", s.firstMove("cause")).ColumnExpr("coalesce((?), 0) AS moved_at", s.firstMove("at")).
			Where("resident IN (?)", bun.In(some)).Where("rule <> ?", DrillRule).
			Where("began_at >= ? AND began_at < ?", store.Millis(from), store.Millis(to)).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read the alerts between %s and %s: %w", from.Format(time.DateTime), to.Format(time.DateTime), err)
		}
		for _, row := range rows {
			all = append(all, Brief{
				ID: row.ID, Part: row.part(), Resident: row.Resident, Rule: row.Rule, Severity: rules.Severity(row.Severity),
				BeganAt: store.Time(row.BeganAt), ResolvedAt: store.Time(row.ResolvedAt), Verdict: row.Verdict,
			})
		}
	}
	slices.SortFunc(all, func(a, b Brief) int { return a.BeganAt.Compare(b.BeganAt) })
	return all, nil
}

// firstMove is a column of the transition by which an alert was first put under
// another, or stood on its own again.
func (s *Alerts) firstMove(column string) *bun.SelectQuery {
	return s.db.NewSelect().TableExpr("alert_transitions AS moved").ColumnExpr("moved.?", bun.Ident(column)).Where("moved.alert = brief_row.id").
		Where("moved.cause IN (?)", bun.In([]engine.Cause{engine.Grouped, engine.Ungrouped})).OrderExpr("moved.n").Limit(1)
}
