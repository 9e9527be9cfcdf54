package rules

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// An alert ends at some distance from where it began, for those too whose limits
// are their own.
func TestAlertsEndAwayFromTheirThresholds(t *testing.T) {
	type values = map[vitals.Metric]float64
	pressure := func(systolic, diastolic float64) values {
		return values{vitals.BPSystolic: systolic, vitals.BPDiastolic: diastolic, vitals.HeartRate: 80}
	}
	one := func(m vitals.Metric, v float64) values { return values{m: v} }
	for _, tc := range []struct {
		rule       string
		limits     map[string]float64
		open, over values
	}{
		{"bp_extreme", nil, pressure(180, 109), pressure(179, 109)},
		{"bp_extreme", nil, pressure(179, 110), pressure(179, 109)},
		{"bp_severe", nil, pressure(170, 104), pressure(169, 104)},
		{"bp_severe", map[string]float64{"bp.severe.systolic": 165}, pressure(155, 104), pressure(154, 104)},
		{"bp_high_session", nil, pressure(155, 94), pressure(154, 94)},
		{"bp_high_session", map[string]float64{"bp.high.systolic": 150}, pressure(145, 94), pressure(144, 94)},
		{"bp_low", nil, pressure(99, 55), pressure(100, 55)},
		{"bp_low", map[string]float64{"bp.low.systolic": 105}, pressure(114, 55), pressure(115, 55)},
		{"bp_low_critical", nil, pressure(99, 55), pressure(100, 55)},
		{"hr_very_high", nil, one(vitals.HeartRate, 111), one(vitals.HeartRate, 110)},
		{"hr_very_high", map[string]float64{"hr.very_high": 110}, one(vitals.HeartRate, 90), one(vitals.HeartRate, 89)},
		{"hr_very_low", nil, one(vitals.HeartRate, 49), one(vitals.HeartRate, 50)},
		{"hr_very_low", map[string]float64{"hr.very_low": 50}, one(vitals.HeartRate, 59), one(vitals.HeartRate, 60)},
		{"temp_low", nil, one(vitals.BodyTemperature, 35.9), one(vitals.BodyTemperature, 36.0)},
		{"temp_high_fever", nil, one(vitals.BodyTemperature, 38.5), one(vitals.BodyTemperature, 38.4)},
		{"temp_raised", nil, one(vitals.BodyTemperature, 37.0), one(vitals.BodyTemperature, 36.9)},
		{"rr_very_high", nil, one(vitals.RespiratoryRate, 23), one(vitals.RespiratoryRate, 22)},
		{"rr_low", nil, one(vitals.RespiratoryRate, 11), one(vitals.RespiratoryRate, 12)},
		{"spo2_drop", nil, one(vitals.SpO2, 93), one(vitals.SpO2, 94)},
		{"spo2_drop", map[string]float64{"spo2.drop": 5}, one(vitals.SpO2, 91), one(vitals.SpO2, 92)},
		{"glucose_low", nil, one(vitals.GlucoseRandom, 4.3), one(vitals.GlucoseRandom, 4.4)},
		{"glucose_high", nil, one(vitals.GlucoseRandom, 12.1), one(vitals.GlucoseRandom, 12.0)},
		{"glucose_very_high", nil, one(vitals.GlucoseRandom, 14.0), one(vitals.GlucoseRandom, 13.9)},
	} {
		k := world()
		k.limits, k.conditions = tc.limits, ""
		k.past[Window{Metric: vitals.SpO2, Span: Span(7 * 24 * time.Hour), Before: true}] = Past{Count: 10, Sum: 960, Days: 5}
		c, err := compile(defaultRule(t, tc.rule).Clear.When, k.window)
		if err != nil {
			t.Fatalf("%s: %v", tc.rule, err)
		}
		for _, at := range []struct {
			values values
			want   Truth
		}{{tc.open, False}, {tc.over, True}} {
			k.values = at.values
			if got, _ := c.Holds(k); got != at.want {
				t.Errorf("%s with %v is over at %v: %s, want %s", tc.rule, tc.limits, at.values, got, at.want)
			}
		}
	}
	for _, id := range []string{"bp_extreme", "bp_severe", "bp_high_session"} {
		if c := defaultRule(t, id).Clear; c.Readings != 2 || c.For != Span(10*time.Minute) {
			t.Errorf("%s ends with %+v, want two sessions", id, c.Confirm)
		}
	}
}
