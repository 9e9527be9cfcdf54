package engine

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// TestAgainIsAsIfItHadNeverBeen plays weeks to two states. One of them hears, for
// some days, a bracelet that somebody else wears, and is made anew.
func TestAgainIsAsIfItHadNeverBeen(t *testing.T) {
	for seed := range uint64(4) {
		rng := rand.New(rand.NewPCG(seed, 5))
		right, wrong := newStory(t, Profile{}), newStory(t, Profile{})
		begin := right.now
		var heard []Received
		tell := func(s *story, in Readings) {
			s.engine.Step(s.state, Event{At: s.now.UnixMilli(), What: in})
		}
		reads := func(device string, values ...vitals.Value) Readings {
			return Readings{Device: device, Zone: "bedroom", Samples: []vitals.Sample{{At: right.now.UnixMilli(), Values: values}}}
		}
		var again *Again
		var since []Received
		for right.now.Before(begin.Add(24 * day)) {
			step := time.Duration(1+rng.IntN(40)) * time.Minute
			right.in(step)
			wrong.in(step)
			own := reads("own", vitals.Value{Metric: vitals.HeartRate, Number: 60 + float64(rng.IntN(20))}, vitals.Value{Metric: vitals.StepCount, Number: float64(rng.IntN(3))})
			switch rng.IntN(6) {
			case 0:
				own = reads("door", vitals.Value{Metric: vitals.DoorContact, Number: float64(rng.IntN(2))})
			case 1:
				own = reads("bed", vitals.Value{Metric: vitals.BedPresence, Number: float64(rng.IntN(2))})
			case 2:
				own = reads("scale", vitals.Value{Metric: vitals.BodyWeight, Number: 60 + float64(rng.IntN(30))/10})
			}
			tell(right, own)
			tell(wrong, own)
			got := Received{At: right.now.UnixMilli(), Readings: own}
			heard = append(heard, got)
			if again != nil {
				since = append(since, got)
			}
			if at := right.now.Sub(begin); at > 19*day && at < 21*day {
				tell(wrong, reads("strange", vitals.Value{Metric: vitals.HeartRate, Number: 140}, vitals.Value{Metric: vitals.BodyWeight, Number: 90},
					vitals.Value{Metric: vitals.StepCount, Number: 100}))
			}
			if again == nil && right.now.Sub(begin) > 23*day {
				again = wrong.engine.Again(wrong.state)
				for _, h := range heard {
					if h.At >= again.Now()-AgainFrom.Milliseconds() {
						again.Hear(h.At, h.Readings)
					}
					for i, gap := range again.Gaps() {
						for _, v := range h.Samples[0].Values {
							if v.Metric == gap.Metric && h.At > again.Now()-gap.Span.Milliseconds() {
								again.Recall(i, h.At, v.Number)
							}
						}
					}
				}
			}
		}
		before := wrong.engine.saved(wrong.state)
		anew := again.Over(wrong.state, since)
		if after := wrong.engine.saved(wrong.state); !reflect.DeepEqual(before, after) {
			t.Fatalf("seed %d: the state that was taken over from is another now", seed)
		}
		if reflect.DeepEqual(wrong.state.rhythm, right.state.rhythm) {
			t.Fatalf("seed %d: the strange readings changed nothing: this tests nothing", seed)
		}
		for what, pair := range map[string][2]any{
			"latest":   {anew.latest, right.state.latest},
			"rhythm":   {anew.rhythm, right.state.rhythm},
			"moved":    {anew.moved, right.state.moved},
			"episodes": {anew.episodes, right.state.episodes},
			"fixtures": {anew.fixtures, right.state.fixtures},
			"now":      {anew.now, right.state.now},
		} {
			if !reflect.DeepEqual(pair[0], pair[1]) {
				t.Errorf("seed %d: %s\n got %+v\nwant %+v", seed, what, pair[0], pair[1])
			}
		}
		for k, w := range right.engine.set.Windows() {
			now, offset := right.state.now, right.state.offset(right.state.now)
			got, want := anew.past[k].past(w, now, offset), right.state.past[k].past(w, now, offset)
			if got.Count != want.Count || got.Min != want.Min || got.Max != want.Max || got.Last != want.Last || got.Days != want.Days {
				t.Errorf("seed %d: window %+v\n got %+v\nwant %+v", seed, w, got, want)
			}
		}
	}
}

// TestDisownHushesNothing closes an alert by strange readings: what the resident's
// own say next is told at once.
func TestDisownHushesNothing(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("fall_event true")
	if len(s.told) != 1 {
		t.Fatalf("told %+v", s.told)
	}
	alert := s.told[0].Alert
	s.in(time.Minute).do(Disown{Alert: alert, By: "u1", Reason: "it was her neighbour's"})
	last := s.told[len(s.told)-1]
	if last.Status != Resolved || last.Verdict != NotTheirs || last.By != "u1" || last.Reason == "" || s.state.Knows(alert) {
		t.Fatalf("told %+v", last)
	}
	s.in(time.Minute).says("fall_event true")
	if again := s.told[len(s.told)-1]; again.Cause != Began || again.Alert == alert {
		t.Errorf("told %+v", again)
	}
}

// TestAgainKeepsWhatPeopleDid has an open alert by the resident's own readings,
// claimed, and one that somebody closed: making anew neither ends nor repeats them,
// and what would have begun by what is only known now does not begin.
func TestAgainKeepsWhatPeopleDid(t *testing.T) {
	s := newStory(t, Profile{})
	s.says("fall_event true")
	fall := s.told[0].Alert
	s.in(time.Minute).do(Claim{Alert: fall, By: "u1", Until: s.now.Add(time.Hour).UnixMilli()})
	told := len(s.told)
	again := s.engine.Again(s.state)
	at := s.now.Add(-3 * time.Hour)
	strange := Readings{Device: "band", Samples: []vitals.Sample{{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.SOSButton, Number: 1}}}}}
	again.Hear(at.UnixMilli(), strange)
	s.state = again.Over(s.state, nil)
	s.in(2 * time.Minute).says("heart_rate 70")
	if len(s.told) != told {
		t.Errorf("told %+v", s.told[told:])
	}
	if !s.state.Knows(fall) {
		t.Error("the open alert is lost")
	}
	s.do(Resolve{Alert: fall, By: "u1", Verdict: TrueAlarm})
	if last := s.told[len(s.told)-1]; last.Alert != fall || last.N != 3 || last.Verdict != TrueAlarm {
		t.Errorf("told %+v", last)
	}
}
