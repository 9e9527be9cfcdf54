package engine

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// house is a home with devices, and a clock that the test turns.
type house struct {
	*story
}

// newHouse has devices of which something is expected so often; "!" stands before
// the name of one that an alarm depends on.
func newHouse(t *testing.T, every map[string]time.Duration) *house {
	t.Helper()
	h := &house{&story{t: t, engine: New(defaultSet(t)), state: &State{Home: "h1"}, now: time.Date(2026, 11, 24, 10, 0, 0, 0, shanghai)}}
	h.equip(every)
	return h
}

func (h *house) equip(every map[string]time.Duration) {
	e := Equipment{Zone: shanghai}
	for name, d := range every {
		id := strings.TrimPrefix(name, "!")
		e.Devices = append(e.Devices, Expected{ID: id, Every: d.Milliseconds(), Safety: id != name, Since: h.now.UnixMilli()})
	}
	h.do(e)
}

// hears lets devices say something every minute for a while.
func (h *house) hears(d time.Duration, devices ...string) *house {
	for end := h.now.Add(d); h.now.Before(end); {
		h.in(time.Minute)
		for _, id := range devices {
			h.do(Heard{Device: id, Samples: []vitals.Sample{{At: h.now.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 70}}}}})
		}
	}
	return h
}

func (h *house) battery(device string, level float64) {
	h.do(Heard{Device: device, Samples: []vitals.Sample{{At: h.now.UnixMilli(), Values: []vitals.Value{{Metric: vitals.DeviceBattery, Number: level}}}}})
}

// tells checks what was told since the last time: "device_offline began d1".
func (h *house) tells(want ...string) {
	h.t.Helper()
	var got []string
	for _, t := range h.told {
		got = append(got, strings.TrimSpace(t.Rule+" "+string(t.Cause)+" "+t.Device))
	}
	h.told = nil
	if !slices.Equal(got, want) {
		h.t.Errorf("at %s it told %q, want %q", h.now.Format("15:04"), got, want)
	}
}

const often = 10 * time.Minute

func TestADeviceThatStoppedIsMissed(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often, "door": 9 * time.Hour, "cuff": 0})
	h.hears(time.Hour, "band", "mat", "door", "cuff").tells()
	h.hears(30*time.Minute, "mat").tells("device_offline began band")
	if got := h.state.devices[0]; got.gear.expected.ID != "band" || got.judged[0].alert == nil || got.judged[0].alert.Since != got.gear.heard {
		t.Errorf("it is offline since %+v, want since it was last heard", got.judged)
	}
	// It says a word and is gone again: that is not back.
	h.hears(time.Minute, "mat", "band").tells()
	h.hears(time.Hour, "mat").tells()
	h.hears(2*time.Minute, "mat", "band").tells("device_offline cleared band")
	// Now that it has been silent twice, it takes longer to be missed.
	h.hears(2*time.Hour, "mat").tells("device_offline began band")
	h.hears(2*time.Minute, "mat", "band").tells("device_offline cleared band")
	// The door is opened seldom, and the cuff when somebody wants to.
	h.hears(20*time.Hour, "mat", "band").tells()
	h.hears(7*time.Hour, "mat", "band").tells("device_offline began door")
}

// What speaks less often than every half hour is back by its second sign of life,
// though it was silent in between.
func TestADeviceThatSpeaksSeldomComesBack(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"door": 9 * time.Hour, "mat": often})
	hourly := func(hours int) {
		for range hours {
			h.hears(59*time.Minute, "mat").hears(time.Minute, "mat", "door")
		}
	}
	hourly(5)
	h.tells()
	h.hears(28*time.Hour, "mat").tells("device_offline began door")
	hourly(1)
	h.tells()
	hourly(1)
	h.tells("device_offline cleared door")
	hourly(5)
	h.tells()
	h.hears(4*24*time.Hour, "mat").tells("device_offline began door")
	hourly(2)
	h.tells("device_offline cleared door")
}

func TestSafetyDevicesAreMissedSooner(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"!sos": 9 * time.Hour, "mat": often})
	h.hears(time.Minute, "sos", "mat").hears(18*time.Hour-time.Minute, "mat")
	h.tells()
	h.hears(time.Minute, "mat").tells("device_offline began sos")
}

