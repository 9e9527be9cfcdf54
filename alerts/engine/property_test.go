package engine

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// stream makes events that come near the limits of the rules, in every order:
// readings of several devices, late ones and artefacts among them, profiles, and
// what people do about the alerts that a first run gives.
func stream(rng *rand.Rand, g *Engine, n int) []Event {
	metrics := []struct {
		m        vitals.Metric
		low, top float64
	}{
		{vitals.HeartRate, 30, 160}, {vitals.SpO2, 80, 100}, {vitals.RespiratoryRate, 6, 30}, {vitals.BPSystolic, 70, 230}, {vitals.BPDiastolic, 40, 130},
		{vitals.BodyTemperature, 34, 40}, {vitals.GlucoseRandom, 2, 18}, {vitals.GlucoseCGM, 2, 18}, {vitals.BodyWeight, 60, 70}, {vitals.StepCount, 0, 100},
		{vitals.RoomTemperature, 14, 34}, {vitals.SleepDuration, 200, 500}, {vitals.Motion, 0, 1}, {vitals.DoorContact, 0, 1}, {vitals.BedPresence, 0, 1},
		{vitals.SOSButton, 0, 3}, {vitals.FallEvent, 0, 2}, {vitals.Smoke, 0, 1}, {vitals.WaterLeak, 0, 1}, {vitals.ECGRhythm, 0, 8}, {vitals.Consciousness, 0, 4},
		{vitals.SupplementalOxygen, 0, 1},
	}
	zones := []string{"", "bathroom", "kitchen", "entrance", "bedroom"}
	at := time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC)
	berlin, _ := time.LoadLocation("Europe/Berlin")
	// The clock of the stream's resident is set forward while it runs.
	events := []Event{{At: at.UnixMilli(), What: Profile{Zone: berlin, Conditions: []string{"heart_failure"}}}}
	s := &State{Resident: "r"}
	var alerts []string
	for seq := uint64(1); len(events) < n; seq++ {
		at = at.Add([]time.Duration{0, time.Second, 30 * time.Second, 2 * time.Minute, 20 * time.Minute, 3 * time.Hour}[rng.IntN(6)])
		e := Event{At: at.UnixMilli(), Seq: seq}
		switch kind := rng.IntN(30); {
		case kind == 0:
			e.Seq, e.What = 0, Profile{
				Zone: berlin, Conditions: []string{"copd", "dementia"}[:rng.IntN(3)], Limits: map[string]float64{"hr.high": float64(90 + rng.IntN(20))},
				Situations: map[rules.Situation]int64{rules.AwayFromHome: at.Add(time.Duration(rng.IntN(10)-5) * time.Hour).UnixMilli()},
				Unwatched:  rng.IntN(5) == 0,
			}
		case kind < 4 && len(alerts) > 0:
			id := alerts[rng.IntN(len(alerts))]
			until := at.Add(time.Duration(rng.IntN(120)) * time.Minute).UnixMilli()
			e.Seq, e.What = 0, []any{Claim{Alert: id, By: "u", Until: until}, Resolve{Alert: id, By: "u", Verdict: FalseAlarm}, Snooze{Alert: id, By: "u", Until: until}}[rng.IntN(3)]
		default:
			in := Readings{Device: "d", Class: []string{"", "radar"}[rng.IntN(2)], Zone: zones[rng.IntN(len(zones))]}
			for range 1 + rng.IntN(2) {
				sample := vitals.Sample{At: at.UnixMilli()}
				if rng.IntN(8) == 0 {
					sample.At -= rng.Int64N(3 * time.Hour.Milliseconds())
				}
				for range 1 + rng.IntN(3) {
					m := metrics[rng.IntN(len(metrics))]
					n := m.low + rng.Float64()*(m.top-m.low)
					if len(m.m.Info().Words) > 0 {
						n = m.low + float64(rng.IntN(int(m.top-m.low)+1))
					}
					v := vitals.Value{Metric: m.m, Number: n}
					if rng.IntN(20) == 0 {
						v.Marks = vitals.Implausible
					}
					sample.Values = append(sample.Values, v)
				}
				in.Samples = append(in.Samples, sample)
			}
			e.What = in
		}
		events = append(events, e)
		out, _ := g.Step(s, e)
		for _, t := range out {
			alerts = append(alerts, t.Alert)
		}
	}
	return events
}

func play(t *testing.T, g *Engine, s *State, events []Event) (out []Transition) {
	t.Helper()
	for _, e := range events {
		told, next := g.Step(s, e)
		if next != 0 && next <= s.now {
			t.Fatalf("at %d: look again at %d, which is past", s.now, next)
		}
		out = append(out, told...)
	}
	return out
}

