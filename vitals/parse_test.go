package vitals_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// The conversions and traps of the clinical catalogue, section 1.
func TestConvert(t *testing.T) {
	for _, tc := range []struct {
		metric  vitals.Metric
		n       float64
		unit    string
		want    float64 // exact to 1e-9
		rounded string
	}{
		{vitals.HeartRate, 72, "{beats}/min", 72, "72"},
		{vitals.HeartRate, 1.2, "Hz", 72, "72"},
		{vitals.HeartRate, 72, "bpm", 72, "72"},
		{vitals.BPSystolic, 16, "kPa", 120.010200874, "120"},
		{vitals.BPDiastolic, 10.7, "kPa", 80.256821835, "80"},
		{vitals.BPSystolic, 120, "mmHg", 120, "120"},
		{vitals.SpO2, 0.97, "/", 97, "97"},
		{vitals.RespiratoryRate, 16, "{breaths}/min", 16, "16"},
		{vitals.BodyTemperature, 100.4, "[degF]", 38, "38.0"},
		{vitals.BodyTemperature, 98.6, "°F", 37, "37.0"},
		{vitals.BodyTemperature, 310.15, "K", 37, "37.0"},
		{vitals.GlucoseRandom, 70, "mg/dL", 70 / 18.0156, "3.9"},
		{vitals.GlucoseRandom, 69, "mg/dL", 69 / 18.0156, "3.8"},
		{vitals.GlucoseRandom, 54, "mg/dL", 54 / 18.0156, "3.0"},
		{vitals.GlucoseRandom, 53, "mg/dL", 53 / 18.0156, "2.9"},
		{vitals.GlucoseCGM, 120.60000000000001, "mg/dL", 120.6 / 18.0156, "6.7"},
		{vitals.GlucoseFasting, 0.0055, "mol/L", 5.5, "5.5"},
		{vitals.GlucoseFasting, 0.00126, "kg/L", 126 / 18.0156, "7.0"},
		{vitals.BodyWeight, 140, "jin", 70, "70.0"},
		{vitals.BodyWeight, 140, "斤", 70, "70.0"},
		{vitals.BodyWeight, 154.3, "[lb_av]", 69.989302691, "70.0"},
		{vitals.BodyWeight, 11, "[stone_av]", 69.85322498, "69.9"},
		{vitals.BodyWeight, 70_000, "g", 70, "70.0"},
		{vitals.BodyHeight, 65, "[in_i]", 165.1, "165.1"},
		{vitals.BodyHeight, 1.65, "m", 165, "165.0"},
		{vitals.WaistCircumference, 35, "[in_i]", 88.9, "88.9"},
		{vitals.CholesterolTotal, 200, "mg/dL", 200 / 38.665, "5.17"},
		{vitals.PeakExpiratoryFlow, 6.5, "L/s", 390, "390"},
		{vitals.HRVSDNN, 0.05, "s", 50, "50"},
		{vitals.OxygenFlow, 2000, "mL/min", 2, "2.0"},
		{vitals.ActiveMinutes, 1.5, "h", 90, "90"},
		{vitals.SleepDuration, 27_000, "s", 450, "450"},
		{vitals.SleepDuration, 7.5, "h", 450, "450"},
		{vitals.RoomTemperature, 68, "[degF]", 20, "20.0"},
		{vitals.RoomHumidity, 0.45, "/", 45, "45"},
		{vitals.RoomHumidity, 45, "%RH", 45, "45"},
		{vitals.CO2, 800, "ppm", 800, "800"},
		{vitals.FluidIntake, 0.25, "L", 250, "250"},
		{vitals.FluidIntake, 8, "[foz_us]", 236.5882365, "240"},
		{vitals.BatteryVoltage, 3015, "mV", 3.015, "3.015"},
		{vitals.RoomPressure, 101_325, "Pa", 1013.25, "1013.3"},
	} {
		v, err := tc.metric.Number(tc.n, tc.unit)
		if err != nil {
			t.Errorf("%s %v %s: %v", tc.metric, tc.n, tc.unit, err)
			continue
		}
		if math.Abs(v.Number-tc.want) > 1e-9*max(1, tc.want) {
			t.Errorf("%s %v %s is %.12f, want %.12f", tc.metric, tc.n, tc.unit, v.Number, tc.want)
		}
		if got := tc.metric.Format(v.Number); got != tc.rounded {
			t.Errorf("%s %v %s is shown as %s, want %s", tc.metric, tc.n, tc.unit, got, tc.rounded)
		}
	}
}

