package timelinetest

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

func allFns() []timeline.Fn {
	return []timeline.Fn{timeline.Mean, timeline.Min, timeline.Max, timeline.Sum, timeline.Count, timeline.First, timeline.Last}
}

func testAggregate(t *testing.T, open Open) {
	s := open(t, "aggregate")
	// Two devices: the watch 3, 1, 2 in the first hour; 10 in the third; the cuff 6.
	for i, n := range []float64{3, 1, 2} {
		add(t, s, 1, report("watch", "r1", noon().Add(time.Duration(i)*time.Minute), heart(n)))
	}
	add(t, s, 2, report("watch", "r1", noon().Add(2*time.Hour+59*time.Minute), heart(10)),
		report("cuff", "r1", noon().Add(30*time.Minute), heart(6)), report("watch", "r2", noon(), heart(99)))
	first, third := noon(), noon().Add(2*time.Hour)
	for fn, want := range map[timeline.Fn][2]float64{
		timeline.Mean: {3, 10}, timeline.Min: {1, 10}, timeline.Max: {6, 10}, timeline.Sum: {12, 10},
		timeline.Count: {4, 1}, timeline.First: {3, 10}, timeline.Last: {6, 10},
	} {
		same(t, string(fn), aggregate(t, s, heartRates("r1"), time.Hour, fn),
			[]timeline.Point{{At: first, Number: want[0]}, {At: third, Number: want[1]}})
	}
	q := heartRates("r1")
	q.Device = "watch"
	same(t, "one device", aggregate(t, s, q, time.Hour, timeline.Mean),
		[]timeline.Point{{At: first, Number: 2}, {At: third, Number: 10}})
	q.Limit, q.Newest = 1, true
	same(t, "limit does not count", aggregate(t, s, q, time.Hour, timeline.Mean),
		[]timeline.Point{{At: first, Number: 2}, {At: third, Number: 10}})
}

// testAggregateWindows has windows of odd lengths, and a query that begins and
// ends within one. Local time and its changes play no part.
func testAggregateWindows(t *testing.T, open Open) {
	s := open(t, "windows")
	begin := time.Date(2026, 3, 28, 22, 0, 0, 0, time.UTC) // summer time begins in Europe
	var reports []vitals.Report
	for i := range 360 {
		reports = append(reports, report("d1", "r1", begin.Add(time.Duration(i)*time.Minute), heart(float64(i))))
	}
	add(t, s, 1, reports...)
	berlin := time.FixedZone("CET", 3600)
	for _, every := range []time.Duration{7 * time.Minute, time.Hour, 90 * time.Minute, 1500 * time.Millisecond, 24 * time.Hour, 7 * 24 * time.Hour} {
		q := timeline.Query{Resident: "r1", Metric: vitals.HeartRate,
			From: begin.Add(10*time.Minute + 30*time.Second).In(berlin), To: begin.Add(350 * time.Minute).In(berlin)}
		var want []timeline.Point
		for i := 11; i < 350; i++ {
			at := begin.Add(time.Duration(i) * time.Minute).UnixMilli()
			start := time.UnixMilli(at - at%every.Milliseconds()).UTC()
			if n := len(want); n > 0 && want[n-1].At.Equal(start) {
				want[n-1].Number++
				continue
			}
			want = append(want, timeline.Point{At: start, Number: 1})
		}
		same(t, every.String(), aggregate(t, s, q, every, timeline.Count), want)
	}
	q := timeline.Query{Resident: "r1", Metric: vitals.HeartRate, From: begin, To: begin}
	same(t, "empty", aggregate(t, s, q, time.Hour, timeline.Count), nil)
}

