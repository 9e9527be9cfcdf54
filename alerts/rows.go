package alerts

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

type alertRow struct {
	bun.BaseModel `bun:"table:alerts"`

	ID           string         `bun:"id,pk"`
	Resident     string         `bun:"resident"`
	Home         string         `bun:"home"`
	Device       string         `bun:"device"`
	PartOf       string         `bun:"part_of"`
	Rule         string         `bun:"rule"`
	RuleText     string         `bun:"rule_text"`
	Status       engine.Status  `bun:"status"`
	Severity     int8           `bun:"severity"`
	Since        int64          `bun:"since"`
	BeganAt      int64          `bun:"began_at"`
	ChangedAt    int64          `bun:"changed_at"`
	ResolvedAt   int64          `bun:"resolved_at,nullzero"`
	ClaimedBy    string         `bun:"claimed_by"`
	ClaimedUntil int64          `bun:"claimed_until,nullzero"`
	SnoozedUntil int64          `bun:"snoozed_until,nullzero"`
	Verdict      engine.Verdict `bun:"verdict"`
	Transitions  int            `bun:"transitions"`
}

type transitionRow struct {
	bun.BaseModel `bun:"table:alert_transitions"`

	Alert    string         `bun:"alert,pk"`
	N        int            `bun:"n,pk"`
	Version  int            `bun:"version"`
	At       int64          `bun:"at"`
	Status   engine.Status  `bun:"status"`
	Severity int8           `bun:"severity"`
	Cause    engine.Cause   `bun:"cause"`
	By       string         `bun:"by_user"`
	Until    int64          `bun:"until,nullzero"`
	Verdict  engine.Verdict `bun:"verdict"`
	Reason   string         `bun:"reason"`
	Evidence string         `bun:"evidence"`
}

func (row *alertRow) alert() (Alert, error) {
	a := Alert{
		ID: row.ID, PartOf: row.PartOf, Resident: row.Resident, Home: row.Home, Device: row.Device, Status: row.Status, Severity: rules.Severity(row.Severity), Since: store.Time(row.Since), BeganAt: store.Time(row.BeganAt),
		ChangedAt: store.Time(row.ChangedAt), ResolvedAt: store.Time(row.ResolvedAt), ClaimedBy: row.ClaimedBy, ClaimedUntil: store.Time(row.ClaimedUntil),
		SnoozedUntil: store.Time(row.SnoozedUntil), Verdict: row.Verdict,
	}
	if err := json.Unmarshal([]byte(row.RuleText), &a.Rule); err != nil {
		return a, fmt.Errorf("read the rule of alert %s: %w", row.ID, err)
	}
	return a, nil
}

func (row *transitionRow) transition() (Transition, error) {
	t := row.bare()
	if err := json.Unmarshal([]byte(row.Evidence), &t.Evidence); err != nil {
		return t, fmt.Errorf("read the evidence of alert %s: %w", row.Alert, err)
	}
	return t, nil
}

// bare is the transition without its evidence.
func (row *transitionRow) bare() Transition {
	return Transition{
		N: row.N, Version: row.Version, At: store.Time(row.At), Status: row.Status, Severity: rules.Severity(row.Severity), Cause: row.Cause, By: row.By, Until: store.Time(row.Until),
		Verdict: row.Verdict, Reason: row.Reason,
	}
}

// write puts a transition into the tables. It reports whether it was new: one
// that is there already changes nothing.
func write(ctx context.Context, tx bun.Tx, t engine.Transition, rule rules.Rule) (bool, error) {
	if t.N == 1 {
		text, err := json.Marshal(rule)
		if err != nil {
			return false, err
		}
		row := alertRow{
			ID: t.Alert, PartOf: t.PartOf, Resident: t.Resident, Home: t.Home, Device: t.Device, Rule: t.Rule, RuleText: string(text), Status: t.Status, Severity: int8(t.Severity), Since: t.Since, BeganAt: t.At, ChangedAt: t.At,
		}
		if _, err := tx.NewInsert().Model(&row).On("CONFLICT (id) DO NOTHING").Exec(ctx); err != nil {
			return false, fmt.Errorf("write alert %s: %w", t.Alert, err)
		}
		if t.Resident != "" {
			kept := emptyAround(&row)
			if _, err := tx.NewInsert().Model(&kept).On("CONFLICT (alert) DO NOTHING").Exec(ctx); err != nil {
				return false, fmt.Errorf("write that the readings around alert %s are to be kept: %w", t.Alert, err)
			}
		}
	}
	evidence, err := json.Marshal(evidenceOf(t.Evidence))
	if err != nil {
		return false, err
	}
	row := transitionRow{
		Alert: t.Alert, N: t.N, Version: t.Version, At: t.At, Status: t.Status, Severity: int8(t.Severity), Cause: t.Cause, By: t.By, Until: t.Until, Verdict: t.Verdict, Reason: t.Reason,
		Evidence: string(evidence),
	}
	result, err := tx.NewInsert().Model(&row).On("CONFLICT (alert, n) DO NOTHING").Exec(ctx)
	if err != nil {
		return false, fmt.Errorf("write transition %d of alert %s: %w", t.N, t.Alert, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	return true, advance(ctx, tx, t)
}

// advance brings the alert itself to where a new transition leaves it.
func advance(ctx context.Context, tx bun.Tx, t engine.Transition) error {
	q := tx.NewUpdate().Model((*alertRow)(nil)).Where("id = ? AND transitions < ?", t.Alert, t.N).
		Set("status = ?, severity = ?, changed_at = ?, transitions = ?, part_of = ?", t.Status, int8(t.Severity), t.At, t.N, t.PartOf)
	switch {
	case t.Status == engine.Resolved:
		q = q.Set("resolved_at = ?, verdict = ?, claimed_until = NULL, snoozed_until = NULL", t.At, t.Verdict)
	case t.Snoozed != 0:
		q = q.Set("snoozed_until = ?", t.Snoozed)
	default:
		q = q.Set("snoozed_until = NULL")
	}
	if t.Status != engine.Resolved {
		q = q.Set("claimed_by = ?", t.Holder)
		if t.Status == engine.Claimed {
			q = q.Set("claimed_until = ?", t.HeldUntil)
		} else {
			q = q.Set("claimed_until = NULL")
		}
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("bring alert %s to transition %d: %w", t.Alert, t.N, err)
	}
	return nil
}
