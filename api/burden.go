package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// Burden is what a rule asks of those who answer its alerts.
type Burden struct {
	Rule            string           `json:"rule"`
	From            time.Time        `json:"from"`
	To              time.Time        `json:"to"`
	Weeks           int              `json:"weeks"`
	Residents       int              `json:"residents" doc:"Of how many residents it is told"`
	Alerts          int              `json:"alerts" doc:"How many began in that time, without drills and tests"`
	ByWeek          []int            `json:"by_week" doc:"In each week, oldest first"`
	ResidentWeeks   float64          `json:"resident_weeks" doc:"How long they were watched over, all together: from the day that each came to Anxin"`
	PerWeek         float64          `json:"per_week" doc:"In one of the weeks"`
	PerResidentWeek float64          `json:"per_resident_week" doc:"For one resident in a week, as in the alert budget; less than a week counts as one"`
	AtNight         int              `json:"at_night" doc:"How many began between 22:00 and 7:00 on the resident's clock"`
	NightShare      float64          `json:"night_share" doc:"Which part of all, 0 to 1"`
	BySeverity      BurdenSeverities `json:"by_severity" doc:"By the gravest that each came to"`
	Verdicts        BurdenVerdicts   `json:"verdicts"`
	Claimed         int              `json:"claimed" doc:"How many somebody took"`
	MinutesToClaim  *BurdenMinutes   `json:"minutes_to_claim,omitempty" doc:"How long that took; none when nobody took any"`
}

// BurdenSeverities are alerts by severity.
type BurdenSeverities struct {
	Info     int `json:"info"`
	Warning  int `json:"warning"`
	Critical int `json:"critical"`
}

// BurdenVerdicts are alerts by what people found them to have been.
type BurdenVerdicts struct {
	True       int `json:"true"`
	FalseAlarm int `json:"false_alarm"`
	Test       int `json:"test"`
	NotTheirs  int `json:"not_theirs" doc:"Those that began by readings of somebody else; not among the alerts that are counted"`
	None       int `json:"none" doc:"Those that nobody has judged"`
}

// BurdenMinutes are minutes within which half, and nine of ten, were taken.
type BurdenMinutes struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
}

type burdenInput struct {
	RulePath
	Weeks    int    `query:"weeks" minimum:"1" maximum:"52" default:"4" doc:"Of how many weeks, until now"`
	Resident string `query:"resident" doc:"Of this resident alone"`
}

type burdenOutput struct{ Body Burden }

func (a *API) ruleBurden(ctx context.Context, in *burdenInput) (*burdenOutput, error) {
	if _, err := a.ruleVersions(ctx, &in.RulePath); err != nil {
		return nil, err
	}
	all, err := a.residentStore.List(ctx, records.ResidentQuery{})
	if err != nil {
		return nil, a.failed(ctx, "list residents", err)
	}
	q := alerts.BurdenQuery{Rule: in.ID, To: a.now().UTC(), Weeks: in.Weeks}
	var residents []string
	came := map[string]time.Time{}
	zones := map[string]*time.Location{}
	mine, err := visible(ctx, a, records.Alerts, all, residentID)
	if err != nil {
		return nil, err
	}
	for _, r := range mine {
		residents = append(residents, r.ID)
	}
	for _, r := range all {
		zones[r.ID], came[r.ID] = r.Zone(), r.CreatedAt
		if r.HomeID != "" {
			zones[alerts.HomeKey(r.HomeID)] = r.Zone()
		}
	}
	if in.Resident != "" {
		if _, err := a.resident(ctx, records.Alerts, in.Resident); err != nil {
			return nil, err
		}
		residents = []string{in.Resident}
	}
	if in.Resident != "" || len(residents) < len(all) {
		q.Residents = append([]string{}, residents...) // alerts about homes are not told of
	}
	b, err := a.alerts.Burden(ctx, q, func(resident, home string) *time.Location {
		if zone, ok := zones[resident]; ok && resident != "" {
			return zone
		}
		if zone, ok := zones[alerts.HomeKey(home)]; ok {
			return zone
		}
		return time.UTC
	})
	if err != nil {
		return nil, a.failed(ctx, "read the burden of the rule", err)
	}
	watched := budget.Watched{}
	for _, id := range residents {
		watched.Add(id, came[id], b.From, b.To)
	}
	return &burdenOutput{Body: showBurden(in.ID, watched, b)}, nil
}

func showBurden(rule string, watched budget.Watched, b alerts.Burden) Burden {
	out := Burden{
		Rule: rule, From: b.From, To: b.To, Weeks: len(b.ByWeek), Residents: len(watched), Alerts: b.Alerts, ByWeek: b.ByWeek,
		ResidentWeeks: watched.Weeks(), PerWeek: float64(b.Alerts) / float64(len(b.ByWeek)), PerResidentWeek: watched.PerWeek(b.Alerts),
		AtNight: b.Night, Claimed: b.Claimed,
		BySeverity: BurdenSeverities{Info: b.BySeverity[rules.Info], Warning: b.BySeverity[rules.Warning], Critical: b.BySeverity[rules.Critical]},
		Verdicts: BurdenVerdicts{
			True: b.Verdicts[engine.TrueAlarm], FalseAlarm: b.Verdicts[engine.FalseAlarm], Test: b.Verdicts[engine.TestAlarm], NotTheirs: b.Verdicts[engine.NotTheirs], None: b.Verdicts[""],
		},
	}
	if b.Alerts > 0 {
		out.NightShare = float64(b.Night) / float64(b.Alerts)
	}
	if b.Claimed > 0 {
		out.MinutesToClaim = &BurdenMinutes{P50: b.P50Minutes, P90: b.P90Minutes}
	}
	return out
}
