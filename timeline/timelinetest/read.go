package timelinetest

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

func testRangeOrder(t *testing.T, open Open) {
	s := open(t, "order")
	var want []vitals.Reading
	var reports []vitals.Report
	for i := range 20 {
		at := noon().Add(time.Duration(i) * time.Minute)
		for _, device := range []string{"a", "b", "c"} {
			v := heart(float64(60 + i))
			if i%3 == 0 && device == "b" {
				v.Marks = vitals.LowQuality // marks do not change the order
			}
			want = append(want, reading(device, "r1", at, v))
			reports = append(reports, report(device, "r1", at, v))
		}
	}
	slices.Reverse(reports)
	add(t, s, 1, reports[:31]...)
	add(t, s, 2, reports[31:]...)
	same(t, "all devices", read(t, s, heartRates("r1")), want)
	q := heartRates("r1")
	q.Device = "b"
	same(t, "one device", read(t, s, q), slices.DeleteFunc(slices.Clone(want), func(r vitals.Reading) bool { return r.Device != "b" }))
	q.Device = "nobody's"
	same(t, "unknown device", read(t, s, q), nil)
	same(t, "unknown resident", read(t, s, heartRates("r2")), nil)
	q = heartRates("r1")
	q.Metric = vitals.SpO2
	same(t, "unknown metric", read(t, s, q), nil)
}

func testRangeBounds(t *testing.T, open Open) {
	s := open(t, "bounds")
	ms := time.Millisecond
	for i := range 5 {
		add(t, s, 1, report("d1", "r1", noon().Add(time.Duration(i)*ms), heart(float64(i))))
	}
	for _, tc := range []struct {
		from, to time.Duration
		want     []float64
	}{
		{0, 5 * ms, []float64{0, 1, 2, 3, 4}},
		{1 * ms, 3 * ms, []float64{1, 2}},
		{2 * ms, 2 * ms, nil},
		{3 * ms, 1 * ms, nil},
		{ms / 2, 3*ms + 1, []float64{1, 2, 3}},
		{5 * ms, time.Hour, nil},
		{-time.Hour, 1, []float64{0}},
	} {
		q := heartRates("r1")
		q.From, q.To = noon().Add(tc.from), noon().Add(tc.to)
		var got []float64
		for _, r := range read(t, s, q) {
			got = append(got, r.Number)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("from %s to %s: %v, want %v", tc.from, tc.to, got, tc.want)
		}
	}
	q := heartRates("r1")
	q.From, q.To = time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if got := read(t, s, q); len(got) != 5 {
		t.Errorf("of all time: %d readings, want 5", len(got))
	}
	shanghai := time.FixedZone("CST", 8*3600)
	q.From, q.To = noon().In(shanghai), noon().Add(2*ms).In(shanghai)
	if got := read(t, s, q); len(got) != 2 || got[0].At.Location() != time.UTC {
		t.Errorf("in another zone: %v", got)
	}
}

func testRangeLimit(t *testing.T, open Open) {
	s := open(t, "limit")
	var all []vitals.Reading
	for i := range 10 {
		at := noon().Add(time.Duration(i/2) * time.Second) // two devices at each time
		device := []string{"a", "b"}[i%2]
		add(t, s, 1, report(device, "r1", at, heart(float64(i)), vitals.Value{Metric: vitals.SpO2, Number: 97}))
		all = append(all, reading(device, "r1", at, heart(float64(i))))
	}
	for _, limit := range []int{0, 1, 2, 3, 9, 10, 11} {
		q := heartRates("r1")
		q.Limit = limit
		n := min(limit, 10)
		if limit == 0 {
			n = 10
		}
		same(t, fmt.Sprintf("first %d", limit), read(t, s, q), all[:n])
		q.Newest = true
		same(t, fmt.Sprintf("newest %d", limit), read(t, s, q), all[10-n:])
	}
}

// testRangeStops reads a part and then something else: nothing is left open.
func testRangeStops(t *testing.T, open Open) {
	s := open(t, "stops")
	for i := range 50 {
		add(t, s, 1, report("d1", "r1", noon().Add(time.Duration(i)*time.Second), heart(float64(i))))
	}
	for range 20 {
		for r, err := range s.Range(t.Context(), heartRates("r1")) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Number == 3 {
				break
			}
		}
	}
	add(t, s, 2, report("d1", "r1", noon().Add(time.Hour), heart(60)))
	if got := read(t, s, heartRates("r1")); len(got) != 51 {
		t.Errorf("%d readings, want 51", len(got))
	}
}

