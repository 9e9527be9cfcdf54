package engine

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// mostOfAResident is how much the state of a resident may take under the default
// rules.
const mostOfAResident = 8 << 10

// month lives a month of somebody who has everything that there is: a bracelet, a
// bed mat, sensors in all rooms, a glucose patch, a cuff and a scale. Events come
// at the pace that such devices have, thinned by step.
func month(g *Engine, s *State, rng *rand.Rand, step time.Duration) {
	at := time.Date(2026, 10, 1, 0, 0, 0, 0, shanghai)
	g.Step(s, Event{At: at.UnixMilli(), What: Profile{Zone: shanghai, Conditions: []string{"copd", "heart_failure", "insulin"}}})
	says := func(device, zone string, values ...vitals.Value) {
		g.Step(s, Event{At: at.UnixMilli(), What: Readings{Device: device, Zone: zone, Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}}}})
	}
	value := func(m vitals.Metric, mean, spread float64) vitals.Value {
		return vitals.Value{Metric: m, Number: mean + spread*rng.NormFloat64()}
	}
	for end := at.AddDate(0, 0, 30); at.Before(end); at = at.Add(step) {
		says("01JD0000000000000000BAND01", "", value(vitals.HeartRate, 72, 8), value(vitals.SpO2, 95, 1.5), value(vitals.RespiratoryRate, 16, 2),
			value(vitals.BodyTemperature, 36.6, 0.2), value(vitals.StepCount, 40, 10))
		if at.Minute() == 0 {
			says("01JD0000000000000000ROOM01", "bedroom", value(vitals.RoomTemperature, 21, 1), value(vitals.RoomHumidity, 50, 4), value(vitals.CO2, 800, 90))
			says("01JD000000000000000PATCH01", "", value(vitals.GlucoseCGM, 7, 1.5))
			zone := []string{"bathroom", "kitchen", "bedroom", "living_room"}[rng.IntN(4)]
			says("01JD00000000000000MOTION01", zone, vitals.Value{Metric: vitals.Motion, Number: 1})
		}
		if hour := at.Hour(); at.Minute() == 0 && (hour == 7 || hour == 19) {
			says("01JD0000000000000000CUFF01", "", value(vitals.BPSystolic, 135, 9), value(vitals.BPDiastolic, 82, 6))
			says("01JD00000000000000SCALES01", "", value(vitals.BodyWeight, 62, 0.3))
			says("01JD000000000000000METER01", "", value(vitals.GlucoseFasting, 7, 1), value(vitals.GlucoseRandom, 8, 1))
			says("01JD0000000000000000MAT001", "bedroom", vitals.Value{Metric: vitals.BedPresence, Number: float64(hour / 19)}, value(vitals.SleepDuration, 400, 40))
			says("01JD000000000000000000ECG1", "", vitals.Value{Metric: vitals.ECGRhythm, Number: float64(rng.IntN(2))})
		}
	}
}

func TestAResidentsStateIsSmall(t *testing.T) {
	g := New(defaultSet(t))
	s := &State{Resident: "01JD0000000000000000RESID1"}
	month(g, s, rand.New(rand.NewPCG(1, 1)), time.Minute)
	text, err := g.Save(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("after a month with everything a state is written as %d bytes", len(text))
	if len(text) > mostOfAResident {
		t.Errorf("the state is %d bytes, want at most %d", len(text), mostOfAResident)
	}
}

// inMemory is how much what a function makes takes.
func inMemory(do func() any) int64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	made := do()
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(made)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// BenchmarkCityInMemory says how much the states of 100,000 residents take who
// all have everything.
func BenchmarkCityInMemory(b *testing.B) {
	g := New(defaultSet(b))
	one := &State{Resident: "01JD0000000000000000RESID1"}
	month(g, one, rand.New(rand.NewPCG(1, 1)), 10*time.Minute)
	text, err := g.Save(one)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		bytes := inMemory(func() any {
			states := make([]*State, 100_000)
			for i := range states {
				if states[i], err = g.Load(text); err != nil {
					b.Fatal(err)
				}
			}
			return states
		})
		b.ReportMetric(float64(bytes)/(1<<20), "MiB/city")
		b.ReportMetric(float64(bytes)/100_000, "B/resident")
	}
}
