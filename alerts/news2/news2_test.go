package news2_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/news2"
	"github.com/anxin-care/anxin/vitals"
)

// The vectors are public test cases of other NEWS2 implementations (each names
// its source) and ones computed from the College's table.
type vector struct {
	ID    string
	Input struct {
		RespiratoryRate *float64 `json:"respiratory_rate"`
		SpO2            *float64 `json:"spo2"`
		Scale           int      `json:"spo2_scale"`
		OnOxygen        *bool    `json:"on_oxygen"`
		SystolicBP      *float64 `json:"systolic_bp"`
		Pulse           *float64
		Consciousness   *string
		Temperature     *float64
	}
	Expected struct {
		Sub        map[string]int
		Total      int
		Red        bool `json:"red_score"`
		Risk       news2.Risk
		Monitoring string
	}
	Expect string
}

func (v vector) observations() news2.Observations {
	o := news2.Nothing(news2.Scale(v.Input.Scale))
	in := v.Input
	for p, n := range map[news2.Parameter]*float64{
		news2.RespirationRate: in.RespiratoryRate, news2.SpO2: in.SpO2, news2.SystolicBP: in.SystolicBP,
		news2.Pulse: in.Pulse, news2.Temperature: in.Temperature,
	} {
		if n != nil {
			o.Values[p] = *n
		}
	}
	if in.OnOxygen != nil {
		o.Values[news2.Oxygen] = 0
		if *in.OnOxygen {
			o.Values[news2.Oxygen] = 1
		}
	}
	if in.Consciousness != nil {
		if level, err := vitals.Consciousness.Parse(*in.Consciousness, ""); err == nil {
			o.Values[news2.Consciousness] = level.Number
		}
	}
	return o
}

func vectors(t *testing.T) (valid, invalid []vector) {
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Vectors, Invalid []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) < 25 || len(file.Invalid) < 3 {
		t.Fatalf("%d vectors and %d invalid ones", len(file.Vectors), len(file.Invalid))
	}
	return file.Vectors, file.Invalid
}

func TestVectors(t *testing.T) {
	valid, invalid := vectors(t)
	for _, v := range valid {
		got, err := news2.Of(v.observations())
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		want := v.Expected
		if got.Total != want.Total || got.Red != want.Red || got.Risk != want.Risk || got.Monitoring != want.Monitoring {
			t.Errorf("%s: %+v, want %+v", v.ID, got, want)
		}
		for _, p := range news2.Parameters() {
			if got.Sub[p] != want.Sub[p.String()] {
				t.Errorf("%s: %s has %d points, want %d", v.ID, p, got.Sub[p], want.Sub[p.String()])
			}
		}
	}
	for _, v := range invalid {
		s, err := news2.Of(v.observations())
		var incomplete *news2.IncompleteError
		if err == nil || s.Total != 0 || strings.HasPrefix(v.Expect, "incomplete") != errors.As(err, &incomplete) {
			t.Errorf("%s: %+v, %v; want %s", v.ID, s, err, v.Expect)
		}
	}
}