func testMarks(t *testing.T, open Open) {
	s := open(t, "marks")
	var want []vitals.Reading
	for m := range vitals.LowQuality << 1 {
		at := noon().Add(time.Duration(m) * time.Second)
		v := vitals.Value{Metric: vitals.HeartRate, Number: float64(m), Marks: m}
		// Values of one sample with marks of their own.
		other := vitals.Value{Metric: vitals.SpO2, Number: 97, Marks: vitals.Below}
		plain := vitals.Value{Metric: vitals.BodyTemperature, Number: 36.6}
		add(t, s, 1, report("d1", "r1", at, v, other, plain))
		want = append(want, reading("d1", "r1", at, v))
	}
	same(t, "range", read(t, s, heartRates("r1")), want)
	q := heartRates("r1")
	q.Metric = vitals.SpO2
	for _, r := range read(t, s, q) {
		if r.Marks != vitals.Below {
			t.Fatalf("marks of another value: %v", r)
		}
	}
}

func testNumbers(t *testing.T, open Open) {
	s := open(t, "numbers")
	numbers := []float64{0, -1, 1, 0.1, 36.6, 1.0 / 3, 1e-9, -273.15, 123456789.123, 1e15, -1e15, 9007199254740993,
		math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64}
	var want []vitals.Reading
	for i, n := range numbers {
		at := noon().Add(time.Duration(i) * time.Second)
		add(t, s, 1, report("d1", "r1", at, heart(n)))
		want = append(want, reading("d1", "r1", at, heart(n)))
	}
	got := read(t, s, heartRates("r1"))
	if len(got) != len(want) {
		t.Fatalf("%d readings, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i].Number != want[i].Number {
			t.Errorf("%v came back as %v", want[i].Number, got[i].Number)
		}
	}
}

// hostile are ids that mean something to a database, or look like each other.
func hostile() []string {
	return []string{
		`r'1`, `r"1`, `r\`, `r\\`, `\"`, `a b`, `a,b`, `a=b`, `a\ b`, `a\,b`, `${x}`, `r") |> drop() //`, `' OR '1'='1`,
		"line\nbreak", "line\r\nbreak", "tab\t", "nul\x00byte", "nul", "%", "%20", "%2", "a%20b", "长者", "élan", "e\u0301lan", "😀",
		"\xff\xfe", "\ufffd", "\u2028", " ", " r", "r ", "R", "r", "x;DROP TABLE readings", `"`, "_", "#", "null", "true", "",
	}
}

func testIDs(t *testing.T, open Open) {
	s := open(t, "ids")
	names := hostile()
	for i, name := range names {
		add(t, s, 1, report(name, name, noon(), heart(float64(i))))
	}
	for i, name := range names {
		want := []vitals.Reading{reading(name, name, noon(), heart(float64(i)))}
		same(t, fmt.Sprintf("range of %q", name), read(t, s, heartRates(name)), want)
		q := heartRates(name)
		if q.Device = name; name != "" {
			same(t, fmt.Sprintf("range of device %q", name), read(t, s, q), want)
		}
		same(t, fmt.Sprintf("latest of %q", name), latest(t, s, time.Time{}, name), want)
		have, err := s.Has(t.Context(), []vitals.Reading{{Device: name, Metric: vitals.HeartRate, At: noon()}})
		if err != nil || !have[0] {
			t.Errorf("has %q: %v, %v", name, have, err)
		}
	}
	if got := latest(t, s, time.Time{}); len(got) != len(names) {
		t.Errorf("%d latest, want %d", len(got), len(names))
	}
	for i, name := range names {
		if err := s.DeleteResident(t.Context(), name); err != nil {
			t.Fatalf("delete %q: %v", name, err)
		}
		if got := latest(t, s, time.Time{}); len(got) != len(names)-i-1 {
			t.Fatalf("after %q was deleted %d are left, want %d", name, len(got), len(names)-i-1)
		}
	}
}

// testFarTimes has readings of clocks that were believed wrongly.
func testFarTimes(t *testing.T, open Open) {
	s := open(t, "far")
	times := []time.Time{
		time.Date(1969, 12, 31, 23, 30, 0, 0, time.UTC), time.UnixMilli(-1), time.UnixMilli(0), time.UnixMilli(1),
		time.Date(2099, 12, 31, 23, 59, 59, 0, time.UTC),
	}
	var want []vitals.Reading
	for i, at := range times {
		add(t, s, 1, report("d1", "r1", at, heart(float64(i))))
		want = append(want, reading("d1", "r1", at, heart(float64(i))))
	}
	q := heartRates("r1")
	q.From, q.To = time.Time{}, time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
	same(t, "range", read(t, s, q), want)
	same(t, "latest", latest(t, s, time.Time{}), want[4:])
	same(t, "aggregate", aggregate(t, s, q, time.Hour, timeline.Max), []timeline.Point{
		{At: time.Date(1969, 12, 31, 23, 0, 0, 0, time.UTC), Number: 1},
		{At: time.UnixMilli(0).UTC(), Number: 3},
		{At: time.Date(2099, 12, 31, 23, 0, 0, 0, time.UTC), Number: 4},
	})
	cursorIs(t, s, 1)
}