func TestRoundedBeforeCompared(t *testing.T) {
	fever, err := vitals.BodyTemperature.Convert(100.4, "[degF]")
	if err != nil {
		t.Fatal(err)
	}
	if r := vitals.BodyTemperature.Round(fever); r > 38.0 {
		t.Errorf("100.4 °F is compared as %v: a rule over 38.0 would fire", r)
	}
	for mg, low := range map[float64]bool{70: false, 69: true} {
		mmol, err := vitals.GlucoseRandom.Convert(mg, "mg/dL")
		if err != nil {
			t.Fatal(err)
		}
		if got := vitals.GlucoseRandom.Round(mmol) < 3.9; got != low {
			t.Errorf("%v mg/dL below 3.9 mmol/L: %v, want %v", mg, got, low)
		}
	}
	for n, want := range map[float64]float64{36.65: 36.7, -36.65: -36.7, 1.005: 1.0, 0: 0, 38.049999: 38.0} {
		if got := vitals.BodyTemperature.Round(n); got != want {
			t.Errorf("%v rounds to %v, want %v", n, got, want)
		}
	}
}

func TestWrongUnit(t *testing.T) {
	for unit, m := range map[string]vitals.Metric{
		"mg/dL": vitals.HbA1c, "[st_av]": vitals.BodyWeight, "[oz_fl]": vitals.FluidIntake, "chi": vitals.WaistCircumference,
		"mmol/mol": vitals.HbA1c, "V": vitals.DeviceBattery, "kg": vitals.HeartRate,
	} {
		_, err := m.Number(7, unit)
		var wrong *vitals.UnitError
		if !errors.As(err, &wrong) || !strings.Contains(err.Error(), m.Info().Unit) {
			t.Errorf("%s in %s: %v, want an error that names what is accepted", m, unit, err)
		}
	}
}

func TestParse(t *testing.T) {
	for _, tc := range []struct {
		metric vitals.Metric
		text   string
		unit   string
		want   float64
		marks  vitals.Marks
	}{
		{vitals.HeartRate, "72", "", 72, 0},
		{vitals.BodyTemperature, " 36.6 ", "", 36.6, 0},
		{vitals.BodyTemperature, "97.88", "F", 36.6, 0},
		{vitals.GlucoseRandom, "LO", "", 1.1, vitals.Below},
		{vitals.GlucoseRandom, "HI", "mg/dL", 33.3, vitals.Above},
		{vitals.GlucoseRandom, ">600", "mg/dL", 600 / 18.0156, vitals.Above},
		{vitals.GlucoseCGM, "<2.2", "", 2.2, vitals.Below},
		{vitals.DoorContact, "open", "", 1, 0},
		{vitals.DoorContact, "CLOSED", "", 0, 0},
		{vitals.Smoke, "true", "", 1, 0},
		{vitals.WaterLeak, "wet", "", 1, 0},
		{vitals.Smoke, "test", "", 2, 0},
		{vitals.BedPresence, "in", "", 1, 0},
		{vitals.Consciousness, "V", "", 2, 0},
		{vitals.ECGRhythm, "afib", "", 3, 0},
		{vitals.MedicationDispensed, "taken", "", 1, 0},
		{vitals.SOSButton, "emergency", "", 1, 0},
		{vitals.FallEvent, "none", "", 0, 0},
		{vitals.CarbonMonoxide, "alarm", "", 1, 0},
		{vitals.DeviceBattery, "100.00", "", 100, 0},
	} {
		v, err := tc.metric.Parse(tc.text, tc.unit)
		if err != nil || math.Abs(v.Number-tc.want) > 1e-9 || v.Marks != tc.marks || v.Metric != tc.metric {
			t.Errorf("%s %q: %+v (%v), want %v %v", tc.metric, tc.text, v, err, tc.want, tc.marks)
		}
	}
	for _, text := range []string{"", " ", "NaN", "nan", "Inf", "-inf", "null", "unavailable", "unknown", "abc", "1e999", "0x10", "7_2", "<", "--"} {
		for _, m := range []vitals.Metric{vitals.HeartRate, vitals.DoorContact} {
			if v, err := m.Parse(text, ""); err == nil {
				t.Errorf("%s %q is taken as %v", m, text, v.Number)
			}
		}
	}
}

func TestCarbonMonoxideConcentration(t *testing.T) {
	for _, unit := range []string{"", "[ppm]", "ppm"} {
		v, err := vitals.CarbonMonoxide.Number(35, unit)
		if err != nil || v.Metric != vitals.CarbonMonoxidePPM || v.Number != 35 {
			t.Errorf("35 %s: %+v, %v", unit, v, err)
		}
	}
	if v, err := vitals.CarbonMonoxide.Bool(true); err != nil || v.Metric != vitals.CarbonMonoxide || v.Number != 1 {
		t.Errorf("true: %+v, %v", v, err)
	}
}

