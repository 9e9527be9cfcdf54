// Package budget says whether alerts are few enough, and right often enough, to
// be believed: whoever is called too often for nothing stops listening.
package budget

import (
	"cmp"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

// The budget (Anxin's clinical catalogue, section 7): what a resident's alerts
// may come to.
const (
	NonCriticalPerWeek    = 2.0 // alerts that are not critical, a resident and week
	FalseCriticalPerMonth = 1.0 // false critical ones, a resident and month of 30 days
	CriticalPPV           = 0.5 // at least, of the critical ones that were true or false
)

const (
	week  = 7 * 24 * time.Hour
	month = 30 * 24 * time.Hour
)

// Alert is what the budget must know of one.
type Alert struct {
	Resident, Rule string
	// Severity is the gravest that it came to.
	Severity rules.Severity
	Verdict  engine.Verdict // "" while nobody has said
}

// Standing is how alerts stand beside the budget.
type Standing struct {
	Residents     int     `json:"residents"`
	ResidentWeeks float64 `json:"resident_weeks"`
	// NonCritical are all that are not critical, PerWeek those a resident and week.
	NonCritical int     `json:"non_critical"`
	PerWeek     float64 `json:"non_critical_per_resident_week"`
	Critical    int     `json:"critical"`
	// True and False are critical ones by verdict; the others have none.
	True  int `json:"critical_true"`
	False int `json:"critical_false"`
	// Tests are those of all severities that were found to be tests: nothing else
	// counts them.
	Tests int `json:"tests"`
	// FalsePerMonth are the false ones a resident and month of 30 days.
	FalsePerMonth float64 `json:"false_critical_per_resident_month"`
	// PPV is how many of the critical ones that were true or false were true; nil
	// when nobody has said of any.
	PPV *float64 `json:"critical_ppv,omitempty"`
	// Rules are those that gave alerts, the most first.
	Rules []RuleShare `json:"rules"`
	// Over are the residents who have more than the budget, the most first.
	Over []OverBudget `json:"residents_over"`
	// Within reports that all residents together are within it, as far as people have
	// said what was true and what was false.
	Within bool `json:"within"`
}

// RuleShare is a rule's share.
type RuleShare struct {
	Rule        string `json:"rule"`
	NonCritical int    `json:"non_critical"`
	Critical    int    `json:"critical"`
	False       int    `json:"critical_false"`
}

// OverBudget is somebody who is over the budget.
type OverBudget struct {
	Resident      string  `json:"resident"`
	NonCritical   int     `json:"non_critical"`
	PerWeek       float64 `json:"non_critical_per_week"`
	False         int     `json:"critical_false"`
	FalsePerMonth float64 `json:"false_critical_per_month"`
}

// Of puts alerts beside the budget.
func Of(alerts []Alert, watched Watched) Standing {
	r := Standing{Residents: len(watched), Rules: []RuleShare{}, Over: []OverBudget{}}
	byRule, byResident := map[string]*RuleShare{}, map[string]*OverBudget{}
	for _, a := range alerts {
		if a.Verdict == engine.TestAlarm {
			r.Tests++
			continue
		}
		if a.Verdict == engine.NotTheirs {
			continue
		}
		rule, resident := byRule[a.Rule], byResident[a.Resident]
		if rule == nil {
			rule = &RuleShare{Rule: a.Rule}
			byRule[a.Rule] = rule
		}
		if resident == nil {
			resident = &OverBudget{Resident: a.Resident}
			byResident[a.Resident] = resident
		}
		if a.Severity != rules.Critical {
			r.NonCritical++
			rule.NonCritical++
			resident.NonCritical++
			continue
		}
		r.Critical++
		rule.Critical++
		switch a.Verdict {
		case engine.TrueAlarm:
			r.True++
		case engine.FalseAlarm:
			r.False++
			rule.False++
			resident.False++
		}
	}
	r.ResidentWeeks = watched.Weeks()
	r.PerWeek, r.FalsePerMonth = watched.PerWeek(r.NonCritical), rate(r.False, watched.whole(), month)
	if said := r.True + r.False; said > 0 {
		ppv := float64(r.True) / float64(said)
		r.PPV = &ppv
	}
	r.Within = r.PerWeek <= NonCriticalPerWeek && r.FalsePerMonth <= FalseCriticalPerMonth && (r.PPV == nil || *r.PPV >= CriticalPPV)
	for _, rule := range byRule {
		r.Rules = append(r.Rules, *rule)
	}
	slices.SortFunc(r.Rules, func(a, b RuleShare) int {
		return cmp.Or(cmp.Compare(b.NonCritical+b.Critical, a.NonCritical+a.Critical), cmp.Compare(a.Rule, b.Rule))
	})
	for id, one := range byResident {
		one.PerWeek, one.FalsePerMonth = rate(one.NonCritical, watched[id], week), rate(one.False, watched[id], month)
		if one.PerWeek > NonCriticalPerWeek || one.FalsePerMonth > FalseCriticalPerMonth {
			r.Over = append(r.Over, *one)
		}
	}
	slices.SortFunc(r.Over, func(a, b OverBudget) int {
		return cmp.Or(cmp.Compare(b.PerWeek, a.PerWeek), cmp.Compare(b.FalsePerMonth, a.FalsePerMonth), cmp.Compare(a.Resident, b.Resident))
	})
	return r
}
