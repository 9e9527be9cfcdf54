package alerts

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// News is an alert as those must know it who decide whom to tell, with the
// transitions that they have not heard of.
type News struct {
	ID, PartOf             string
	Resident, Home, Device string
	Tells                  rules.Audience
	Severity               rules.Severity
	Status                 engine.Status
	BeganAt                time.Time
	ClaimedBy              string
	ClaimedUntil           time.Time
	SnoozedUntil           time.Time
	// New are the transitions that nobody was told of, oldest first, without their
	// evidence.
	New []Transition
}

// Untold are the ids of alerts with transitions that nobody was told of, the
// gravest first and then those that changed first, but for some.
func Untold(ctx context.Context, db bun.IDB, except []string, limit int) ([]string, error) {
	var ids []string
	find := db.NewSelect().Model((*alertRow)(nil)).Column("id").Where("told < transitions").OrderExpr("severity DESC, changed_at, id").Limit(int64(limit))
	if len(except) > 0 {
		find = find.Where("id NOT IN (?)", bun.In(except))
	}
	if err := find.Scan(ctx, &ids); err != nil {
		return nil, fmt.Errorf("read which alerts nobody was told of: %w", err)
	}
	return ids, nil
}

// UntoldSince is since when the oldest alert has waited that nobody was told of;
// zero when there is none.
func UntoldSince(ctx context.Context, db bun.IDB) (time.Time, error) {
	var since int64
	if err := db.NewSelect().Model((*alertRow)(nil)).ColumnExpr("coalesce(min(changed_at), 0)").Where("told < transitions").Scan(ctx, &since); err != nil {
		return time.Time{}, fmt.Errorf("read since when alerts wait to be told: %w", err)
	}
	return store.Time(since), nil
}

// ReadNews reads alerts with what is new of them, in the order of their ids.
func ReadNews(ctx context.Context, db bun.IDB, ids []string) ([]News, error) {
	var all []News
	for some := range slices.Chunk(ids, rowsAtOnce) {
		var rows []alertRow
		if err := db.NewSelect().Model(&rows).Where("id IN (?)", bun.In(some)).OrderExpr("id").Scan(ctx); err != nil {
			return nil, fmt.Errorf("read alerts: %w", err)
		}
		var steps []transitionRow
		err := db.NewSelect().Model(&steps).ExcludeColumn("evidence").Where("alert IN (?)", bun.In(some)).
			Where("n > (SELECT told FROM alerts AS a WHERE a.id = alert)").OrderExpr("alert, n").Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read what is new of alerts: %w", err)
		}
		for i := range rows {
			news, err := rows[i].news()
			if err != nil {
				return nil, err
			}
			for len(steps) > 0 && steps[0].Alert == news.ID {
				news.New = append(news.New, steps[0].bare())
				steps = steps[1:]
			}
			all = append(all, news)
		}
	}
	return all, nil
}

func (row *alertRow) news() (News, error) {
	var rule struct {
		Tells rules.Audience `json:"tells"`
	}
	if err := json.Unmarshal([]byte(row.RuleText), &rule); err != nil {
		return News{}, fmt.Errorf("read the rule of alert %s: %w", row.ID, err)
	}
	if rule.Tells == "" {
		rule.Tells = rules.Care
	}
	return News{
		ID: row.ID, PartOf: row.PartOf, Resident: row.Resident, Home: row.Home, Device: row.Device, Tells: rule.Tells, Severity: rules.Severity(row.Severity),
		Status: row.Status, BeganAt: store.Time(row.BeganAt), ClaimedBy: row.ClaimedBy, ClaimedUntil: store.Time(row.ClaimedUntil), SnoozedUntil: store.Time(row.SnoozedUntil),
	}, nil
}

// MarkTold notes that people were told of all transitions of some alerts, as they
// are in tx, where [ReadNews] has read them.
func MarkTold(ctx context.Context, tx bun.Tx, ids []string) error {
	for some := range slices.Chunk(ids, rowsAtOnce) {
		_, err := tx.NewUpdate().Model((*alertRow)(nil)).Set("told = transitions").Where("id IN (?)", bun.In(some)).Where("told < transitions").Exec(ctx)
		if err != nil {
			return fmt.Errorf("note that people were told of alerts: %w", err)
		}
	}
	return nil
}
