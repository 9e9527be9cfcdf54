package escalation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

type stateRow struct {
	bun.BaseModel `bun:"table:escalations,alias:e"`

	Alert     string   `bun:"alert,pk"`
	Phase     Phase    `bun:"phase"`
	Severity  int8     `bun:"severity"`
	Policy    Policy   `bun:"policy,type:text"`
	Next      int      `bun:"next_step"`
	Round     int      `bun:"round"`
	DueAt     int64    `bun:"due_at,nullzero"`
	Made      int      `bun:"made"`
	Told      []string `bun:"told,type:text"`
	Claim     Hold     `bun:"claim,type:text"`
	Outgrown  Hold     `bun:"outgrown,type:text"`
	Gap       bool     `bun:"gap"`
	Lost      bool     `bun:"lost"`
	ChangedAt int64    `bun:"changed_at"`
}

func rowOf(alert string, s State, now time.Time) stateRow {
	return stateRow{
		Alert: alert, Phase: s.Phase, Severity: int8(s.Severity), Policy: s.Policy, Next: s.Next, Round: s.Round, DueAt: store.Millis(s.Due), Made: s.Made,
		Told: s.Told, Claim: s.Claim, Outgrown: s.Outgrown, Gap: s.Gap, Lost: s.Lost, ChangedAt: store.Millis(now),
	}
}

func (r *stateRow) state() State {
	return State{
		Phase: r.Phase, Severity: rules.Severity(r.Severity), Policy: r.Policy, Next: r.Next, Round: r.Round, Due: store.Time(r.DueAt), Made: r.Made,
		Told: r.Told, Claim: r.Claim, Outgrown: r.Outgrown, Gap: r.Gap, Lost: r.Lost,
	}
}

type stepRow struct {
	bun.BaseModel `bun:"table:escalation_steps,alias:s"`

	Alert     string   `bun:"alert,pk"`
	N         int      `bun:"n,pk"`
	Cause     Cause    `bun:"cause"`
	Why       Why      `bun:"why"`
	Stage     int      `bun:"stage"`
	Round     int      `bun:"round"`
	DueAt     int64    `bun:"due_at"`
	At        int64    `bun:"at"`
	Late      bool     `bun:"late"`
	Emergency bool     `bun:"emergency"`
	Whom      []string `bun:"whom,type:text"`
	Unreached []string `bun:"unreached,type:text"`
}

func (r *stepRow) made() Made {
	return Made{
		N: r.N, Cause: r.Cause, Why: r.Why, Stage: r.Stage, Round: r.Round, Due: store.Time(r.DueAt), At: store.Time(r.At), Late: r.Late, Emergency: r.Emergency,
		Whom: r.Whom, Unreached: r.Unreached,
	}
}

// reachedNobody is set once nobody was reached by it, or when there was nobody.
func (r *stepRow) reachedNobody() bool {
	return !slices.ContainsFunc(r.Whom, func(c string) bool { return !slices.Contains(r.Unreached, c) })
}

// rowsAtOnce bounds one statement.
const rowsAtOnce = 500

// readStates are how far the telling of alerts has come, for those where it has
// begun.
func readStates(ctx context.Context, db bun.IDB, ids []string) (map[string]State, error) {
	states := make(map[string]State, len(ids))
	for some := range slices.Chunk(ids, rowsAtOnce) {
		var rows []stateRow
		if err := db.NewSelect().Model(&rows).Where("alert IN (?)", bun.In(some)).Scan(ctx); err != nil {
			return nil, fmt.Errorf("read how far the telling of alerts has come: %w", err)
		}
		for i := range rows {
			states[rows[i].Alert] = rows[i].state()
		}
	}
	return states, nil
}

// outcome is what a transaction writes.
type outcome struct {
	states []stateRow
	steps  []stepRow
}

func (w *outcome) add(alert string, d Decision, now time.Time) {
	w.states = append(w.states, rowOf(alert, d.State, now))
	for _, m := range d.Made {
		w.steps = append(w.steps, stepRow{
			Alert: alert, N: m.N, Cause: m.Cause, Why: m.Why, Stage: m.Stage, Round: m.Round, DueAt: store.Millis(m.Due), At: store.Millis(m.At), Late: m.Late,
			Emergency: m.Emergency, Whom: m.Whom, Unreached: []string{},
		})
	}
}

func (w *outcome) write(ctx context.Context, tx bun.Tx) error {
	for some := range slices.Chunk(w.states, rowsAtOnce) {
		q := tx.NewInsert().Model(&some).On("CONFLICT (alert) DO UPDATE")
		for _, column := range []string{"phase", "severity", "policy", "next_step", "round", "due_at", "made", "told", "claim", "outgrown", "gap", "lost", "changed_at"} {
			q = q.Set("? = excluded.?", bun.Ident(column), bun.Ident(column))
		}
		if _, err := q.Exec(ctx); err != nil {
			return fmt.Errorf("write how far the telling of alerts has come: %w", err)
		}
	}
	for some := range slices.Chunk(w.steps, rowsAtOnce) {
		if _, err := tx.NewInsert().Model(&some).Exec(ctx); err != nil {
			return fmt.Errorf("write what was told of alerts: %w", err)
		}
	}
	return nil
}

// bySeverity are the severities, gravest first.
var bySeverity = []rules.Severity{rules.Critical, rules.Warning, rules.Info}