func TestTheSameEventsGiveTheSameTransitions(t *testing.T) {
	g := New(defaultSet(t))
	causes := map[Cause]int{}
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 7))
		events := stream(rng, g, 1500)
		plain := &State{Resident: "r"}
		want := play(t, g, plain, events)
		for _, tr := range want {
			causes[tr.Cause]++
		}
		end, err := g.Save(plain)
		if err != nil {
			t.Fatal(err)
		}

		// Ticks at any moment, restarts at any point, entries delivered twice, and
		// another resident in between.
		s, other := &State{Resident: "r"}, &State{Resident: "other"}
		var got []Transition
		for i, e := range events {
			if i > 0 && rng.IntN(4) == 0 {
				between := events[i-1].At + rng.Int64N(max(1, e.At-events[i-1].At+1))
				got = append(got, play(t, g, s, []Event{{At: between, What: Tick{}}})...)
			}
			got = append(got, play(t, g, s, []Event{e})...)
			play(t, g, other, events[rng.IntN(len(events)):][:1])
			if rng.IntN(20) == 0 && e.Seq > 0 {
				if again := play(t, g, s, []Event{e}); len(again) > 0 {
					t.Fatalf("seed %d: entry %d once more told %+v", seed, e.Seq, again)
				}
			}
			if rng.IntN(50) == 0 {
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

		// A restart from an older state goes the same way again.
		cut := rng.IntN(len(events))
		s = &State{Resident: "r"}
		before := play(t, g, s, events[:cut])
		text, err := g.Save(s)
		if err != nil {
			t.Fatal(err)
		}
		play(t, g, s, events[cut:])
		if s, err = g.Load(text); err != nil {
			t.Fatal(err)
		}
		compare(t, seed, append(before, play(t, g, s, events[cut:])...), want)
	}
	for _, c := range []Cause{Began, Worsened, Repeated, Cleared, WasClaimed, WasSnoozed, WasResolved, ClaimExpired, SnoozeEnded} {
		if causes[c] == 0 {
			t.Errorf("no transition of the streams was %s: %v", c, causes)
		}
	}
}

func compare(t *testing.T, seed uint64, got, want []Transition) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("seed %d, transition %d of %d and %d:\n got %+v\nwant %+v", seed, i, len(got), len(want), at(got, i), at(want, i))
		}
	}
}

func at(all []Transition, i int) any {
	if i < len(all) {
		return all[i]
	}
	return nil
}

func TestNoOrphans(t *testing.T) {
	g := New(defaultSet(t))
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 9))
		open := map[string]Transition{}
		rule := map[string]string{}
		for _, tr := range play(t, g, &State{Resident: "r"}, stream(rng, g, 1500)) {
			was, known := open[tr.Alert]
			switch {
			case tr.Cause == Began && known, tr.Cause != Began && !known:
				t.Fatalf("seed %d: %s of %s %s", seed, tr.Cause, tr.Rule, tr.Alert)
			case tr.Cause == Began && rule[tr.Rule] != "":
				t.Fatalf("seed %d: two alerts of %s are open", seed, tr.Rule)
			case tr.N != was.N+1:
				t.Fatalf("seed %d: transition %d of %s follows %d", seed, tr.N, tr.Rule, was.N)
			case tr.Severity < was.Severity:
				t.Fatalf("seed %d: %s became milder", seed, tr.Rule)
			case tr.Status == Resolved && tr.Cause != Cleared && tr.Cause != Withdrawn && tr.By == "":
				t.Fatalf("seed %d: %s was closed by nobody", seed, tr.Rule)
			}
			open[tr.Alert], rule[tr.Rule] = tr, tr.Alert
			if tr.Status == Resolved {
				delete(open, tr.Alert)
				delete(rule, tr.Rule)
			}
		}
	}
}

// BenchmarkStep is a wearable's message: five metrics, nothing wrong.
// BenchmarkStep is one message of five metrics; BenchmarkStepLate one that came
// an hour late.
func BenchmarkStep(b *testing.B)     { benchmarkStep(b, 0) }
func BenchmarkStepLate(b *testing.B) { benchmarkStep(b, time.Hour) }

func benchmarkStep(b *testing.B, late time.Duration) {
	g := New(defaultSet(b))
	s := &State{Resident: "r"}
	at := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC).UnixMilli()
	g.Step(s, Event{At: at, What: Profile{Zone: shanghai, Birth: time.Date(1941, 3, 5, 0, 0, 0, 0, time.UTC)}})
	b.ReportAllocs()
	for i := int64(1); b.Loop(); i++ {
		now := at + i*5000
		g.Step(s, Event{At: now, Seq: uint64(i), What: Readings{Device: "band", Samples: []vitals.Sample{{At: now - late.Milliseconds(), Values: []vitals.Value{
			{Metric: vitals.HeartRate, Number: float64(60 + i%40)}, {Metric: vitals.SpO2, Number: float64(95 + i%4)},
			{Metric: vitals.RespiratoryRate, Number: float64(12 + i%8)}, {Metric: vitals.BodyTemperature, Number: 36 + float64(i%10)/10},
			{Metric: vitals.StepCount, Number: float64(i % 50)},
		}}}}})
	}
}
