package simulate_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/simulate"
)

var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.FixedZone("Asia/Shanghai", 8*3600))

func person(seed uint64, conditions ...simulate.Condition) *simulate.Person {
	return &simulate.Person{Seed: seed, Zone: monday.Location(), Conditions: conditions, Weight: 60}
}

// Over weeks, every value stays what a body can have, and changes little from
// one minute to the next.
func TestBodiesArePlausible(t *testing.T) {
	for seed := range uint64(8) {
		p := person(seed)
		last := p.At(monday)
		for at := monday; at.Before(monday.AddDate(0, 0, 14)); at = at.Add(time.Minute) {
			s := p.At(at)
			for name, v := range map[string][3]float64{
				"heart rate": {s.HeartRate, 40, 130}, "breathing": {s.RespiratoryRate, 8, 28}, "SpO2": {s.SpO2, 92, 100},
				"temperature": {s.Temperature, 35.5, 37.8}, "systolic": {s.Systolic, 95, 175}, "diastolic": {s.Diastolic, 50, 105},
				"glucose": {s.Glucose, 3.9, 11},
			} {
				if v[0] < v[1] || v[0] > v[2] {
					t.Fatalf("seed %d, %s: %s %.1f", seed, at, name, v[0])
				}
			}
			if s.Systolic-s.Diastolic < 15 {
				t.Fatalf("seed %d, %s: pulse pressure of %.0f over %.0f", seed, at, s.Systolic, s.Diastolic)
			}
			if s.Temperature-last.Temperature > 0.15 || last.Temperature-s.Temperature > 0.15 {
				t.Fatalf("seed %d, %s: the temperature jumps from %.2f to %.2f", seed, at, last.Temperature, s.Temperature)
			}
			last = s
		}
	}
}

func TestNightIsBelowDay(t *testing.T) {
	for seed := range uint64(5) {
		p := person(seed)
		var night, day, nights, days float64
		for at := monday; at.Before(monday.AddDate(0, 0, 7)); at = at.Add(5 * time.Minute) {
			s, hour := p.At(at), at.Hour()
			switch {
			case hour < 5:
				night += s.HeartRate
				nights++
			case hour > 9 && hour < 19:
				day += s.HeartRate
				days++
			}
		}
		if night/nights > day/days-4 {
			t.Errorf("seed %d: the pulse is %.0f by night and %.0f by day", seed, night/nights, day/days)
		}
	}
}

func TestConditionsShow(t *testing.T) {
	mean := func(p *simulate.Person, value func(simulate.State) float64) float64 {
		sum, n := 0.0, 0.0
		for at := monday; at.Before(monday.AddDate(0, 0, 3)); at = at.Add(10 * time.Minute) {
			sum += value(p.At(at))
			n++
		}
		return sum / n
	}
	if o2 := mean(person(1, simulate.COPD), func(s simulate.State) float64 { return s.SpO2 }); o2 < 88 || o2 > 92 {
		t.Errorf("COPD: mean SpO2 %.1f, want 88 to 92", o2)
	}
	systolic := func(s simulate.State) float64 { return s.Systolic }
	if up := mean(person(1, simulate.Hypertension), systolic) - mean(person(1), systolic); up < 10 {
		t.Errorf("hypertension: %.0f mm[Hg] more", up)
	}
	glucose := func(s simulate.State) float64 { return s.Glucose }
	if up := mean(person(1, simulate.Diabetes), glucose) - mean(person(1), glucose); up < 1.5 {
		t.Errorf("diabetes: %.1f mmol/L more", up)
	}
	pulse := func(s simulate.State) float64 { return s.HeartRate }
	if up := mean(person(1, simulate.AtrialFibrillation), pulse) - mean(person(1), pulse); up < 8 {
		t.Errorf("atrial fibrillation: %.0f /min more", up)
	}
}

func TestEpisodesShowAndEnd(t *testing.T) {
	noon := monday.Add(12 * time.Hour)
	for kind, during := range map[string]func(simulate.State) bool{
		simulate.Fall:        func(s simulate.State) bool { return s.Fallen && s.Activity == 0 },
		simulate.Hypoxia:     func(s simulate.State) bool { return s.SpO2 < 86 },
		simulate.Fever:       func(s simulate.State) bool { return s.Temperature > 38.5 },
		simulate.Hypo:        func(s simulate.State) bool { return s.Glucose < 3.5 },
		simulate.Tachycardia: func(s simulate.State) bool { return s.HeartRate > 125 },
		simulate.Wandering:   func(s simulate.State) bool { return s.Room == simulate.Outside },
		simulate.Silence:     func(s simulate.State) bool { return s.Silent },
	} {
		e, err := simulate.NewEpisode(kind, noon)
		if err != nil {
			t.Fatal(err)
		}
		p := person(3)
		p.Episodes = []simulate.Episode{e}
		if s := p.At(noon.Add(e.Duration / 2)); !during(s) {
			t.Errorf("%s does not show: %+v", kind, s)
		}
		if s, usual := p.At(noon.Add(e.Duration+time.Minute)), person(3).At(noon.Add(e.Duration+time.Minute)); s != usual {
			t.Errorf("%s has not ended: %+v", kind, s)
		}
	}
	if _, err := simulate.NewEpisode("boredom", noon); err == nil {
		t.Error("an episode that nobody knows")
	}
}

func TestSteps(t *testing.T) {
	p := person(4)
	whole, parts := p.Steps(monday.AddDate(0, 0, 1), 24*time.Hour), 0
	for at := monday.Add(10 * time.Minute); !at.After(monday.AddDate(0, 0, 1)); at = at.Add(10 * time.Minute) {
		parts += p.Steps(at, 10*time.Minute)
	}
	if whole < 1500 || whole > 25_000 || parts < whole*8/10 || parts > whole*12/10+144 {
		t.Errorf("%d steps in a day, %d in its parts", whole, parts)
	}
}