func TestADeviceThatWasNeverHeardIsMissed(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(2*time.Hour-time.Minute, "mat").tells()
	h.hears(time.Minute, "mat").tells("device_never_heard began band")
	h.hears(time.Minute, "mat", "band").tells("device_never_heard cleared band")
}

func TestADarkHomeIsOneAlert(t *testing.T) {
	all := []string{"band", "mat", "radar", "door"}
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often, "radar": often, "door": 9 * time.Hour})
	h.hears(time.Hour, all...).tells()
	// The band stops a little before the others do: a power cut, seen from outside.
	h.hears(3*time.Minute, "mat", "radar", "door")
	last := h.now
	h.in(10 * time.Hour).tells("home_dark began")
	if h.state.judged[0].alert.Since != last.UnixMilli() {
		t.Errorf("dark since %s, want since all was well", time.UnixMilli(h.state.judged[0].alert.Since))
	}
	// All but one come back: it alone is missed.
	h.hears(2*time.Minute, "mat", "radar", "door").tells("home_dark cleared")
	h.hears(29*time.Minute, "mat", "radar", "door").tells("device_offline began band")
	h.hears(2*time.Minute, all...).tells("device_offline cleared band")
}

func (h *house) in(d time.Duration) *house { h.story.in(d); return h }

func TestADarkHomeThatAPersonHasClosedStaysOne(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat")
	h.in(time.Hour)
	id := h.told[0].Alert
	h.tells("home_dark began")
	h.do(Resolve{Alert: id, By: "u1", Verdict: TrueAlarm, Reason: "power cut until noon"})
	h.tells("home_dark resolved")
	h.in(5 * time.Hour).tells()
	h.in(2 * time.Hour).tells("home_dark began")
}

func TestOurOwnDeafnessIsNobodysSilence(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat")
	from := h.now
	h.now = h.now.Add(5 * time.Hour)
	h.do(Deaf{From: from.UnixMilli(), To: h.now.UnixMilli()})
	h.tells()
	h.hears(20*time.Minute, "mat").tells()
	h.hears(10*time.Minute, "mat").tells("device_offline began band")
}

func TestDeafnessIsNoQuietDayEither(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("motion detected @kitchen")
	from := s.now
	s.now = s.now.Add(9 * time.Hour)
	s.do(Deaf{From: from.UnixMilli(), To: s.now.UnixMilli()})
	s.in(time.Hour)
	if len(s.told) != 0 {
		t.Errorf("after hours in which nothing could be heard it told %+v", s.told)
	}
}

func TestUsualSilencesAreLearned(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	// The band is charged for an hour each day, which is told at first.
	for range 4 {
		h.hears(22*time.Hour, "band", "mat")
		h.told = nil
		h.hears(2*time.Hour, "mat")
	}
	h.hears(2*time.Minute, "band", "mat")
	h.told = nil
	h.hears(22*time.Hour, "band", "mat").hears(2*time.Hour, "mat")
	h.hears(2*time.Hour, "band", "mat").tells()
	// One that lasts three times as long is not usual.
	h.hears(6*time.Hour+5*time.Minute, "mat").tells("device_offline began band")
}

func TestBatteries(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"door": 9 * time.Hour, "mat": often})
	for level := 60.0; level >= 45; level -= 3 {
		h.battery("door", level)
		h.hears(24*time.Hour, "mat", "door")
	}
	h.tells() // it lasts for fifteen days
	for level := 41.0; level >= 17; level -= 4 {
		h.battery("door", level)
		h.hears(24*time.Hour, "mat", "door")
	}
	h.tells("battery_ends began door")
	h.battery("door", 14)
	h.battery("door", 14) // the same time: not a second report
	h.tells()
	h.hears(time.Minute, "mat", "door")
	h.battery("door", 13)
	h.tells("battery_low began door", "battery_ends grouped door")
	h.battery("door", 4)
	h.hears(time.Minute, "mat", "door")
	h.battery("door", 3)
	h.tells("battery_low worsened door")
	h.hears(time.Minute, "mat", "door")
	h.battery("door", 98)
	h.tells("battery_low cleared door", "battery_ends cleared door")
}

func TestADeviceThatIsTakenAwayIsNotMissed(t *testing.T) {
	h := newHouse(t, map[string]time.Duration{"band": often, "mat": often})
	h.hears(time.Hour, "band", "mat").hears(time.Hour, "mat")
	h.tells("device_offline began band")
	h.equip(map[string]time.Duration{"mat": often})
	h.tells("device_offline withdrawn band")
	h.hears(5*time.Hour, "mat").tells()
}

