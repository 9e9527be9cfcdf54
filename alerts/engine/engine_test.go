package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// story is a resident with the default rules, and a clock that the test turns.
type story struct {
	t      *testing.T
	engine *Engine
	state  *State
	seq    uint64
	now    time.Time
	told   []Transition
}

var shanghai = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return zone
}()

func defaultSet(t testing.TB) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newStory(t *testing.T, profile Profile) *story {
	t.Helper()
	s := &story{t: t, engine: New(defaultSet(t)), state: &State{Resident: "r1"}, now: time.Date(2026, 11, 24, 10, 0, 0, 0, shanghai)}
	if profile.Zone == nil {
		profile.Zone = shanghai
	}
	s.do(profile)
	return s
}

func (s *story) do(what any) {
	out, _ := s.engine.Step(s.state, Event{At: s.now.UnixMilli(), What: what})
	s.told = append(s.told, out...)
}

// in lets time pass, with ticks as seldom as a lazy clock's.
func (s *story) in(d time.Duration) *story {
	s.now = s.now.Add(d)
	s.do(Tick{})
	return s
}

// says publishes values now: "heart_rate 72", "door_contact open @entrance !d2".
func (s *story) says(texts ...string) *story { return s.saidAt(s.now, texts...) }

func (s *story) saidAt(at time.Time, texts ...string) *story {
	s.t.Helper()
	in := Readings{Device: "d1", Samples: []vitals.Sample{{At: at.UnixMilli()}}}
	for _, text := range texts {
		fields := strings.Fields(text)
		m, ok := vitals.ParseMetric(fields[0])
		if !ok {
			s.t.Fatalf("there is no metric %s", fields[0])
		}
		v, err := m.Parse(fields[1], "")
		if err != nil {
			s.t.Fatal(err)
		}
		for _, more := range fields[2:] {
			switch {
			case more[0] == '@':
				in.Zone = more[1:]
			case more[0] == '#':
				in.Class = more[1:]
			case more[0] == '!':
				in.Device = more[1:]
			}
		}
		in.Samples[0].Values = append(in.Samples[0].Values, v)
	}
	vitals.Check(&in.Samples[0])
	s.seq++
	out, _ := s.engine.Step(s.state, Event{At: s.now.UnixMilli(), Seq: s.seq, What: in})
	s.told = append(s.told, out...)
	return s
}

// every says the same again and again.
func (s *story) every(d time.Duration, times int, texts ...string) *story {
	s.t.Helper()
	for range times {
		s.now = s.now.Add(d)
		s.says(texts...)
	}
	return s
}

// expects compares what was told since it was last asked.
func (s *story) expects(want ...string) *story {
	s.t.Helper()
	var got []string
	for _, t := range s.told {
		got = append(got, fmt.Sprintf("%s %s %s", t.Rule, t.Cause, t.Severity))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		s.t.Errorf("at %s:\n got %q\nwant %q", s.now.Format("15:04:05"), got, want)
	}
	s.told = nil
	return s
}

// alert is the id of the open alert of a rule.
func (s *story) alert(rule string) string {
	s.t.Helper()
	for _, j := range s.state.judged {
		if j.alert != nil && s.engine.set.Programs()[j.rule].ID == rule {
			return j.alert.ID
		}
	}
	s.t.Fatalf("no alert of %s is open", rule)
	return ""
}

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