func testAggregateFit(t *testing.T, open Open) {
	s := open(t, "fit")
	at := noon()
	for _, v := range []vitals.Value{
		{Number: 1}, {Number: 1000, Marks: vitals.Implausible}, {Number: 1000, Marks: vitals.Jump}, {Number: 1000, Marks: vitals.LowQuality},
		{Number: 2, Marks: vitals.Below}, {Number: 3, Marks: vitals.Above}, {Number: 4, Marks: vitals.ClockWrong},
		{Number: 1000, Marks: vitals.ClockWrong | vitals.Jump}, {Number: 1000, Marks: vitals.Below | vitals.LowQuality},
	} {
		v.Metric = vitals.HeartRate
		add(t, s, 1, report("d1", "r1", at, v))
		at = at.Add(time.Minute)
	}
	add(t, s, 1, report("d1", "r1", noon().Add(2*time.Hour),
		vitals.Value{Metric: vitals.HeartRate, Number: 1000, Marks: vitals.Implausible}))
	for fn, want := range map[timeline.Fn]float64{
		timeline.Mean: 2.5, timeline.Min: 1, timeline.Max: 4, timeline.Sum: 10, timeline.Count: 4, timeline.First: 1, timeline.Last: 4,
	} {
		same(t, string(fn), aggregate(t, s, heartRates("r1"), time.Hour, fn), []timeline.Point{{At: noon(), Number: want}})
	}
}

func testAggregateTies(t *testing.T, open Open) {
	s := open(t, "ties")
	add(t, s, 1, report("b", "r1", noon(), heart(2)), report("c", "r1", noon(), heart(3)), report("a", "r1", noon(), heart(1)))
	same(t, "first", aggregate(t, s, heartRates("r1"), time.Minute, timeline.First), []timeline.Point{{At: noon(), Number: 1}})
	same(t, "last", aggregate(t, s, heartRates("r1"), time.Minute, timeline.Last), []timeline.Point{{At: noon(), Number: 3}})
}

func testAggregateRefuses(t *testing.T, open Open) {
	s := open(t, "refuses")
	for _, tc := range []struct {
		every time.Duration
		fn    timeline.Fn
	}{{0, timeline.Mean}, {-time.Hour, timeline.Mean}, {time.Microsecond, timeline.Mean}, {1500 * time.Microsecond, timeline.Mean},
		{time.Hour, ""}, {time.Hour, "median"}, {time.Hour, `mean() |> drop`}} {
		if points, err := s.Aggregate(t.Context(), heartRates("r1"), tc.every, tc.fn); err == nil {
			t.Errorf("every %s, fn %q: %v and no error", tc.every, tc.fn, points)
		}
	}
}

// testSummaries has what is unfit, an empty hour, and hours that were rolled up beside
// one that was not.
func testSummaries(t *testing.T, open Open) {
	s := open(t, "summaries")
	for i, n := range []float64{3, 1, 2} {
		add(t, s, 1, report("watch", "r1", noon().Add(time.Duration(i)*time.Minute), heart(n)))
	}
	add(t, s, 2, report("cuff", "r1", noon().Add(30*time.Minute), heart(6)), report("watch", "r1", noon().Add(2*time.Hour), heart(10)),
		report("watch", "r1", noon().Add(2*time.Hour+time.Minute), vitals.Value{Metric: vitals.HeartRate, Number: 1000, Marks: vitals.Implausible}))
	want := []timeline.Summary{{At: noon(), Count: 4, Sum: 12, Min: 1, Max: 6}, {At: noon().Add(2 * time.Hour), Count: 1, Sum: 10, Min: 10, Max: 10}}
	for _, name := range []string{"raw", "rolled up"} {
		got, err := s.Summaries(t.Context(), heartRates("r1"), time.Hour)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		same(t, name, got, want)
		if err := s.Retain(t.Context(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if mean := want[0].Mean(); mean != 3 {
		t.Errorf("mean %v, want 3", mean)
	}
	if got, err := s.Summaries(t.Context(), heartRates("r1"), time.Microsecond); err == nil {
		t.Errorf("every microsecond: %v and no error", got)
	}
}