// The College's table, each boundary on both sides.
func TestBoundaries(t *testing.T) {
	healthy := news2.Nothing(news2.Scale1)
	for p, v := range []float64{16, 98, 0, 120, 70, 0, 36.8} {
		healthy.Values[p] = v
	}
	if s, err := news2.Of(healthy); err != nil || s.Total != 0 {
		t.Fatalf("a healthy person scores %+v, %v", s, err)
	}
	type band struct {
		low, high float64
		points    int
	}
	rows := []struct {
		name   string
		param  news2.Parameter
		scale  news2.Scale
		oxygen float64
		step   float64
		bands  []band
	}{
		{"respiration", news2.RespirationRate, 1, 0, 1, []band{{3, 8, 3}, {9, 11, 1}, {12, 20, 0}, {21, 24, 2}, {25, 70, 3}}},
		{"SpO2 scale 1", news2.SpO2, 1, 0, 1, []band{{50, 91, 3}, {92, 93, 2}, {94, 95, 1}, {96, 100, 0}}},
		{"SpO2 scale 1 on oxygen", news2.SpO2, 1, 1, 1, []band{{50, 91, 3}, {92, 93, 2}, {94, 95, 1}, {96, 100, 0}}},
		{"SpO2 scale 2 on air", news2.SpO2, 2, 0, 1, []band{{50, 83, 3}, {84, 85, 2}, {86, 87, 1}, {88, 100, 0}}},
		{"SpO2 scale 2 on oxygen", news2.SpO2, 2, 1, 1, []band{{50, 83, 3}, {84, 85, 2}, {86, 87, 1}, {88, 92, 0}, {93, 94, 1}, {95, 96, 2}, {97, 100, 3}}},
		{"oxygen", news2.Oxygen, 1, 0, 1, []band{{0, 0, 0}, {1, 1, 2}}},
		{"systolic", news2.SystolicBP, 1, 0, 1, []band{{40, 90, 3}, {91, 100, 2}, {101, 110, 1}, {111, 219, 0}, {220, 300, 3}}},
		{"pulse", news2.Pulse, 1, 0, 1, []band{{20, 40, 3}, {41, 50, 1}, {51, 90, 0}, {91, 110, 1}, {111, 130, 2}, {131, 300, 3}}},
		{"consciousness", news2.Consciousness, 1, 0, 1, []band{{0, 0, 0}, {1, 4, 3}}},
		{"temperature", news2.Temperature, 1, 0, 0.1, []band{{25, 35, 3}, {35.1, 36, 1}, {36.1, 38, 0}, {38.1, 39, 1}, {39.1, 45, 2}}},
	}
	for _, row := range rows {
		for _, b := range row.bands {
			// Half a step outside rounds upwards: into the band at its foot, out of it
			// at its head.
			for _, v := range []float64{b.low, b.high, b.low - row.step/2, b.high + row.step*0.49} {
				if info := row.param.Metric().Info(); info.Bounded && (v < info.Min || v > info.Max) || !info.Bounded && v != math.Trunc(v) {
					continue
				}
				o := healthy
				o.Scale, o.Values[news2.Oxygen] = row.scale, row.oxygen
				o.Values[row.param] = v
				s, err := news2.Of(o)
				if err != nil || s.Sub[row.param] != b.points {
					t.Errorf("%s of %v: %d points (%v), want %d", row.name, v, s.Sub[row.param], err, b.points)
				}
			}
		}
	}
}

func TestNothingIsAssumed(t *testing.T) {
	full := news2.Nothing(news2.Scale1)
	for p, v := range []float64{16, 98, 0, 120, 70, 0, 36.8} {
		full.Values[p] = v
	}
	for _, p := range news2.Parameters() {
		o := full
		o.Values[p] = math.NaN()
		_, err := news2.Of(o)
		var incomplete *news2.IncompleteError
		if !errors.As(err, &incomplete) || len(incomplete.Missing) != 1 || incomplete.Missing[0] != p {
			t.Errorf("without %s: %v", p, err)
		}
		for _, wrong := range []float64{-1, 1000, math.Inf(1)} {
			o.Values[p] = wrong
			var invalid *news2.InvalidError
			if _, err := news2.Of(o); !errors.As(err, &invalid) || invalid.Parameter != p {
				t.Errorf("%s of %v: %v", p, wrong, err)
			}
		}
	}
	if got := news2.Nothing(news2.Scale2); !math.IsNaN(got.Values[news2.Temperature]) {
		t.Error("nothing known is something")
	}
}

func TestMostAndReds(t *testing.T) {
	o := news2.Nothing(news2.Scale1)
	for p, v := range []float64{30, 85, 1, 80, 140, 4, 34} {
		o.Values[p] = v
	}
	s, err := news2.Of(o)
	if err != nil || s.Total != 20 || s.Risk != news2.High {
		t.Errorf("the worst of all: %+v, %v", s, err)
	}
	if reds := s.Reds(); len(reds) != 6 {
		t.Errorf("reds are %v", reds)
	}
}
