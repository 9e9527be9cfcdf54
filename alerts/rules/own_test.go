package rules

import (
	"math"
	"slices"
	"strings"
	"testing"
)

func TestLimitsOfAResidentsOwn(t *testing.T) {
	for _, c := range []struct {
		name       string
		own        map[string]float64
		conditions []string
		want       []string // "name message" of each mistake, shortened
	}{
		{"none", nil, nil, nil},
		{"within their conditions' own", map[string]float64{"spo2.low": 90}, []string{"copd"}, nil},
		{"below the default's neighbour", map[string]float64{"spo2.low": 90}, nil, []string{"spo2.low 90 is not above spo2.very_low, which is 92"}},
		{"both moved", map[string]float64{"spo2.low": 90, "spo2.very_low": 86}, nil, nil},
		{"equal", map[string]float64{"spo2.low": 90, "spo2.very_low": 90}, nil, []string{"spo2.low 90 is not above spo2.very_low, which is 90"}},
		{"above the neighbour", map[string]float64{"spo2.very_low": 95}, nil, []string{"spo2.very_low 95 is not below spo2.low, which is 94"}},
		{"twice wrong, said once", map[string]float64{"glucose.low": 20}, nil, []string{"glucose.low 20 is not below glucose.high, which is 13.9"}},
		{"the highest of a scale", map[string]float64{"hr.very_high": 99}, nil, []string{"hr.very_high 99 is not above hr.high, which is 100"}},
		{"with atrial fibrillation", map[string]float64{"hr.very_high": 105}, []string{"atrial_fibrillation"}, []string{"hr.very_high 105 is not above hr.high, which is 110"}},
		{"out of this world", map[string]float64{"spo2.low": 940}, nil, []string{"spo2.low 940 is not believable: want 75 to 98"}},
		{"no number", map[string]float64{"hr.high": math.NaN()}, nil, []string{"hr.high NaN is not believable"}},
		{"a difference", map[string]float64{"spo2.drop": 4, "weight.gain": 1.5}, nil, nil},
		{"misspelt", map[string]float64{"spo2.lo": 90, "pulse": 80}, nil, []string{"pulse is no threshold", "spo2.lo is no threshold: did you mean spo2.low?"}},
	} {
		var got []string
		for _, m := range CheckLimits(c.own, func(name string) bool { return slices.Contains(c.conditions, name) }) {
			got = append(got, m.Name+" "+m.Message)
		}
		same := len(got) == len(c.want)
		for i := range got {
			same = same && strings.HasPrefix(got[i], c.want[i])
		}
		if !same {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Each threshold has its place, and no combination of conditions may be one that
// a resident's own limits would be refused beside.
func TestEveryLimitHasAScale(t *testing.T) {
	for _, name := range Limits() {
		if !slices.ContainsFunc(packLimits.Scales, func(s scale) bool { return slices.Contains(s.Limits, name) }) {
			t.Errorf("%s is on no scale", name)
		}
	}
	conditions := Conditions()
	for mask := range 1 << len(conditions) {
		has := func(name string) bool { return mask&(1<<slices.Index(conditions, name)) != 0 }
		all := map[string]float64{}
		for _, name := range Limits() {
			all[name], _ = Limit(name, nil, has)
		}
		if wrong := CheckLimits(all, has); len(wrong) > 0 {
			t.Fatalf("conditions %b: %v", mask, wrong)
		}
	}
}

func TestConditionsThatMakeADifference(t *testing.T) {
	all, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	own := all[0]
	own.ID, own.Off = "own", true
	own.Residents = Who{Conditions: []string{"parkinson"}, Without: []string{"palliative"}}
	known, err := ConditionsOf(append(all, own))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"athlete", "atrial_fibrillation", "beta_blocker", "copd", "dementia", "diabetes_complex", "diabetes_very_complex",
		"heart_failure", "insulin", "orthostatic_test", "palliative", "parkinson", "sulfonylurea", "treated_hypertension"}
	if !slices.Equal(known, want) {
		t.Errorf("known are %v\nwant %v", known, want)
	}
	wrong := CheckConditions([]string{"copd", "hart_failure", "green eyes"}, known)
	if len(wrong) != 2 || wrong[0] != (Mistake{"hart_failure", "no rule asks for it: did you mean heart_failure?"}) || wrong[1] != (Mistake{"green eyes", "no rule asks for it"}) {
		t.Errorf("%v", wrong)
	}
	own.When = "nonsense >"
	if _, err := ConditionsOf([]Rule{own}); err == nil {
		t.Error("a rule that cannot be was read")
	}
}