// TestHomesAreJudgedTheSameAgain is the property of residents' states, for homes.
func TestHomesAreJudgedTheSameAgain(t *testing.T) {
	g := New(defaultSet(t))
	causes := map[Cause]int{}
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 11))
		events := homeStream(rng, g, 800)
		plain := &State{Home: "h"}
		want := play(t, g, plain, events)
		end, err := g.Save(plain)
		if err != nil {
			t.Fatal(err)
		}
		s := &State{Home: "h"}
		var got []Transition
		for i, e := range events {
			if i > 0 && rng.IntN(4) == 0 {
				between := events[i-1].At + rng.Int64N(max(1, e.At-events[i-1].At+1))
				if _, deaf := e.What.(Deaf); !deaf {
					got = append(got, play(t, g, s, []Event{{At: between, What: Tick{}}})...)
				}
			}
			got = append(got, play(t, g, s, []Event{e})...)
			if rng.IntN(20) == 0 && e.Seq > 0 {
				got = append(got, play(t, g, s, []Event{e})...)
			}
			if rng.IntN(30) == 0 {
				text, err := g.Save(s)
				if err != nil {
					t.Fatal(err)
				}
				if s, err = g.Load(text); err != nil {
					t.Fatal(err)
				}
			}
		}
		compare(t, seed, got, want)
		if text, err := g.Save(s); err != nil || string(text) != string(end) {
			t.Fatalf("seed %d: another state at the end (%v)", seed, err)
		}
		for _, tr := range want {
			causes[tr.Cause]++
		}
	}
	for _, cause := range []Cause{Began, Cleared, Withdrawn, WasClaimed, WasSnoozed, WasResolved, ClaimExpired} {
		if causes[cause] == 0 {
			t.Errorf("the streams bring about no %s", cause)
		}
	}
}

func homeStream(rng *rand.Rand, g *Engine, n int) []Event {
	ids := []string{"band", "door", "mat", "sos"}
	at := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	equipment := func() Equipment {
		e := Equipment{Zone: shanghai}
		for i, id := range ids {
			if rng.IntN(5) > 0 {
				e.Devices = append(e.Devices, Expected{ID: id, Every: []int64{600_000, 9 * 3600_000, 600_000, 0}[i], Safety: i == 3, Since: at.UnixMilli()})
			}
		}
		return e
	}
	events := []Event{{At: at.UnixMilli(), What: equipment()}}
	s, alerts := &State{Home: "h"}, []string(nil)
	for seq := uint64(1); len(events) < n; seq++ {
		before := at
		at = at.Add([]time.Duration{0, time.Second, 5 * time.Minute, 12 * time.Minute, 40 * time.Minute, 5 * time.Hour}[rng.IntN(6)])
		e := Event{At: at.UnixMilli(), Seq: seq}
		switch kind := rng.IntN(60); {
		case kind == 0:
			e.Seq, e.What = 0, equipment()
		case kind == 1:
			e.Seq, e.What = 0, Deaf{From: before.UnixMilli(), To: at.UnixMilli()}
		case kind < 5 && len(alerts) > 0:
			id := alerts[rng.IntN(len(alerts))]
			until := at.Add(time.Duration(rng.IntN(120)) * time.Minute).UnixMilli()
			e.Seq, e.What = 0, []any{Claim{Alert: id, By: "u", Until: until}, Resolve{Alert: id, By: "u", Verdict: FalseAlarm}, Snooze{Alert: id, By: "u", Until: until}}[rng.IntN(3)]
		default:
			h := Heard{Device: ids[rng.IntN(len(ids))], Samples: []vitals.Sample{{At: at.UnixMilli() - rng.Int64N(60_000)}}}
			h.Samples[0].Values = []vitals.Value{{Metric: []vitals.Metric{vitals.DeviceBattery, vitals.HeartRate, vitals.Online}[rng.IntN(3)], Number: float64(rng.IntN(100))}}
			e.What = h
		}
		events = append(events, e)
		out, _ := g.Step(s, e)
		for _, tr := range out {
			if tr.Rule == "" || tr.Severity == 0 {
				panic("a transition says nothing")
			}
			alerts = append(alerts, tr.Alert)
		}
	}
	return events
}
