package engine

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

func TestFastHeart(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 4, "heart_rate 140").expects()
	s.every(time.Minute, 2, "heart_rate 140").expects("hr_very_high began critical")
	s.every(time.Minute, 10, "heart_rate 140").expects("hr_high began warning")
	s.every(time.Minute, 5, "heart_rate 90").expects()
	s.every(time.Minute, 1, "heart_rate 120") // not yet well
	s.every(time.Minute, 10, "heart_rate 90").expects()
	s.every(time.Minute, 1, "heart_rate 90").expects("hr_high cleared warning", "hr_very_high cleared critical")
}

func TestAWalkIsNoAlarm(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 30, "heart_rate 140", "step_count 60").expects()
}

func TestDurationsNeedFreshReadings(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("heart_rate 140").in(time.Hour).expects()
	s.says("heart_rate 140").expects() // after a gap it begins anew
	// One old value looked at often is one reading.
	for range 100 {
		s.in(10 * time.Second)
	}
	s.expects()
}

func TestLateReadingsRaiseNoAlarmAsIfItWereNow(t *testing.T) {
	s := newStory(t, Profile{})
	for i := range 30 {
		s.saidAt(s.now.Add(time.Duration(i-60)*time.Minute), "heart_rate 150")
	}
	if len(s.told) == 0 || s.told[0].At != s.now.UnixMilli() || len(s.told[0].Evidence.Readings) != 1 || s.told[0].Evidence.Shown["value"] != 150 {
		t.Fatalf("what came late is %+v", s.told)
	}
	s.expects("late_finding began warning", "late_finding worsened warning") // by hr_very_high and by hr_high
	s.saidAt(s.now.Add(-2*time.Hour), "fall_event fall").expects("late_finding worsened warning")
	s.in(25 * time.Hour).expects("late_finding cleared warning")
	s.saidAt(s.now.Add(-30*time.Minute), "sos_button pressed")
	if len(s.told) == 1 && s.told[0].Since != s.now.Add(-30*time.Minute).UnixMilli() {
		t.Errorf("pressed half an hour ago, it is told since %s", time.UnixMilli(s.told[0].Since))
	}
	s.expects("sos began critical")
	s = newStory(t, Profile{})
	s.saidAt(s.now.Add(-2*time.Hour), "sos_button pressed").expects("late_finding began warning")
	s = newStory(t, Profile{})
	s.saidAt(s.now.Add(-2*time.Hour), "heart_rate 75", "spo2 96").expects()
	s.saidAt(s.now.Add(-2*time.Hour), "heart_rate 150", "respiratory_rate 22").expects() // one of them alone is no alarm either
	s.saidAt(s.now.Add(-3*time.Hour), "body_temperature 40.5").expects()
	s.saidAt(s.now.Add(-8*24*time.Hour), "sos_button pressed").expects() // nobody needs that now
}

