package budget_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
)

const days = 24 * time.Hour

func many(n int, a budget.Alert) []budget.Alert {
	all := make([]budget.Alert, n)
	for i := range all {
		all[i] = a
	}
	return all
}

func TestBudget(t *testing.T) {
	half, third := 0.5, 1.0/3
	warning := func(who string) budget.Alert {
		return budget.Alert{Resident: who, Rule: "hr_high", Severity: rules.Warning}
	}
	critical := func(who string, v engine.Verdict) budget.Alert {
		return budget.Alert{Resident: who, Rule: "fall", Severity: rules.Critical, Verdict: v}
	}
	two := map[string]time.Duration{"a": 28 * days, "b": 28 * days}
	for _, test := range []struct {
		name    string
		alerts  []budget.Alert
		watched map[string]time.Duration
		within  bool
		ppv     *float64
		over    []string
	}{
		{"nothing", nil, two, true, nil, nil},
		{"nobody", nil, nil, true, nil, nil},
		{"just so many", many(16, warning("a")), two, true, nil, []string{"a"}},
		{"one too many", append(many(16, warning("a")), warning("b")), two, false, nil, []string{"a"}},
		{"half of the critical ones false", []budget.Alert{critical("a", engine.TrueAlarm), critical("b", engine.FalseAlarm)}, two, true, &half, []string{}},
		{"too many of them", []budget.Alert{critical("a", engine.TrueAlarm), critical("a", engine.FalseAlarm), critical("b", engine.FalseAlarm)}, two, false, &third, []string{}},
		{"two false ones in a month", []budget.Alert{critical("a", engine.FalseAlarm), critical("a", engine.FalseAlarm), critical("b", engine.TrueAlarm), critical("b", engine.TrueAlarm)}, map[string]time.Duration{"a": 30 * days, "b": 30 * days}, true, &half, []string{"a"}},
		{"tests do not count", many(40, budget.Alert{Resident: "a", Rule: "hr_high", Severity: rules.Warning, Verdict: engine.TestAlarm}), two, true, nil, nil},
		{"tests are neither", []budget.Alert{critical("a", engine.TestAlarm), critical("a", "")}, two, true, nil, nil},
		{"two on the first day", many(2, warning("a")), map[string]time.Duration{"a": days}, true, nil, nil},
	} {
		r := budget.Of(test.alerts, test.watched)
		over := []string{}
		for _, one := range r.Over {
			over = append(over, one.Resident)
		}
		if test.over == nil {
			test.over = []string{}
		}
		if r.Within != test.within || !cmp.Equal(r.PPV, test.ppv) || !cmp.Equal(over, test.over) {
			t.Errorf("%s: within %t, PPV %v, over %v: %+v", test.name, r.Within, r.PPV, over, r)
		}
	}
	r := budget.Of(append(many(3, warning("a")), critical("b", engine.FalseAlarm)), two)
	want := []budget.RuleShare{{Rule: "hr_high", NonCritical: 3}, {Rule: "fall", Critical: 1, False: 1}}
	if diff := cmp.Diff(want, r.Rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	r = budget.Of([]budget.Alert{critical("a", engine.TestAlarm), critical("a", ""), warning("a")}, two)
	if r.Critical != 1 || r.NonCritical != 1 || r.Tests != 1 || len(r.Rules) != 2 {
		t.Errorf("with a test: %+v", r)
	}
	r = budget.Of(append(many(3, warning("a")), critical("b", engine.FalseAlarm)), two)
	if r.ResidentWeeks != 8 || r.PerWeek != 3.0/8 {
		t.Errorf("%+v", r)
	}
}
