package vitals_test

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/anxin-care/anxin/vitals"
)

func exampleReport() vitals.Report {
	at := int64(1_795_435_200_000)
	return vitals.Report{
		Device: "band-1", Residents: []string{"01JDZ3V5H1N2B3C4D5E6F7G8H9"}, Received: at + 40,
		Samples: []vitals.Sample{{At: at, DeviceTime: at, Values: []vitals.Value{
			{Metric: vitals.HeartRate, Number: 72}, {Metric: vitals.SpO2, Number: 97}, {Metric: vitals.RespiratoryRate, Number: 16},
			{Metric: vitals.BodyTemperature, Number: 36.6}, {Metric: vitals.StepCount, Number: 12},
		}}},
	}
}

func randomReport(rng *rand.Rand) vitals.Report {
	numbers := []float64{0, 1, -1, 36.6, 3.8855, 1e300, -1e-300, math.Pi, 1 << 53, math.Copysign(0, -1)}
	r := vitals.Report{Device: "d", Firmware: "1.2", Received: rng.Int64N(1 << 42)}
	for range rng.IntN(3) {
		r.Residents = append(r.Residents, "r")
	}
	for range rng.IntN(4) {
		s := vitals.Sample{At: rng.Int64N(1 << 42)}
		s.DeviceTime = []int64{0, s.At, rng.Int64() - rng.Int64()}[rng.IntN(3)]
		for range rng.IntN(5) {
			s.Values = append(s.Values, vitals.Value{
				Metric: vitals.Metric(rng.IntN(80)), Number: numbers[rng.IntN(len(numbers))], Marks: vitals.Marks(rng.IntN(64)),
			})
		}
		r.Samples = append(r.Samples, s)
	}
	return r
}

func TestReportSurvivesItsBinaryForm(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		want := randomReport(rng)
		b, err := want.AppendBinary([]byte("prefix"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := vitals.DecodeReport(b[len("prefix"):])
		if err != nil {
			t.Fatalf("decode %+v: %v", want, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
		for cut := range b[len("prefix"):] {
			if _, err := vitals.DecodeReport(b[len("prefix") : len("prefix")+cut]); err == nil {
				t.Fatalf("a report cut at byte %d of %d was taken", cut, len(b))
			}
		}
	}
}

func FuzzDecodeReport(f *testing.F) {
	b, _ := exampleReport().AppendBinary(nil)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := vitals.DecodeReport(b)
		if err != nil {
			return
		}
		again, err := r.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := vitals.DecodeReport(again); err != nil {
			t.Fatalf("what was decoded cannot be encoded: %v", err)
		}
	})
}

func BenchmarkAppendBinary(b *testing.B) {
	r := exampleReport()
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = r.AppendBinary(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "bytes/report")
}

func BenchmarkDecodeReport(b *testing.B) {
	buf, _ := exampleReport().AppendBinary(nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := vitals.DecodeReport(buf); err != nil {
			b.Fatal(err)
		}
	}
}
