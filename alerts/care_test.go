package alerts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

func TestCareInWordsThatTheRulesKnow(t *testing.T) {
	own := rules.Rule{
		ID: "own", Name: rules.Text{EN: "Own", ZH: "自"}, Message: rules.Text{EN: "Own", ZH: "自"}, Residents: rules.Who{Conditions: []string{"parkinson"}},
		Level: rules.Level{Severity: rules.Info, When: "heart_rate > 90"}, Clear: rules.Clear{By: "person"},
	}
	day := 24 * time.Hour
	for _, c := range []struct {
		name string
		care records.Care
		want []store.Field
	}{
		{"nothing", records.Care{}, nil},
		{"all known", records.Care{
			Conditions: []string{"copd", "dementia", "parkinson"}, Limits: map[string]float64{"spo2.low": 90},
			Planned: map[string]time.Duration{"bp_systolic": day, "body_weight": day},
		}, nil},
		{"misspelt", records.Care{
			Conditions: []string{"cop", "hypertension"}, Limits: map[string]float64{"spo2.lo": 90}, Planned: map[string]time.Duration{"bp_sistolic": day},
		}, []store.Field{
			{Path: "conditions", Message: `"cop": no rule asks for it: did you mean copd?`},
			{Path: "conditions", Message: `"hypertension": no rule asks for it`},
			{Path: "limits.spo2.lo", Message: "is no threshold: did you mean spo2.low?"},
			{Path: "planned.bp_sistolic", Message: "is no metric: did you mean bp_systolic?"},
		}},
		{"beside the point", records.Care{
			Limits: map[string]float64{"spo2.very_low": 95}, Planned: map[string]time.Duration{"fall_event": day, "room_temperature": day},
		}, []store.Field{
			{Path: "limits.spo2.very_low", Message: "95 is not below spo2.low, which is 94"},
			{Path: "planned.fall_event", Message: "is nothing that is measured of a resident by plan"},
			{Path: "planned.room_temperature", Message: "is nothing that is measured of a resident by plan"},
		}},
	} {
		got, err := alerts.CheckCare(c.care, []rules.Rule{own})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	// What a rule of one's own has taken the place of is still known.
	if got, err := alerts.CheckCare(records.Care{Conditions: []string{"insulin"}}, nil); err != nil || got != nil {
		t.Errorf("%v, %v", got, err)
	}
}

// The two packages name situations alike, neither knowing the other.
func TestSituationsAreCalledAlike(t *testing.T) {
	for kind, want := range map[records.SituationKind]rules.Situation{
		records.AwayFromHome: rules.AwayFromHome, records.InHospital: rules.InHospital, records.WithVisitors: rules.WithVisitors,
	} {
		if string(kind) != string(want) {
			t.Errorf("%s and %s", kind, want)
		}
	}
}

func TestProfiles(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	r := records.Resident{ID: "r-1", TimeZone: "Asia/Shanghai", BirthDate: records.Date{Year: 1941, Month: 3, Day: 5}}
	got := alerts.ProfileOf(r, records.Care{
		Conditions: []string{"copd"}, Limits: map[string]float64{"spo2.low": 90}, Scale2: records.Decision{By: "Dr Wu", On: records.Date{Year: 2026, Month: 1, Day: 2}},
		Planned: map[string]time.Duration{"bp_systolic": 12 * time.Hour, "of another version": time.Hour},
	}, []records.Situation{
		{Kind: records.AwayFromHome, Until: at.Add(5 * time.Hour), EndedAt: at},
		{Kind: records.WithVisitors, Until: at.Add(3 * time.Hour)},
		{Kind: records.AwayFromHome, Until: at.Add(2 * time.Hour)},
	})
	want := alerts.Profile{
		TimeZone: "Asia/Shanghai", BirthDate: "1941-03-05", Conditions: []string{"copd"}, Limits: map[string]float64{"spo2.low": 90}, Scale2: true,
		Planned: map[vitals.Metric]rules.Span{vitals.BPSystolic: rules.Span(12 * time.Hour)},
		Situations: map[rules.Situation]int64{
			rules.AwayFromHome: at.Add(2 * time.Hour).UnixMilli(), rules.WithVisitors: at.Add(3 * time.Hour).UnixMilli(),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(alerts.Profile{TimeZone: "Asia/Shanghai", BirthDate: "1941-03-05"}, alerts.ProfileOf(r, records.Care{}, nil)); diff != "" {
		t.Errorf("of somebody of whom nothing is said: %s", diff)
	}
}
