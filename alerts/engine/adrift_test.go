package engine

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// changed is the default rules after a change of them.
func changed(t testing.TB, change func([]rules.Rule) []rules.Rule) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(change(all))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func without(id string) func([]rules.Rule) []rules.Rule {
	return func(all []rules.Rule) []rules.Rule {
		return slices.DeleteFunc(all, func(r rules.Rule) bool { return r.ID == id })
	}
}

func with(r rules.Rule) func([]rules.Rule) []rules.Rule {
	return func(all []rules.Rule) []rules.Rule { return rules.Override(all, []rules.Rule{r}) }
}

// by goes on by other rules, in memory or from what was written.
func (s *story) by(set *rules.Set, written bool) *story {
	s.t.Helper()
	next := New(set)
	if !written {
		s.state = next.Take(s.state, s.engine)
	} else {
		text, err := s.engine.Save(s.state)
		if err != nil {
			s.t.Fatal(err)
		}
		if s.state, err = next.Load(text); err != nil {
			s.t.Fatal(err)
		}
	}
	s.state.LookAt(s.now.UnixMilli())
	s.engine = next
	return s
}

// eachWay runs a test with states that are taken over in memory, and with
// written ones.
func eachWay(t *testing.T, test func(t *testing.T, written bool)) {
	t.Run("taken", func(t *testing.T) { test(t, false) })
	t.Run("loaded", func(t *testing.T) { test(t, true) })
}

func TestAnAlertWhoseRuleIsGoneIsAdrift(t *testing.T) { eachWay(t, testAdrift) }

