package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Alerts are read here.
type Alerts struct{ db *store.DB }

// NewAlerts returns the alerts in db.
func NewAlerts(db *store.DB) *Alerts { return &Alerts{db} }

// Query says which alerts, and how many of them.
type Query struct {
	Residents []string // of these, nil for all
	Home      string   // or of this home and its devices
	Devices   []string // or of these devices
	// About asks for those about residents, or, for any other subject, about homes
	// and devices; "" for all.
	About rules.Subject
	Rule  string
	// Open asks for those that are not resolved, worst first and then oldest;
	// without it they come newest first.
	Open     bool
	Severity rules.Severity // at least, 0 for all
	// Whole leaves out the alerts that are parts of others, and PartOf those that are
	// not parts of these; nil for all.
	Whole  bool
	PartOf []string
	// Before is the id of the last alert of the page before, "" for the first.
	Before string
	Limit  int64
}

// List returns the alerts of a query.
func (s *Alerts) List(ctx context.Context, q Query) ([]Alert, error) {
	find := q.where(s.db.NewSelect().Model((*alertRow)(nil))).Limit(q.Limit)
	if q.Open {
		find = find.OrderExpr("severity DESC, began_at, id")
	} else {
		find = find.OrderExpr("began_at DESC, id DESC")
	}
	if q.Before != "" {
		last, err := s.row(ctx, q.Before)
		if err != nil {
			return nil, fmt.Errorf("list alerts after %s: %w", q.Before, err)
		}
		if q.Open {
			find = find.Where("(severity < ? OR severity = ? AND (began_at > ? OR began_at = ? AND id > ?))", last.Severity, last.Severity, last.BeganAt, last.BeganAt, last.ID)
		} else {
			find = find.Where("(began_at < ? OR began_at = ? AND id < ?)", last.BeganAt, last.BeganAt, last.ID)
		}
	}
	all, err := s.list(ctx, find)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return all, nil
}

// Tally is how many alerts there are about one resident, home or device.
type Tally struct {
	// Of has whom or what they are about, and when the newest began; nothing else.
	Of    Alert
	Worst rules.Severity
	N     int
}

// Count tallies the alerts of a query, on whatever page, by whom they are about: who
// counts for somebody asks for each whether that one may see them.
func (s *Alerts) Count(ctx context.Context, q Query) ([]Tally, error) {
	var rows []struct {
		Resident, Home, Device string
		BeganAt                int64
		Worst                  int8
		N                      int
	}
	err := q.where(s.db.NewSelect().Model((*alertRow)(nil))).Column("resident", "home", "device").
		ColumnExpr("MAX(began_at) AS began_at, MAX(severity) AS worst, COUNT(*) AS n").Group("resident", "home", "device").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	tallies := make([]Tally, len(rows))
	for i, row := range rows {
		tallies[i] = Tally{
			Of: Alert{Resident: row.Resident, Home: row.Home, Device: row.Device, BeganAt: store.Time(row.BeganAt)}, Worst: rules.Severity(row.Worst), N: row.N,
		}
	}
	return tallies, nil
}

// where narrows find to what the query is about, but for its page.
func (q *Query) where(find *bun.SelectQuery) *bun.SelectQuery {
	if q.Residents != nil {
		find = find.WhereGroup(" AND ", func(of *bun.SelectQuery) *bun.SelectQuery {
			of = of.Where("resident IN (?)", bun.In(q.Residents))
			if q.Home != "" {
				of = of.WhereOr("home = ?", q.Home)
			}
			if len(q.Devices) > 0 {
				of = of.WhereOr("device IN (?)", bun.In(q.Devices))
			}
			return of
		})
	}
	if q.Rule != "" {
		find = find.Where("rule = ?", q.Rule)
	}
	switch q.About {
	case "":
	case rules.OfResident:
		find = find.Where("resident <> ''")
	default:
		find = find.Where("resident = ''")
	}
	if q.Whole {
		find = find.Where("part_of = ''")
	}
	if q.PartOf != nil {
		find = find.Where("part_of IN (?)", bun.In(q.PartOf))
	}
	if q.Severity > 0 {
		find = find.Where("severity >= ?", int8(q.Severity))
	}
	if q.Open {
		find = find.Where("status <> ?", engine.Resolved)
	}
	return find
}

