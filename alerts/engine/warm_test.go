package engine

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

func TestWarmingIsAsIfTheRuleHadAlwaysBeenThere(t *testing.T) { eachWay(t, testWarming) }

func testWarming(t *testing.T, written bool) {
	r := rules.Rule{
		ID: "unusual", Name: rules.Text{EN: "U", ZH: "异"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Level: rules.Level{Severity: rules.Info, When: `heart_rate > baseline(heart_rate, "14d") + 20 and count(heart_rate >= 90, "90m") < 100 and avg(heart_rate, "7d") < 200 and slope(heart_rate, "50d") < 99 and baseline(heart_rate, "14d").hour < 200`},
		Clear: rules.Clear{By: "person"},
	}
	set := changed(t, with(r))
	rng := rand.New(rand.NewPCG(8, 8))
	type reading struct {
		at int64
		n  float64
	}
	var past []reading
	start := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	always, late := newStoryAt(t, start), newStoryAt(t, start)
	always.by(set, written)
	always.state.unseen = 0
	berlin, _ := time.LoadLocation("Europe/Berlin")
	for _, s := range []*story{always, late} {
		s.do(Profile{Zone: berlin}) // whose clock is set back within the time
	}
	for always.now.Before(time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)) {
		step, n := time.Duration(1+rng.IntN(30))*time.Minute, 60+float64(rng.IntN(100))/10
		for _, s := range []*story{always, late} {
			s.in(step)
			s.seq++
			s.told = nil
			s.engine.Step(s.state, Event{At: s.now.UnixMilli(), Seq: s.seq, What: Readings{Device: "d", Samples: []vitals.Sample{{At: s.now.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: n}}}}}})
		}
		past = append(past, reading{always.now.UnixMilli(), n})
	}
	late.by(set, written)
	late.state.unseen = 0
	gaps := late.engine.Missing(late.state)
	i := slices.IndexFunc(gaps, func(g Gap) bool { return g.Metric == vitals.HeartRate })
	if i < 0 || gaps[i].Span < 50*day || gaps[i].Span > 53*day {
		t.Fatalf("missing: %+v", gaps)
	}
	recalled := late.engine.Recall(late.state, vitals.HeartRate)
	for _, p := range past {
		if p.at >= late.now.Add(-gaps[i].Span).UnixMilli() {
			recalled.Add(p.at, p.n)
		}
	}
	late.engine.Warm(late.state, recalled)
	if again := late.engine.Missing(late.state); len(again) != len(gaps)-1 {
		t.Errorf("missing after it was warmed: %+v", again)
	}
	same := func(when string) {
		t.Helper()
		for k, w := range set.Windows() {
			if w.Metric != vitals.HeartRate {
				continue
			}
			now, offset := always.state.now, always.state.offset(always.state.now)
			got, want := late.state.past[k].past(w, now, offset), always.state.past[k].past(w, now, offset)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, window %+v:\n got %+v\nwant %+v", when, w, got, want)
			}
		}
	}
	same("warmed")
	for range 400 {
		for _, s := range []*story{always, late} {
			s.in(29 * time.Minute).says("heart_rate 66")
		}
	}
	same("later")
	always.told, late.told = nil, nil
	always.says("heart_rate 99").expects("unusual began info")
	late.says("heart_rate 99").expects("unusual began info")
}

func TestWarmingKeepsWhatIsHeardMeanwhile(t *testing.T) {
	counts := func(n string) rules.Rule {
		return rules.Rule{
			ID: "many", Name: rules.Text{EN: "M", ZH: "多"}, Message: rules.Text{EN: "{name}", ZH: "{name}"},
			Level: rules.Level{Severity: rules.Info, When: `count(spo2, "16h") == ` + n + ` and avg(spo2, "16h") == 97 and min(spo2, "16h") == 96 and max(spo2, "16h") == 98`},
			Clear: rules.Clear{By: "person"},
		}
	}
	for heard, n := range []string{"13", "15", "17"} {
		s := newStory(t, Profile{})
		s.by(changed(t, with(counts(n))), false)
		first := s.now
		says := func(times int) {
			for range times {
				s.in(time.Minute).says("spo2 96").in(time.Minute).says("spo2 98")
			}
		}
		says(1) // before it is asked for
		recalled := s.engine.Recall(s.state, vitals.SpO2)
		says(heard + 1) // while it is recalled
		for at := first.Add(-3 * time.Hour); at.Before(first); at = at.Add(time.Hour) {
			recalled.Add(at.UnixMilli(), 96)
			recalled.Add(at.Add(time.Minute).UnixMilli(), 98)
		}
		recalled.Add(first.Add(time.Minute).UnixMilli(), 96)
		recalled.Add(first.Add(2*time.Minute).UnixMilli(), 98)
		s.engine.Warm(s.state, recalled)
		s.told = nil
		s.every(time.Minute, 3, "spo2 97").expects("many began info")
	}
}

func TestWarmingLosesNothingThatIsNotToBeRecalled(t *testing.T) {
	s := newStory(t, Profile{})
	s.by(changed(t, with(rules.Rule{
		ID: "many", Name: rules.Text{EN: "M", ZH: "多"}, Message: rules.Text{EN: "{name}", ZH: "{name}"},
		Level: rules.Level{Severity: rules.Info, When: `count(spo2, "16h") == 6`}, Clear: rules.Clear{By: "person"},
	})), false)
	s.every(time.Minute, 3, "spo2 97")
	recalled := s.engine.Recall(s.state, vitals.SpO2)
	recalled.Add(s.now.UnixMilli(), 97) // the timeline has lost two of them
	s.every(time.Minute, 2, "spo2 97")
	s.engine.Warm(s.state, recalled)
	s.told = nil
	s.every(time.Minute, 1, "spo2 97").expects("many began info")
}
