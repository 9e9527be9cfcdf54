package timeline

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/anxin-care/anxin/vitals"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestLines(t *testing.T) {
	var got bytes.Buffer
	l := lines{full: func(body []byte) error { got.Write(body); return nil }}
	for _, r := range []vitals.Report{
		{Device: "watch-7", Residents: []string{"r1"}, Received: 1764000000250, Samples: []vitals.Sample{
			{At: 1764000000000, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 72}, {Metric: vitals.BodyTemperature, Number: 36.6}}},
			{At: 1763999999000, Values: []vitals.Value{ // one line for each set of marks
				{Metric: vitals.HeartRate, Number: 300, Marks: vitals.Implausible | vitals.LowQuality},
				{Metric: vitals.SpO2, Number: 97},
				{Metric: vitals.GlucoseRandom, Number: 33.3, Marks: vitals.Above},
				{Metric: vitals.RespiratoryRate, Number: 90, Marks: vitals.LowQuality | vitals.Implausible},
			}},
		}},
		{Device: "door", Residents: []string{"r1", "r2"}, Received: 2, Samples: []vitals.Sample{
			{At: 1, Values: []vitals.Value{{Metric: vitals.DoorContact, Number: 1}}}}},
		{Device: `a "b", c=d\` + "\n", Residents: []string{""}, Received: 0, Samples: []vitals.Sample{
			{At: -1, Values: []vitals.Value{{Metric: vitals.HeartRate, Number: -0.5}}}}},
		{Device: "numbers", Residents: []string{"r1"}, Received: 9, Samples: []vitals.Sample{{At: 5, Values: []vitals.Value{
			{Metric: 1, Number: 0}, {Metric: 2, Number: math.Copysign(0, -1)}, {Metric: 3, Number: 1e15}, {Metric: 4, Number: 1e16},
			{Metric: 5, Number: 1.0 / 3}, {Metric: 6, Number: math.MaxFloat64}, {Metric: 7, Number: 5e-324}, {Metric: 8, Number: -123456789.125},
			{Metric: 9, Number: math.NaN()}, {Metric: 10, Number: math.Inf(-1)}, {Metric: 11, Number: 1}, {Metric: 11, Number: 2}}}}},
		{Device: "nothing", Residents: []string{"r1"}, Samples: []vitals.Sample{{At: 5, Values: []vitals.Value{{Metric: 1, Number: math.NaN()}}}, {At: 6}}},
		{Device: "nobody", Samples: []vitals.Sample{{At: 5, Values: []vitals.Value{{Metric: 1, Number: 1}}}}},
	} {
		if err := l.report(&r); err != nil {
			t.Fatal(err)
		}
	}
	w := newWindow(3600_000, instant{3600_001, "watch-7", 60})
	w.add(newWindow(3600_000, instant{3700_000, "watch-7", 81}))
	if err := l.rollup("watch-7", "r1", vitals.HeartRate, 3, &w); err != nil {
		t.Fatal(err)
	}
	if err := l.flush(); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "lines.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("got\n%s\nwant\n%s", got.Bytes(), want)
	}
}

func manyReports(n int) []vitals.Report {
	reports := make([]vitals.Report, n)
	for i := range reports {
		f := float64(i % 10)
		name := fmt.Sprintf("01JD5Z9KQ4X3T7%04d", i)
		reports[i] = vitals.Report{Device: "d" + name, Residents: []string{name}, Received: 1764000000250, Samples: []vitals.Sample{{
			At: 1764000000000 + int64(i), Values: []vitals.Value{
				{Metric: vitals.HeartRate, Number: 60 + f}, {Metric: vitals.SpO2, Number: 90 + f},
				{Metric: vitals.BodyTemperature, Number: 36.1 + f/10}, {Metric: vitals.RespiratoryRate, Number: 12 + f},
				{Metric: vitals.StepCount, Number: 100 * f},
			}}}}
	}
	return reports
}

func TestLinesAreBounded(t *testing.T) {
	most, count := 0, 0
	l := lines{full: func(body []byte) error {
		most = max(most, len(body))
		count += bytes.Count(body, []byte("\n"))
		if n := bytes.Count(body, []byte("\n")); n > linesAtOnce {
			t.Fatalf("%d lines in one request", n)
		}
		return nil
	}}
	for _, r := range manyReports(12_345) {
		if err := l.report(&r); err != nil {
			t.Fatal(err)
		}
	}
	long := manyReports(1)[0] // an id that fills a request with few lines
	long.Device = string(bytes.Repeat([]byte("x"), 1<<20))
	for range 9 {
		if err := l.report(&long); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.flush(); err != nil {
		t.Fatal(err)
	}
	if count != 12_345+9 || most > bytesAtOnce+1<<20+1024 {
		t.Errorf("%d lines, at most %d bytes", count, most)
	}
}

func TestHalves(t *testing.T) {
	for _, tc := range []struct{ body, first, second string }{
		{"a\nb\n", "a\n", "b\n"}, {"a\nb\nc\nd\n", "a\nb\nc\n", "d\n"}, {"aaaaaaaa\nb\n", "aaaaaaaa\n", "b\n"},
		{"b\naaaaaaaa\n", "b\n", "aaaaaaaa\n"}, {"a\n", "a\n", ""},
	} {
		first, second := halves([]byte(tc.body))
		if string(first) != tc.first || string(second) != tc.second {
			t.Errorf("%q: %q and %q, want %q and %q", tc.body, first, second, tc.first, tc.second)
		}
	}
}

func BenchmarkLines(b *testing.B) {
	reports := manyReports(5000)
	bytes := 0
	l := lines{full: func(body []byte) error { bytes += len(body); return nil }}
	b.ReportAllocs()
	for b.Loop() {
		for i := range reports {
			if err := l.report(&reports[i]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(reports)*5), "ns/value")
}