func (s *Alerts) list(ctx context.Context, find *bun.SelectQuery) ([]Alert, error) {
	var rows []alertRow
	if err := find.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	all := make([]Alert, 0, len(rows))
	for i := range rows {
		a, err := rows[i].alert()
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, s.addEvidence(ctx, all)
}

// One returns an alert with all its transitions, and what people said about it.
func (s *Alerts) One(ctx context.Context, id string) (Alert, error) {
	row, err := s.row(ctx, id)
	if err != nil {
		return Alert{}, fmt.Errorf("read alert %s: %w", id, err)
	}
	a, err := row.alert()
	if err != nil {
		return a, err
	}
	if a.Transitions, err = s.transitions(ctx, id); err != nil {
		return a, err
	}
	for _, t := range a.Transitions {
		switch {
		case t.Cause == engine.Repeated && len(t.Evidence.Incidents) == 0:
			a.repeated(t.At)
		case t.Cause == engine.Repeated: // another of its kind, with those before
			a.Evidence = t.Evidence
		case slices.Contains(grounds(), t.Cause):
			a.Evidence = t.Evidence
		}
	}
	if a.Comments, err = s.comments(ctx, id); err != nil {
		return a, err
	}
	arrived, err := scenes(ctx, s.db, []string{id})
	a.Scene = arrived[id]
	return a, err
}

// Get returns what [Alerts.One] does, with the alert's parts and the readings
// around it.
func (s *Alerts) Get(ctx context.Context, id string) (Alert, error) {
	a, err := s.One(ctx, id)
	if err != nil {
		return a, err
	}
	if a.Around, err = s.around(ctx, id); err != nil {
		return a, err
	}
	if a.Parts, err = s.list(ctx, s.db.NewSelect().Model((*alertRow)(nil)).Where("part_of = ?", id).OrderExpr("severity DESC, began_at, id")); err != nil {
		return a, fmt.Errorf("read the parts of alert %s: %w", id, err)
	}
	return a, nil
}

func (s *Alerts) row(ctx context.Context, id string) (alertRow, error) {
	var row alertRow
	err := s.db.NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return row, store.NotFound("alert", id)
	}
	return row, err
}

// repeated counts a call again.
func (a *Alert) repeated(at time.Time) { a.Repeats, a.RepeatedAt = a.Repeats+1, at }

// addEvidence reads the evidence of many alerts, and how often somebody called
// again.
func (s *Alerts) addEvidence(ctx context.Context, all []Alert) error {
	for some := range slices.Chunk(all, rowsAtOnce) {
		ids := make([]string, len(some))
		for i := range some {
			ids[i] = some[i].ID
		}
		var rows []transitionRow
		err := s.db.NewSelect().Model(&rows).Column("alert", "at", "cause", "evidence").Where("alert IN (?)", bun.In(ids)).
			Where("cause IN (?)", bun.In(append(grounds(), engine.Repeated))).OrderExpr("alert, n").Scan(ctx)
		if err != nil {
			return fmt.Errorf("read the evidence of alerts: %w", err)
		}
		newest, places := map[string]string{}, map[string]int{}
		for i := range some {
			places[some[i].ID] = i
		}
		for _, row := range rows {
			if row.Cause == engine.Repeated && !strings.Contains(row.Evidence, `"incidents"`) {
				some[places[row.Alert]].repeated(store.Time(row.At))
				continue
			}
			newest[row.Alert] = row.Evidence
		}
		for i := range some {
			if err := json.Unmarshal([]byte(newest[some[i].ID]), &some[i].Evidence); err != nil {
				return fmt.Errorf("read the evidence of alert %s: %w", some[i].ID, err)
			}
		}
	}
	return nil
}

// grounds are the causes whose evidence is why an alert is open: what was seen at
// another step, when somebody claimed it perhaps, is no reason for it.
func grounds() []engine.Cause { return []engine.Cause{engine.Began, engine.Worsened} }

// transitions are an alert's, oldest first.
func (s *Alerts) transitions(ctx context.Context, alert string) ([]Transition, error) {
	var rows []transitionRow
	if err := s.db.NewSelect().Model(&rows).Where("alert = ?", alert).OrderExpr("n").Scan(ctx); err != nil {
		return nil, fmt.Errorf("read the transitions of alert %s: %w", alert, err)
	}
	all := make([]Transition, len(rows))
	for i := range rows {
		t, err := rows[i].transition()
		if err != nil {
			return nil, err
		}
		all[i] = t
	}
	return all, nil
}

// Open reports that an alert is not resolved.
func (a *Alert) Open() bool { return a.Status != engine.Resolved }

// Age is how long it has been open, or was.
func (a *Alert) Age(now time.Time) time.Duration {
	if !a.ResolvedAt.IsZero() {
		now = a.ResolvedAt
	}
	return now.Sub(a.BeganAt)
}
