package rules_test

import (
	"fmt"
	"testing"

	"github.com/anxin-care/anxin/alerts/rules"
)

func TestPlainIsTheFirstComparisonOfALevel(t *testing.T) {
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	nobody := func(string) bool { return false }
	for rule, want := range map[string]string{
		"hr_high":          "[heart_rate] > 100",
		"hr_low":           "[heart_rate] < 50",
		"spo2_low":         "[spo2] < 94",
		"spo2_copd_low":    "[spo2] < 94",
		"bp_severe":        "[bp_systolic] >= 180", // of an average
		"bp_high_home_avg": "[bp_systolic] >= 135",
		"glucose_low":      "[glucose_random glucose_fasting glucose_2h_postprandial] < 3.9",
		"rr_low":           "[respiratory_rate] <= 11",
		"room_cold":        "[room_temperature] < 18",
		"spo2_drop":        "none", // its bound is the resident's own
		"sos":              "none",
		"no_activity_day":  "none",
		"no_getup":         "none",
		"steps_drop":       "none",
		"news2_high":       "none",
	} {
		i, ok := set.Find(rule)
		if !ok {
			t.Fatalf("there is no rule %s", rule)
		}
		got := "none"
		if p, ok := set.Programs()[i].Plain(); ok {
			bound, known := p.BoundFor(nil, nobody)
			if !known {
				t.Errorf("%s: threshold %s is none", rule, p.Limit)
			}
			got = fmt.Sprint(p.Metrics, " ", p.Op, " ", bound)
			beyond := map[string]float64{"<": bound - 1, "<=": bound, ">": bound + 1, ">=": bound}[p.Op]
			if !p.Over(beyond, bound) || p.Over(2*bound-beyond, bound) != (beyond == bound) {
				t.Errorf("%s: %v %s %v", rule, beyond, p.Op, bound)
			}
		}
		if got != want {
			t.Errorf("%s: %s, want %s", rule, got, want)
		}
	}
	copd := func(condition string) bool { return condition == "copd" }
	i, _ := set.Find("spo2_copd_low")
	p, _ := set.Programs()[i].Plain()
	if bound, _ := p.BoundFor(nil, copd); bound != 88 {
		t.Errorf("with COPD the bound is %v", bound)
	}
	if bound, _ := p.BoundFor(map[string]float64{"spo2.low": 86}, copd); bound != 86 {
		t.Errorf("with a limit of one's own it is %v", bound)
	}
}
