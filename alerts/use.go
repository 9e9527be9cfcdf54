package alerts

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// rulesRow are the rules that the written states were judged by. What came after
// is to be judged again by the same, or it would come to something else.
type rulesRow struct {
	bun.BaseModel `bun:"table:engine_rules"`

	ID    int    `bun:"id,pk"`
	Rules string `bun:"rules"`
	Since int64  `bun:"since"`
}

// Use makes the judge go on by other rules, and does with in the transaction
// that makes it so: either both hold after a crash or none does. Nothing is
// heard in between. What was open stays open, and all rules are looked at once
// by what is known now.
func (j *Judge) Use(ctx context.Context, set *rules.Set, with ...func(context.Context, bun.Tx) error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if ok, err := j.ready(); !ok || err != nil {
		return errors.Join(err, errStarting)
	}
	if err := j.settle(ctx); err != nil {
		return err
	}
	return j.use(ctx, set, with...)
}

func (j *Judge) use(ctx context.Context, set *rules.Set, with ...func(context.Context, bun.Tx) error) error {
	j.awaitSaved()
	if err := j.write(ctx); err != nil {
		return err
	}
	// States are written as they were judged, by the old rules. Those that have not
	// changed since they were written are what the new engine would load.
	since := j.now().UnixMilli()
	noted := func(ctx context.Context, tx bun.Tx) error { return noteRules(ctx, tx, set, since) }
	if err := j.save(ctx, append([]func(context.Context, bun.Tx) error{noted}, with...)...); err != nil {
		return fmt.Errorf("judge by other rules: %w", err)
	}
	next := engine.New(set)
	for resident, s := range j.states {
		taken := next.Take(s, j.engine)
		taken.LookAt(since)
		j.put(resident, taken)
		j.dirty[resident] = struct{}{}
	}
	j.engine, j.rules, j.since, j.next = next, set, since, nil
	return nil
}

func noteRules(ctx context.Context, db bun.IDB, set *rules.Set, since int64) error {
	text, err := json.Marshal(set.Rules())
	if err != nil {
		return fmt.Errorf("write the rules: %w", err)
	}
	row := rulesRow{ID: 1, Rules: string(text), Since: since}
	if _, err := db.NewInsert().Model(&row).On("CONFLICT (id) DO UPDATE").Set("rules = excluded.rules, since = excluded.since").Exec(ctx); err != nil {
		return fmt.Errorf("write the rules: %w", err)
	}
	return nil
}

// takeRules gives the judge the rules that the written states were judged by.
// Others come into force once all is heard again.
func (j *Judge) takeRules(ctx context.Context, set *rules.Set) error {
	var row rulesRow
	err := j.db.NewSelect().Model(&row).Where("id = 1").Scan(ctx)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("read the rules that were judged by: %w", err)
	}
	if err == nil {
		was, err := readRules(row.Rules)
		if err == nil {
			j.engine, j.rules, j.since = engine.New(was), was, row.Since
			if was.ID() != set.ID() {
				j.next = set
			}
			return nil
		}
		j.log.Warn("the rules of before this start cannot be judged by any more; what was heard last is judged by those of now", "error", err)
	}
	j.engine, j.rules, j.since = engine.New(set), set, j.now().UnixMilli()
	return noteRules(ctx, j.db, set, j.since)
}

func readRules(text string) (*rules.Set, error) {
	var all []rules.Rule
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	return rules.NewSet(all)
}

// settle is for the moment when all is heard again that may have been heard
// before a start: what is open in the tables and what the states know agree
// then, and other rules may take over.
func (j *Judge) settle(ctx context.Context) error {
	if !j.settled {
		if err := j.adoptOrphans(ctx); err != nil {
			return err
		}
		j.settled = true
	}
	if j.next == nil {
		return nil
	}
	return j.use(ctx, j.next)
}

// adoptOrphans gives the states those open alerts of the tables that none of
// them knows: such as began by rules that were not judged by again. Without it
// nobody could close them.
func (j *Judge) adoptOrphans(ctx context.Context) error {
	return j.adopt(ctx, func(a *Alert) []engine.Incident {
		j.log.Warn("an open alert does not come about any more by what was heard; it stays until somebody closes it", "alert", a.ID, "rule", a.Rule.ID)
		return nil
	})
}

// adopt gives the states those open alerts of the tables that none of them knows.
// Found is told of each, and says what is known of its incidents.
func (j *Judge) adopt(ctx context.Context, found func(*Alert) []engine.Incident) error {
	if err := j.write(ctx); err != nil {
		return err
	}
	var open []alertRow
	if err := j.db.NewSelect().Model(&open).Where("status <> ?", engine.Resolved).Order("id").Scan(ctx); err != nil {
		return fmt.Errorf("read the open alerts: %w", err)
	}
	for i := range open {
		row := &open[i]
		key := j.keyOf(row)
		if s, ok := j.states[key]; ok && s.Knows(row.ID) {
			continue
		}
		a, err := row.alert()
		if err != nil {
			return err
		}
		incidents := found(&a)
		err = j.input(key, j.now(), engine.Adopt{
			Alert: row.ID, Rule: row.Rule, Device: row.Device, Version: a.Rule.Version, Since: row.Since, At: row.BeganAt, Severity: a.Severity, Status: row.Status,
			By: row.ClaimedBy, Until: row.ClaimedUntil, Snoozed: row.SnoozedUntil, Transitions: row.Transitions, PartOf: row.PartOf, Incidents: incidents,
		})
		if err != nil {
			return err
		}
	}
	return j.write(ctx)
}

// keyOf names the state that an alert belongs to: that of the resident, or of
// the home where the device is, or was, or Anxin's own.
func (j *Judge) keyOf(row *alertRow) string {
	if row.Resident != "" {
		return row.Resident
	}
	if key, ok := j.homeOf[row.Device]; ok && row.Device != "" {
		return key
	}
	if row.Home != "" {
		return HomeKey(row.Home)
	}
	if row.Device == "" {
		return ServiceKey
	}
	return WornKey("")
}