// due are the alerts of which something is due, the gravest first and then those
// that were due first, but for some.
func due(ctx context.Context, db bun.IDB, now time.Time, except []string, limit int) (ids []string, err error) {
	for _, severity := range bySeverity {
		find := db.NewSelect().Model((*stateRow)(nil)).Column("alert").Where("severity = ?", int8(severity)).
			Where("due_at <= ?", store.Millis(now)).OrderExpr("due_at, alert").Limit(int64(limit))
		if len(except) > 0 {
			find = find.Where("alert NOT IN (?)", bun.In(except))
		}
		if err := find.Scan(ctx, &ids); err != nil {
			return nil, fmt.Errorf("read what is due to be told: %w", err)
		}
		if len(ids) > 0 {
			return ids, nil
		}
	}
	return nil, nil
}

// nextDue is when something is due next; zero for never.
func nextDue(ctx context.Context, db bun.IDB) (next time.Time, err error) {
	for _, severity := range bySeverity {
		var at int64
		err := db.NewSelect().Model((*stateRow)(nil)).ColumnExpr("coalesce(min(due_at), 0)").Where("due_at IS NOT NULL").Where("severity = ?", int8(severity)).Scan(ctx, &at)
		if err != nil {
			return next, fmt.Errorf("read what is due next: %w", err)
		}
		if t := store.Time(at); at != 0 && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	return next, nil
}

// unheard are the alerts whose steps are made and of which the newest call for help
// reached nobody, when it is known that there are none but the service's staff.
func unheard(ctx context.Context, db bun.IDB) (ids []string, err error) {
	for _, severity := range bySeverity {
		newest := db.NewSelect().TableExpr("escalation_steps AS m").ColumnExpr("max(m.n)").Where("m.alert = e.alert").Where("m.why IN (?)", bun.In([]Why{ForStep, ForGap}))
		var steps []stepRow
		err := db.NewSelect().Model(&steps).Join("JOIN escalations AS e ON e.alert = s.alert").Where("e.severity = ?", int8(severity)).
			Where("e.due_at IS NOT NULL").Where("e.phase = ?", Running).Where("e.gap").Where("NOT e.lost").Where("s.n = (?)", newest).Scan(ctx)
		if err != nil {
			return nil, fmt.Errorf("read of which alerts nobody can be told: %w", err)
		}
		for i := range steps {
			if steps[i].reachedNobody() {
				ids = append(ids, steps[i].Alert)
			}
		}
	}
	return ids, nil
}

// retry makes what comes next due now for the alerts of which nobody could be told.
func retry(ctx context.Context, tx bun.Tx, now time.Time) (n int, err error) {
	ids, err := unheard(ctx, tx)
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(ids, rowsAtOnce) {
		_, err := tx.NewUpdate().Model((*stateRow)(nil)).Set("due_at = ?", store.Millis(now)).Where("alert IN (?)", bun.In(some)).
			Where("phase = ?", Running).Where("due_at > ?", store.Millis(now)).Exec(ctx)
		if err != nil {
			return 0, fmt.Errorf("try again to tell of alerts: %w", err)
		}
	}
	return len(ids), nil
}

// Lost is somebody whom no channel reached with what was told of an alert.
type Lost struct {
	Alert   string
	Step    int // the number of what was told
	Contact string
}

// unreached notes in tx that no channel reached somebody, and returns who was
// asked for help by the same step and may still be reached. It returns false where
// nothing follows from it: of what asked for no help, or was noted before.
func unreached(ctx context.Context, tx bun.Tx, l Lost) (left []string, news bool, err error) {
	var step stepRow
	err = tx.NewSelect().Model(&step).Where("alert = ? AND n = ?", l.Alert, l.Step).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, false, nil // it was not told by a step of ours
	}
	if err != nil {
		return nil, false, fmt.Errorf("read step %d of alert %s, which somebody was not reached with: %w", l.Step, l.Alert, err)
	}
	if slices.Contains(step.Unreached, l.Contact) {
		return nil, false, nil
	}
	step.Unreached = append(step.Unreached, l.Contact)
	if _, err := tx.NewUpdate().Model(&step).Column("unreached").WherePK().Exec(ctx); err != nil {
		return nil, false, fmt.Errorf("write who was not reached with step %d of alert %s: %w", l.Step, l.Alert, err)
	}
	left = slices.DeleteFunc(slices.Clone(step.Whom), func(c string) bool { return slices.Contains(step.Unreached, c) })
	return left, step.Why == ForStep, nil
}

// hasten makes what comes next due at once, unless something else was told since.
func hasten(ctx context.Context, tx bun.Tx, l Lost, now time.Time) error {
	later, err := tx.NewSelect().Model((*stepRow)(nil)).Where("alert = ? AND n > ? AND why = ?", l.Alert, l.Step, ForStep).Exists(ctx)
	if err != nil || later {
		return err
	}
	states, err := readStates(ctx, tx, []string{l.Alert})
	if err != nil {
		return err
	}
	state, ok := states[l.Alert]
	if !ok {
		return errors.New("it has none")
	}
	row := rowOf(l.Alert, state.Unreached(now), now)
	_, err = tx.NewUpdate().Model(&row).Column("lost", "due_at", "changed_at").WherePK().Exec(ctx)
	return err
}