func testLatest(t *testing.T, open Open) {
	s := open(t, "latest")
	spo2 := vitals.Value{Metric: vitals.SpO2, Number: 97}
	low := vitals.Value{Metric: vitals.HeartRate, Number: 20, Marks: vitals.Implausible}
	add(t, s, 1,
		report("d1", "r1", noon(), heart(60), spo2),
		report("d1", "r1", noon().Add(time.Minute), heart(61)),
		report("d1", "r1", noon().Add(-time.Minute), heart(59)), // late
		report("d2", "r1", noon().Add(time.Minute), heart(62)),  // same time, other device
		report("d1", "r2", noon(), heart(70)),
		report("d1", "r2", noon().Add(time.Hour), low), // marked ones count, too
		report("d1", "r3", noon().Add(-48*time.Hour), heart(80)))
	r1 := []vitals.Reading{reading("d2", "r1", noon().Add(time.Minute), heart(62)), reading("d1", "r1", noon(), spo2)}
	r2 := []vitals.Reading{reading("d1", "r2", noon().Add(time.Hour), low)}
	r3 := []vitals.Reading{reading("d1", "r3", noon().Add(-48*time.Hour), heart(80))}
	same(t, "all", latest(t, s, time.Time{}), slices.Concat(r1, r2, r3))
	same(t, "since yesterday", latest(t, s, noon().Add(-24*time.Hour)), slices.Concat(r1, r2))
	same(t, "one", latest(t, s, time.Time{}, "r2"), r2)
	same(t, "some", latest(t, s, time.Time{}, "r3", "nobody", "r1", "r3"), slices.Concat(r1, r3))
	same(t, "since, on the dot", latest(t, s, noon().Add(time.Minute), "r1"), r1[:1])
	same(t, "since, just after", latest(t, s, noon().Add(time.Minute+1), "r1"), nil)
}

func testLatestOfMany(t *testing.T, open Open) {
	s := open(t, "latest-of-many")
	names := ids(1200, "r")
	var reports []vitals.Report
	var want []vitals.Reading
	for i, name := range names {
		at := noon().Add(time.Duration(i) * time.Millisecond)
		reports = append(reports, report("d"+name, name, at.Add(-time.Hour), heart(1)), report("d"+name, name, at, heart(2)))
		want = append(want, reading("d"+name, name, at, heart(2)))
	}
	add(t, s, 1, reports...)
	same(t, "all", latest(t, s, time.Time{}), want)
	same(t, "named", latest(t, s, time.Time{}, names...), want)
}

func testHas(t *testing.T, open Open) {
	s := open(t, "has")
	r := report("d1", "r1", noon(), heart(60), vitals.Value{Metric: vitals.SpO2, Number: 97, Marks: vitals.LowQuality})
	r.Residents = []string{"r1", "r2"}
	long := vitals.Report{Device: "d2", Residents: []string{"r3"}, Received: noon().UnixMilli()}
	for i := range 3000 {
		long.Samples = append(long.Samples, vitals.Sample{
			At: noon().Add(-time.Duration(2*i) * time.Hour).UnixMilli(), Values: []vitals.Value{heart(60)}})
	}
	add(t, s, 1, r, long)
	ask := []vitals.Reading{
		{Device: "d1", Metric: vitals.HeartRate, At: noon()},
		{Device: "d1", Metric: vitals.SpO2, At: noon(), Number: 1, Resident: "somebody else"},
		{Device: "d1", Metric: vitals.HeartRate, At: noon().Add(time.Millisecond)},
		{Device: "d1", Metric: vitals.BodyTemperature, At: noon()},
		{Device: "d3", Metric: vitals.HeartRate, At: noon()},
		{Device: "d1", Metric: vitals.HeartRate, At: noon()},
		{Device: "d1", Metric: vitals.HeartRate, At: time.UnixMilli(0)},
	}
	want := []bool{true, true, false, false, false, true, false}
	for i := range 6000 {
		ask = append(ask, vitals.Reading{Device: "d2", Metric: vitals.HeartRate, At: noon().Add(-time.Duration(i) * time.Hour)})
		want = append(want, i%2 == 0)
	}
	have, err := s.Has(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "has", have, want)
}
