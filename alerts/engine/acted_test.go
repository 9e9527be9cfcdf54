package engine

import (
	"testing"
	"time"
)

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