func TestWhatHasOneCauseIsOneAlert(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("consciousness A", "supplemental_oxygen no", "body_temperature 37", "bp_systolic 120", "heart_rate 80")
	s.every(time.Minute, 6, "spo2 91", "respiratory_rate 26").
		expects("news2_medium began warning", "spo2_very_low began critical", "news2_medium worsened critical", "rr_very_high began critical")
	whole := s.alert("news2_medium")
	for _, j := range s.state.judged {
		if a := j.alert; a != nil && (a.Of == whole) != (a.ID != whole) {
			t.Errorf("%+v is a part of %q", a, a.Of)
		}
	}
	s.do(Claim{Alert: whole, By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	s.expects("news2_medium claimed critical")
	s.do(Resolve{Alert: whole, By: "u1", Verdict: TrueAlarm, Reason: "the doctor is there"})
	s.expects("spo2_very_low resolved critical", "rr_very_high resolved critical", "news2_medium resolved critical")
}

// Who is found to have COPD while low oxygen is an alert has other rules from then
// on; what they find is no second alert.
func TestLowOxygenIsOneAlertWhenItsRulesChange(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 3, "spo2 86").expects("spo2_very_low began critical")
	s.do(Profile{Zone: shanghai, Conditions: []string{"copd"}})
	s.every(time.Minute, 3, "spo2 86").expects("spo2_copd_low began warning")
	whole := s.alert("spo2_very_low")
	for _, j := range s.state.judged {
		if a := j.alert; a != nil && (a.Of == whole) != (a.ID != whole) {
			t.Errorf("%+v is a part of %q", a, a.Of)
		}
	}
	s = newStory(t, Profile{})
	s.every(2*time.Minute, 5, "spo2 92.5").expects("spo2_low began warning")
	s.do(Profile{Zone: shanghai, Conditions: []string{"copd"}})
	s.every(time.Minute, 3, "spo2 86").expects("spo2_copd_low began warning", "spo2_low grouped warning")
}

func TestAPartStandsOnItsOwnOnceTheWholeIsOver(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(2*time.Minute, 3, "spo2 93").expects()
	s.every(2*time.Minute, 2, "spo2 93").expects("spo2_low began warning")
	s.every(time.Minute, 3, "spo2 90").expects("spo2_very_low began critical", "spo2_low grouped warning")
	// By its own rule the first is over only when the oxygen is well again.
	s.do(Claim{Alert: s.alert("spo2_low"), By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	s.expects("spo2_low claimed warning")
	s.every(time.Minute, 2, "spo2 94").expects("spo2_very_low cleared critical", "spo2_low ungrouped warning")
	s.every(time.Minute, 2, "spo2 97").expects("spo2_low cleared warning")
}

func TestImplausibleValuesStayOutOfRules(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 20, "heart_rate 0").expects()
	s.every(time.Minute, 3, "bp_systolic 80", "bp_diastolic 120").expects()
}

func TestOneOpenAlertThatWorsens(t *testing.T) {
	s := newStory(t, Profile{Conditions: []string{"copd"}})
	s.every(time.Minute, 2, "spo2 87").expects("spo2_copd_low began warning")
	s.every(time.Minute, 5, "spo2 86").expects()
	s.every(time.Minute, 1, "spo2 82").expects("spo2_copd_low worsened critical")
	s.every(time.Minute, 5, "spo2 87").expects() // it does not get milder while it is open
	s.every(time.Minute, 2, "spo2 90").expects("spo2_copd_low cleared critical")
}

// Where no NEWS2 says how somebody is, their signs of illness are one alert; what is
// critical is told for itself.
func TestSignsOfOneIllnessAreOne(t *testing.T) {
	s := newStory(t, Profile{})
	is := func(part, whole string) {
		t.Helper()
		i, _ := s.engine.set.Find(part)
		if got := s.state.rule(i).alert.Of; got != whole {
			t.Errorf("%s is a part of %q, want %q", part, got, whole)
		}
	}
	s.every(5*time.Minute, 3, "heart_rate 110").expects("hr_high began warning")
	first := s.alert("hr_high")
	s.do(Snooze{Alert: first, By: "u1", Until: s.now.Add(8 * time.Hour).UnixMilli()})
	s.expects("hr_high snoozed warning")
	s.every(5*time.Minute, 2, "spo2 93").expects("spo2_low began warning", "hr_high snooze_ended warning") // who snoozed it did not know
	is("spo2_low", first)
	s.every(5*time.Minute, 3, "heart_rate 80").expects("hr_high cleared warning", "spo2_low ungrouped warning")
	s.every(5*time.Minute, 3, "respiratory_rate 28").expects("rr_very_high began critical", "spo2_low grouped warning")
	is("spo2_low", s.alert("rr_very_high"))
	s.every(5*time.Minute, 3, "heart_rate 140").expects("hr_very_high began critical", "hr_high began warning")
	is("hr_very_high", "")
	is("hr_high", s.alert("hr_very_high"))
	s.in(13 * time.Hour).expects()
	s.every(30*time.Minute, 2, "body_temperature 37.5").expects("temp_raised began info") // half a day later it is another matter
	is("temp_raised", "")
}

func TestStatesGoByTheClock(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("water_leak wet").expects()
	s.in(time.Hour).expects("water_leak began warning")
	if at := s.state.judged; len(at) == 0 {
		t.Fatal("nothing is remembered")
	}
	s.says("water_leak dry").in(9 * time.Minute).expects()
	s.in(time.Minute).expects("water_leak cleared warning")
}

func TestTransitionsStandAtTheirOwnTime(t *testing.T) {
	s := newStory(t, Profile{})
	wet := s.now
	s.says("water_leak wet").in(5 * time.Hour)
	if len(s.told) != 1 || s.told[0].At != wet.Add(2*time.Minute).UnixMilli() || s.told[0].Since != wet.UnixMilli() {
		t.Errorf("%+v, want one of 2 minutes after %s", s.told, wet)
	}
}

func TestFeverIsConfirmedOrNotContradicted(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("body_temperature 39.3").in(5 * time.Minute).expects()
	s.says("body_temperature 36.8").in(time.Hour).expects() // the second says otherwise
	s.says("body_temperature 39.3").in(5*time.Minute).says("body_temperature 39.2").
		expects("temp_fever began warning", "temp_high_fever began critical", "temp_fever grouped warning")
	s = newStory(t, Profile{})
	s.says("body_temperature 38.4").in(14 * time.Minute).expects()
	s.in(time.Minute).expects("temp_fever began warning") // nobody measured again
}

func TestBloodPressure(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("bp_systolic 188", "bp_diastolic 96").expects()
	s.in(2*time.Minute).says("bp_systolic 184", "bp_diastolic 94").expects("bp_severe began critical")
	s.in(time.Hour).says("bp_systolic 150", "bp_diastolic 85").expects()
	s.in(time.Hour).says("bp_systolic 225", "bp_diastolic 110").expects("bp_extreme began critical", "bp_severe grouped critical")
	s.in(time.Minute).says("bp_systolic 78", "bp_diastolic 50").expects("bp_low_critical began critical")
	s = newStory(t, Profile{})
	s.says("bp_systolic 188", "bp_diastolic 96").in(2*time.Minute).says("bp_systolic 152", "bp_diastolic 90").expects() // the mean counts
}

func TestGlucoseIsRoundedBeforeItIsCompared(t *testing.T) {
	for mg, want := range map[float64][]string{70: nil, 69: {"glucose_low began warning"}, 54: {"glucose_low began warning"}, 53: {"glucose_very_low began critical"}} {
		s := newStory(t, Profile{})
		v, err := vitals.GlucoseRandom.Number(mg, "mg/dL")
		if err != nil {
			t.Fatal(err)
		}
		s.do(Readings{Samples: []vitals.Sample{{At: s.now.UnixMilli(), Values: []vitals.Value{v}}}})
		s.expects(want...)
	}
}

// What is called glucose is whichever of its metrics was measured last.
func TestTheLimitOfAGroupIsOfWhatWasMeasured(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("glucose_random 6.5").in(time.Hour).says("glucose_cgm 2.8")
	if len(s.told) != 1 {
		t.Fatalf("told %+v", s.told)
	}
	bounds := s.told[0].Evidence.Bounds
	if len(bounds) != 1 || bounds[0].Metric != vitals.GlucoseCGM || bounds[0].Actual != 2.8 {
		t.Errorf("the bounds are %+v", bounds)
	}
	s.expects("glucose_very_low began critical")
}

func TestSignalClassCapsSeverity(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 6, "heart_rate 150 #radar").expects("hr_very_high began warning")
}

func TestNEWS2OnlyOfACompleteSet(t *testing.T) {
	s := newStory(t, Profile{})
	all := []string{"respiratory_rate 26", "spo2 95", "supplemental_oxygen no", "bp_systolic 100", "heart_rate 95", "body_temperature 36.8"}
	s.says(all...).expects()
	s.in(time.Minute).says("consciousness A").expects("news2_high began critical")
	if score := s.state; score == nil {
		t.Fatal("no state")
	}
	s = newStory(t, Profile{})
	s.says("consciousness A").in(40 * time.Minute).says(all...).expects() // too old
}

func TestPersonalLimitsComeFirst(t *testing.T) {
	s := newStory(t, Profile{Limits: map[string]float64{"hr.very_high": 150}})
	s.every(time.Minute, 20, "heart_rate 140").expects("hr_high began warning")
}

func TestBathroom(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("motion motion @bathroom").in(44 * time.Minute).expects()
	s.in(time.Minute).expects("bathroom_long began warning")
	s.in(20 * time.Minute).expects("bathroom_long worsened critical")
	s.says("motion motion @kitchen").expects("bathroom_long cleared critical")
	s = newStoryAt(t, time.Date(2026, 11, 25, 2, 0, 0, 0, shanghai))
	s.says("motion motion @bathroom").in(31 * time.Minute).expects("bathroom_long began warning") // earlier at night
}

func TestNobodyMoves(t *testing.T) {
	s := newStory(t, Profile{})
	s.now = time.Date(2026, 11, 24, 9, 0, 0, 0, shanghai)
	s = newStoryAt(t, s.now)
	s.says("motion motion @kitchen").in(5*time.Hour + 59*time.Minute).expects()
	s.in(time.Minute).expects("no_activity_day began warning")
	s.in(2 * time.Hour).expects("no_activity_day worsened critical")
	s.says("motion motion @kitchen").expects("no_activity_day cleared critical")
	// Away from home, in bed, or at night nothing is missed.
	s = newStoryAt(t, s.now)
	s.says("motion motion @hall").says("door_contact open @entrance").in(10 * time.Hour).expects()
	s = newStoryAt(t, time.Date(2026, 11, 24, 21, 30, 0, 0, shanghai))
	s.says("motion motion @bedroom").in(13 * time.Hour).expects()
	s.in(3 * time.Hour).expects("no_activity_day began warning") // by noon it is
}

func TestNightsAndMornings(t *testing.T) {
	s := newStoryAt(t, time.Date(2026, 11, 24, 23, 0, 0, 0, shanghai))
	s.says("bed_presence in").in(2 * time.Hour).says("bed_presence out").in(19 * time.Minute).expects()
	s.in(time.Minute).expects("night_out_of_bed began info")
	s.in(30 * time.Minute).expects("night_out_of_bed worsened warning")
	s.says("bed_presence in").expects("night_out_of_bed cleared warning")
	s.in(8 * time.Hour).expects("no_getup began warning") // 09:30 has passed
	s.says("bed_presence out").expects("no_getup cleared warning")
}

func TestSituationsPauseAndEnd(t *testing.T) {
	s := newStoryAt(t, time.Date(2026, 11, 24, 8, 0, 0, 0, shanghai))
	s.says("motion motion @kitchen")
	s.do(Profile{Zone: shanghai, Situations: map[rules.Situation]int64{rules.AwayFromHome: s.now.Add(4 * time.Hour).UnixMilli()}})
	s.in(3*time.Hour + 59*time.Minute).expects()
	s.expects().in(5*time.Hour + 59*time.Minute).expects() // from then on it counts
	s.in(2 * time.Minute).expects("no_activity_day began warning")
}

func TestEvidence(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 6, "heart_rate 140")
	if len(s.told) != 1 {
		t.Fatalf("told %+v", s.told)
	}
	e := s.told[0].Evidence
	if len(e.Readings) != 1 || e.Readings[0].Number != 140 || e.Readings[0].Device != "d1" || e.Shown["value"] != 140 {
		t.Errorf("evidence is %+v", e)
	}
}

// Without the consent to be watched over nothing of a resident is judged, and what
// was open is over.
func TestUnwatched(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("sos_button pressed").expects("sos began critical")
	s.in(time.Minute)
	s.do(Profile{Zone: shanghai, Unwatched: true})
	s.expects("sos withdrawn critical")
	s.in(time.Minute).says("sos_button pressed", "fall_event detected").expects()
	s.do(Raise{ID: "o1", Rule: "medication_missed", Severity: rules.Warning, Since: s.now.UnixMilli(), Incidents: []Incident{{Key: "o1", At: s.now.UnixMilli()}}})
	s.in(100 * time.Hour).expects() // nor is silence
	s.do(Profile{Zone: shanghai})
	s.in(time.Minute).says("sos_button pressed").expects("sos began critical")
}
