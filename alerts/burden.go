package alerts

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// week is what a burden is told by.
const week = 7 * 24 * time.Hour

// Burden is what a rule asks of those who answer its alerts.
type Burden struct {
	// From and To are the weeks that it is about.
	From, To time.Time
	// Alerts is how many began then, and ByWeek how many in each, oldest first: without
	// drills and tests and what began by readings of somebody else, of which only Verdicts knows.
	Alerts int
	ByWeek []int
	// Night is how many of them began between 22 and 7 on the resident's clock.
	Night      int
	BySeverity map[rules.Severity]int // the gravest that each came to
	// Verdicts of people; "" for those that nobody has judged.
	Verdicts map[engine.Verdict]int
	// Claimed is how many somebody took: half of them within P50Minutes, nine of ten
	// within P90Minutes; 0 when nobody took any.
	Claimed    int
	P50Minutes float64
	P90Minutes float64
}

// BurdenQuery says of which alerts.
type BurdenQuery struct {
	Rule      string
	Residents []string // of these, nil for all
	To        time.Time
	Weeks     int
}

// Burden returns how much a rule asks. Zone is the clock of an alert's resident
// or home.
func (s *Alerts) Burden(ctx context.Context, q BurdenQuery, zone func(resident, home string) *time.Location) (Burden, error) {
	b := Burden{
		From: q.To.Add(-time.Duration(q.Weeks) * week), To: q.To, ByWeek: make([]int, q.Weeks), BySeverity: map[rules.Severity]int{}, Verdicts: map[engine.Verdict]int{},
	}
	var rows []struct {
		Resident, Home string
		BeganAt        int64
		Severity       int8
		Verdict        engine.Verdict
		ClaimedAt      int64
	}
	claimed := s.db.NewSelect().Model((*transitionRow)(nil)).ColumnExpr("min(at)").Where("alert = alerts.id").Where("status = ?", engine.Claimed)
	find := s.db.NewSelect().Table("alerts").ColumnExpr("resident, home, began_at, severity, verdict").ColumnExpr("coalesce((?), 0) AS claimed_at", claimed).
		Where("rule = ?", q.Rule).Where("began_at >= ?", b.From.UnixMilli()).Where("began_at < ?", b.To.UnixMilli())
	if q.Residents != nil {
		find = find.Where("resident IN (?)", bun.In(q.Residents))
	}
	if err := find.Scan(ctx, &rows); err != nil {
		return b, fmt.Errorf("read the alerts of rule %s: %w", q.Rule, err)
	}
	var minutes []float64
	for _, row := range rows {
		b.Verdicts[row.Verdict]++
		if row.Verdict == engine.TestAlarm || row.Verdict == engine.NotTheirs || q.Rule == DrillRule {
			continue
		}
		began := time.UnixMilli(row.BeganAt)
		b.Alerts++
		b.ByWeek[int(began.Sub(b.From)/week)]++
		if AtNight(began.In(zone(row.Resident, row.Home))) {
			b.Night++
		}
		b.BySeverity[rules.Severity(row.Severity)]++
		if row.ClaimedAt != 0 {
			minutes = append(minutes, time.UnixMilli(row.ClaimedAt).Sub(began).Minutes())
		}
	}
	slices.Sort(minutes)
	b.Claimed, b.P50Minutes, b.P90Minutes = len(minutes), quantile(minutes, 0.5), quantile(minutes, 0.9)
	return b, nil
}

// quantile is the smallest of the sorted values that a share of them does not
// exceed; 0 when there are none.
func quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