func TestNumberAndBool(t *testing.T) {
	for _, n := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if _, err := vitals.HeartRate.Number(n, ""); err == nil {
			t.Errorf("%v is taken for a heart rate", n)
		}
	}
	if _, err := vitals.DoorContact.Number(0.5, ""); err == nil {
		t.Error("a door is half open")
	}
	if _, err := vitals.HeartRate.Bool(true); err == nil {
		t.Error("a heart rate of true")
	}
	if _, err := vitals.Consciousness.Bool(true); err == nil {
		t.Error("a consciousness of true")
	}
	if v, err := vitals.Motion.Bool(true); err != nil || v.Number != 1 {
		t.Errorf("motion true: %v %v", v, err)
	}
	if _, err := vitals.HeartRate.Number(math.MaxFloat64, "Hz"); err == nil {
		t.Error("a number that overflows when converted is taken")
	}
}

func TestCheck(t *testing.T) {
	bp := func(s, d float64) *vitals.Sample {
		return &vitals.Sample{Values: []vitals.Value{{Metric: vitals.BPSystolic, Number: s}, {Metric: vitals.BPDiastolic, Number: d}, {Metric: vitals.HeartRate, Number: 70}}}
	}
	for _, tc := range []struct {
		s, d float64
		bad  bool
	}{{120, 80, false}, {80, 120, true}, {100, 100, true}, {100, 91, true}, {100, 90, false}} {
		sample := bp(tc.s, tc.d)
		vitals.Check(sample)
		for _, v := range sample.Values[:2] {
			if v.Marks.Has(vitals.Implausible) != tc.bad {
				t.Errorf("%v/%v: %s implausible %v, want %v", tc.s, tc.d, v.Metric, !tc.bad, tc.bad)
			}
		}
		if sample.Values[2].Marks != 0 {
			t.Error("the pulse is not to blame")
		}
	}
	// Seen in recordings of intensive care: heart rate 0, mean pressure 801 and -8.
	for _, v := range []vitals.Value{{Metric: vitals.HeartRate, Number: 0}, {Metric: vitals.BPMean, Number: 801}, {Metric: vitals.BPMean, Number: -8}, {Metric: vitals.SpO2, Number: 101}} {
		s := &vitals.Sample{Values: []vitals.Value{v}}
		vitals.Check(s)
		if !s.Values[0].Marks.Unfit() {
			t.Errorf("%s %v passes for plausible", v.Metric, v.Number)
		}
	}
}

func TestJumped(t *testing.T) {
	monday := time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)
	weight := func(kg float64, at time.Time) vitals.Reading {
		return vitals.Reading{Metric: vitals.BodyWeight, Number: kg, At: at}
	}
	for _, tc := range []struct {
		last, next float64
		days       int
		want       bool
	}{{70, 140, 1, true}, {70, 70.5, 1, false}, {70, 80, 1, false}, {70, 59, 1, true}, {70, 140, 8, false}} {
		if got := vitals.Jumped(weight(tc.last, monday), weight(tc.next, monday.AddDate(0, 0, tc.days))); got != tc.want {
			t.Errorf("%v kg, %d days later %v kg: jumped %v, want %v", tc.last, tc.days, tc.next, got, tc.want)
		}
	}
}

func TestMarks(t *testing.T) {
	for m := range vitals.Marks(64) {
		if got := vitals.ParseMarks(m.String()); got != m {
			t.Errorf("%q reads back as %q", m, got)
		}
	}
	if vitals.ParseMarks("implausible,of-the-future") != vitals.Implausible {
		t.Error("a mark of a newer version spoils the known ones")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("72", "")
	f.Add(">600", "mg/dL")
	f.Fuzz(func(t *testing.T, text, unit string) {
		for _, m := range vitals.Metrics() {
			v, err := m.Parse(text, unit)
			if err == nil && (math.IsNaN(v.Number) || math.IsInf(v.Number, 0)) {
				t.Errorf("%s %q %q is %v", m, text, unit, v.Number)
			}
		}
	})
}

func TestWordOfWhatIsNone(t *testing.T) {
	for _, n := range []float64{-1, 2, 0.5, 1e300, math.Inf(1), math.Inf(-1), math.NaN()} {
		if word, ok := vitals.DoorContact.Word(n); ok {
			t.Errorf("a door is %q at %v", word, n)
		}
	}
}