func TestSOSEndsByAPersonAndComesAgain(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("sos_button pressed").expects("sos began critical")
	s.in(time.Minute).says("sos_button pressed").expects("sos repeated critical") // one open alert
	id := s.alert("sos")
	s.do(Snooze{Alert: id, By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	s.expects() // what is critical is not snoozed
	s.do(Claim{Alert: id, By: "u1", Until: s.now.Add(30 * time.Minute).UnixMilli()})
	s.expects("sos claimed critical")
	s.in(time.Hour).expects("sos claim_expired critical")
	s.do(Resolve{Alert: id, By: "u1", Verdict: TrueAlarm, Reason: "helped up"})
	s.expects("sos resolved critical")
	s.in(time.Minute).says("sos_button pressed").expects("sos began critical")
	if again := s.alert("sos"); again == id {
		t.Error("another press has the id of the first")
	}
}

// Who may not see to an alert any more has it no longer, and it is taken from nobody
// else.
func TestAClaimEndsWithTheRightToSee(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("sos_button pressed").expects("sos began critical")
	id := s.alert("sos")
	s.do(Claim{Alert: id, By: "u1", Until: s.now.Add(12 * time.Hour).UnixMilli()})
	s.expects("sos claimed critical")
	s.do(Release{Alert: id, By: "u2"})
	s.expects()
	s.do(Release{Alert: id, By: "u1"})
	if len(s.told) != 1 || s.told[0].Status != Firing || s.told[0].Holder != "" || s.told[0].HeldUntil != 0 || s.told[0].By != "u1" {
		t.Errorf("released: %+v", s.told)
	}
	s.expects("sos claim_expired critical")
	s.do(Release{Alert: id, By: "u1"})
	s.expects()
	s.in(time.Hour).expects()
}

func TestWhoCallsAgainIsHeard(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("fall_event fall @kitchen").expects("fall began critical")
	s.in(5*time.Minute).says("fall_event fall @bathroom !d2", "heart_rate 90")
	if len(s.told) != 1 || s.told[0].N != 2 || s.told[0].Status != Firing || s.told[0].Evidence.Readings[0].Device != "d2" || s.told[0].Evidence.Readings[0].Zone != "bathroom" {
		t.Errorf("fallen again: %+v", s.told)
	}
	s.expects("fall repeated critical")
	s.do(Claim{Alert: s.alert("fall"), By: "u1", Until: s.now.Add(30 * time.Minute).UnixMilli()})
	s.expects("fall claimed critical")
	s.in(5 * time.Minute).says("fall_event fall")
	if len(s.told) != 1 || s.told[0].Status != Claimed || s.told[0].Holder != "u1" {
		t.Errorf("fallen again while somebody is on the way: %+v", s.told)
	}
	s.expects("fall repeated critical")
	// Neither what else is measured nor a fall that was none is another.
	s.in(time.Minute).says("heart_rate 90", "device_battery 40").says("fall_event none").says("fall_event cancelled").in(time.Hour)
	s.expects("fall claim_expired critical")
	// What a device had kept for later counts by when it was: before the newest that
	// was told it is none after it.
	s.saidAt(s.now.Add(-70*time.Minute), "fall_event fall").saidAt(s.now.Add(-30*time.Minute), "fall_event fall")
	s.expects("late_finding began warning", "fall repeated critical")
	s.do(Resolve{Alert: s.alert("fall"), By: "u1", Verdict: TrueAlarm})
	s.expects("fall resolved critical")
	s.in(time.Minute).says("device_battery 39").expects()
}

// A button that is stuck, or somebody who presses it without an end, does not bury
// the alert under its steps.
func TestCallsWithoutAnEndAreBounded(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("sos_button pressed")
	s.in(time.Second).says("sos_button pressed").expects("sos began critical", "sos repeated critical")
	s.in(time.Second).says("sos_button pressed").expects()
	s.in(time.Second).says("sos_button pressed").expects("sos repeated critical")
	for range 10 * 60 {
		s.in(time.Second).says("sos_button long")
	}
	if n := len(s.told); n < 10 || n > 30 {
		t.Errorf("of ten minutes of pressing there are %d steps", n)
	}
	// A state that its device says again is no call.
	s = newStory(t, Profile{})
	s.says("smoke alarm").expects("smoke_gas_co began critical")
	s.every(time.Minute, 20, "smoke alarm").expects()
}

func TestAClosedAlertComesBackWhenItHoldsOn(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("smoke alarm").expects("smoke_gas_co began critical")
	s.do(Resolve{Alert: s.alert("smoke_gas_co"), By: "u1", Verdict: FalseAlarm})
	s.expects("smoke_gas_co resolved critical")
	s.in(29 * time.Minute).expects()
	s.in(time.Minute).expects("smoke_gas_co began critical")
	s.do(Resolve{Alert: s.alert("smoke_gas_co"), By: "u1", Verdict: FalseAlarm})
	s.in(time.Minute).says("smoke clear").in(time.Minute).says("smoke alarm").expects("smoke_gas_co resolved critical", "smoke_gas_co began critical")
}

func TestAClosedFindingIsNotToldAgainEachDay(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(24*time.Hour, 2, "body_weight 80.0").expects()
	s.every(24*time.Hour, 1, "body_weight 75.0").expects("weight_loss began info")
	s.do(Resolve{Alert: s.alert("weight_loss"), By: "u1", Verdict: TrueAlarm})
	s.expects("weight_loss resolved info")
	s.every(24*time.Hour, 2, "body_weight 75.0").expects()
	s.every(24*time.Hour, 2, "body_weight 76.5").expects() // not so much, for two days
	s.every(24*time.Hour, 2, "body_weight 75.0").expects()
	s.every(24*time.Hour, 1, "body_weight 75.0").expects("weight_loss began info")
}

// What somebody has looked at and closed is not told again for a while; that it
// has become worse is.
func TestAClosedAlertHushesNothingGraver(t *testing.T) {
	s := newStory(t, Profile{})
	s.every(time.Minute, 4, "respiratory_rate 10").expects("rr_low began info")
	s.do(Resolve{Alert: s.alert("rr_low"), By: "u1", Verdict: TrueAlarm})
	s.expects("rr_low resolved info")
	s.every(time.Minute, 4, "respiratory_rate 10").expects()
	text, err := s.engine.Save(s.state)
	if err != nil {
		t.Fatal(err)
	}
	if s.state, err = s.engine.Load(text); err != nil {
		t.Fatal(err)
	}
	s.every(time.Minute, 4, "respiratory_rate 10").expects()
	s.every(time.Minute, 3, "respiratory_rate 8").expects("rr_low began critical")
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

func newStoryAt(t *testing.T, at time.Time) *story {
	s := newStory(t, Profile{})
	s.now, s.state, s.told = at, &State{Resident: "r1"}, nil
	s.do(Profile{Zone: shanghai})
	return s
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