func testAdrift(t *testing.T, written bool) {
	s := newStory(t, Profile{})
	s.says("water_leak wet").in(time.Hour).expects("water_leak began warning")
	id := s.alert("water_leak")
	s.by(changed(t, without("water_leak")), written)
	if !s.state.Knows(id) {
		t.Fatal("the alert is not known any more")
	}
	s.in(time.Hour).says("water_leak dry").in(24 * time.Hour).expects() // nothing clears it
	s.do(Claim{Alert: id, By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	s.do(Snooze{Alert: id, By: "u1", Until: s.now.Add(2 * time.Hour).UnixMilli()})
	told := s.in(3 * time.Hour).told
	s.expects("water_leak claimed warning", "water_leak snoozed warning", "water_leak claim_expired warning", "water_leak snooze_ended warning")
	for i, tr := range told {
		if tr.Alert != id || tr.N != i+2 || tr.Rule != "water_leak" {
			t.Errorf("transition %d is %+v", i, tr)
		}
	}
	s.do(Resolve{Alert: id, By: "u1", Verdict: FalseAlarm, Reason: "mended"})
	told = s.told
	s.expects("water_leak resolved warning")
	if last := told[0]; last.Status != Resolved || last.Verdict != FalseAlarm || last.Reason != "mended" || s.state.Knows(id) {
		t.Errorf("it was closed as %+v", last)
	}
}

func TestAnAlertIsJudgedAgainWhenItsRuleComesBack(t *testing.T) {
	eachWay(t, testRuleComesBack)
}

func testRuleComesBack(t *testing.T, written bool) {
	s := newStory(t, Profile{})
	s.says("water_leak wet").in(time.Hour).expects("water_leak began warning")
	s.by(changed(t, without("water_leak")), written).in(time.Hour).says("water_leak dry").in(24 * time.Hour).expects()
	s.by(defaultSet(t), written).in(time.Hour).expects("water_leak cleared warning")
	if len(s.state.adrift) > 0 {
		t.Errorf("adrift: %+v", s.state.adrift)
	}
}

func TestARuleSeesAtOnceWhatIsThere(t *testing.T) { eachWay(t, testRuleSees) }

func testRuleSees(t *testing.T, written bool) {
	s := newStory(t, Profile{})
	s.says("door_contact open")
	s.in(time.Minute)
	r := rules.Rule{
		ID: "cool", Name: rules.Text{EN: "Cool", ZH: "凉"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Level: rules.Level{Severity: rules.Info, When: `age(door_contact) >= "30m"`}, Clear: rules.Clear{By: "person"},
	}
	s.by(changed(t, with(r)), written).in(28 * time.Minute).expects()
	s.in(2 * time.Minute).expects("cool began info") // without any reading
}

func TestWhoeverARuleIsNotForKeepsTheAlertUntilItClears(t *testing.T) {
	r := rules.Rule{
		ID: "quick", Name: rules.Text{EN: "Q", ZH: "快"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Levels: []rules.Level{{Severity: rules.Info, When: "heart_rate >= 90"}, {Severity: rules.Warning, When: "heart_rate >= 100"}},
		Clear:  rules.Clear{When: "heart_rate < 80"},
	}
	eachWay(t, func(t *testing.T, written bool) {
		s := newStory(t, Profile{})
		s.by(changed(t, with(r)), written).says("heart_rate 92").expects("quick began info")
		r := r
		r.Residents.IDs = []string{"another"}
		s.by(changed(t, with(r)), written).in(time.Minute).says("heart_rate 105").expects()
		s.in(time.Minute).says("heart_rate 70").expects("quick cleared info")
		s.in(time.Minute).says("heart_rate 92").expects()
	})
}

func TestAlertsAboutDevicesAreAdriftToo(t *testing.T) { eachWay(t, testDeviceAdrift) }

func testDeviceAdrift(t *testing.T, written bool) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat").hears(30*time.Minute, "mat").tells("device_offline began band")
	id := h.state.devices[0].judged[0].alert.ID
	h.by(changed(t, without("device_offline")), written)
	h.hears(time.Hour, "band", "mat").tells()
	if !h.state.Knows(id) {
		t.Fatal("the alert is not known any more")
	}
	h.do(Claim{Alert: id, By: "u1", Until: h.now.Add(time.Minute).UnixMilli()})
	h.hears(time.Hour, "band", "mat").tells("device_offline claimed band", "device_offline claim_expired band")
	h.by(defaultSet(t), written)
	h.hears(3*time.Minute, "band", "mat").tells("device_offline cleared band")

	h.hears(3*time.Hour, "mat").tells("device_offline began band")
	h.by(changed(t, without("device_offline")), written)
	h.equip(map[string]time.Duration{"mat": often})
	h.tells("device_offline withdrawn band")

	h.do(Adopt{Alert: "A", Rule: "device_offline", Device: "mat", Severity: rules.Warning, Status: Firing, Since: 1, At: 1, Transitions: 1})
	h.do(Adopt{Alert: "B", Rule: "device_offline", Device: "gone", Severity: rules.Warning, Status: Firing, Since: 1, At: 1, Transitions: 1})
	h.do(Resolve{Alert: "A", By: "u1", Verdict: TestAlarm})
	h.do(Resolve{Alert: "B", By: "u1", Verdict: TestAlarm})
	h.tells("device_offline resolved mat", "device_offline resolved")
}

func TestAdoptedAlerts(t *testing.T) {
	s := newStory(t, Profile{})
	at := s.now.Add(-time.Hour).UnixMilli()
	gone := Adopt{Alert: "A", Rule: "gone", Version: 3, Since: at, At: at, Severity: rules.Warning, Status: Claimed, By: "u1", Until: s.now.Add(time.Minute).UnixMilli(), Transitions: 2}
	leak := Adopt{Alert: "B", Rule: "water_leak", Since: at, At: at, Severity: rules.Warning, Status: Firing, Transitions: 1}
	second := leak
	second.Alert = "C"
	for range 2 { // what is known is not adopted again
		s.do(gone)
		s.do(leak)
		s.do(second)
	}
	for _, id := range []string{"A", "B", "C"} {
		if !s.state.Knows(id) {
			t.Errorf("%s is not known", id)
		}
	}
	told := s.in(2 * time.Minute).told
	s.expects("gone claim_expired warning")
	if tr := told[0]; tr.Version != 3 || tr.N != 3 || tr.Since != at || tr.Holder != "" {
		t.Errorf("the claim ended as %+v", tr)
	}
	told = s.says("water_leak dry").in(time.Hour).told
	s.expects("water_leak cleared warning")
	if tr := told[0]; tr.Alert != "B" || tr.N != 2 {
		t.Errorf("%+v cleared", tr)
	}
	s.do(Resolve{Alert: "C", By: "u1", Verdict: TrueAlarm})
	s.expects("water_leak resolved warning")
}

// TestRulesChangeAtAnyMoment has random rules taken away and given back while
// random events come: states that are taken over in memory and such that are
// written must go the same way, and nothing that was open may be lost.
func TestRulesChangeAtAnyMoment(t *testing.T) {
	full := defaultSet(t)
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	engines := []*Engine{New(full)}
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 3))
		engines = append(engines, New(changed(t, func(all []rules.Rule) []rules.Rule {
			return slices.DeleteFunc(all, func(rules.Rule) bool { return rng.IntN(2) == 0 })
		})))
	}
	adrift, back := 0, 0
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 5))
		events := stream(rng, engines[0], 1500)
		g := engines[0]
		one, other := &State{Resident: "r"}, &State{Resident: "r"}
		open := map[string]string{} // the rule of each open alert
		for _, e := range events {
			if rng.IntN(60) == 0 {
				next := engines[rng.IntN(len(engines))]
				text, err := g.Save(other)
				if err != nil {
					t.Fatal(err)
				}
				before := len(one.adrift)
				one = next.Take(one, g)
				if other, err = next.Load(text); err != nil {
					t.Fatal(err)
				}
				if len(one.adrift) < before {
					back++
				}
				one.LookAt(e.At)
				other.LookAt(e.At)
				g = next
			}
			told := play(t, g, one, []Event{e})
			if got := play(t, g, other, []Event{e}); !reflect.DeepEqual(got, told) {
				t.Fatalf("seed %d: a written state told\n%+v, want\n%+v", seed, got, told)
			}
			for _, tr := range told {
				if tr.Cause == Began {
					open[tr.Alert] = tr.Rule
				}
				if tr.Status == Resolved {
					delete(open, tr.Alert)
				}
			}
			for id, rule := range open {
				if !one.Knows(id) {
					t.Fatalf("seed %d: alert %s of %s is open and not known", seed, id, rule)
				}
			}
			adrift = max(adrift, len(one.adrift))
		}
	}
	if adrift < 2 || back == 0 {
		t.Errorf("at most %d of %d rules' alerts were adrift, %d times some came back", adrift, len(all), back)
	}
}

// BenchmarkTake is how long a resident with everything waits for other rules.
func BenchmarkTake(b *testing.B) {
	g := New(defaultSet(b))
	next := New(changed(b, without("water_leak")))
	s := &State{Resident: "r"}
	month(g, s, rand.New(rand.NewPCG(1, 1)), 10*time.Minute)
	b.ReportAllocs()
	for b.Loop() {
		next.Take(s, g)
	}
}
