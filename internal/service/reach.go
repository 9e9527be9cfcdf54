package service

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/deliveries"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

const (
	// gapRule is the rule of the alert that of some residents nobody can be told.
	gapRule = "reach_gap"
	gapKey  = "reach"
)

// reachAlarm tells the service's staff that of some residents nobody can be told.
type reachAlarm struct{ judge *alerts.Judge }

// Raise implements [deliveries.Alarm]. Whatever the gap is of, it wakes nobody who
// is not at work.
func (a reachAlarm) Raise(ctx context.Context, g deliveries.Gap) error {
	since := g.Since.UnixMilli()
	return a.judge.Raise(ctx, alerts.ServiceKey, engine.Raise{
		ID: g.ID, Rule: gapRule, Severity: min(g.Severity, rules.Warning), Since: since,
		Incidents: []engine.Incident{{Key: gapKey, Kind: "gap", What: g.Severity.String(), At: since}},
	})
}

// Lower implements [deliveries.Alarm].
func (a reachAlarm) Lower(ctx context.Context) error {
	return a.judge.Lower(ctx, alerts.ServiceKey, engine.Lower{Rule: gapRule, Key: gapKey})
}

// pretence begins drills.
type pretence struct{ judge *alerts.Judge }

// Drill implements [deliveries.Pretence].
func (p pretence) Drill(ctx context.Context, resident, id string) error {
	now := time.Now().UnixMilli()
	return p.judge.Raise(ctx, resident, engine.Raise{
		ID: id, Rule: alerts.DrillRule, Severity: rules.Critical, Since: now, Incidents: []engine.Incident{{Key: id, Kind: "drill", At: now}},
	})
}
