package timelinetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// Open opens the store of that name, an empty one when it is new. The same name
// gives the same store again after the last one was closed. It is closed with
// the test, if not before.
type Open func(t testing.TB, name string) timeline.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"Empty", testEmpty},
		{"Cursor", testCursor},
		{"Once", testOnce},
		{"NotFinite", testNotFinite},
		{"SeveralResidents", testSeveralResidents},
		{"Many", testMany},
		{"RangeOrder", testRangeOrder},
		{"RangeBounds", testRangeBounds},
		{"RangeLimit", testRangeLimit},
		{"RangeStops", testRangeStops},
		{"Marks", testMarks},
		{"Numbers", testNumbers},
		{"Ids", testIDs},
		{"FarTimes", testFarTimes},
		{"Latest", testLatest},
		{"LatestOfMany", testLatestOfMany},
		{"Has", testHas},
		{"Aggregate", testAggregate},
		{"AggregateWindows", testAggregateWindows},
		{"AggregateFit", testAggregateFit},
		{"AggregateTies", testAggregateTies},
		{"AggregateRefuses", testAggregateRefuses},
		{"Summaries", testSummaries},
		{"DeleteResident", testDeleteResident},
		{"Move", testMove},
		{"MoveOfBoth", testMoveOfBoth},
		{"MoveAll", testMoveAll},
		{"MoveHours", testMoveHours},
		{"MoveHoursOfBoth", testMoveHoursOfBoth},
		{"MoveShared", testMoveShared},
		{"MoveRefuses", testMoveRefuses},
		{"Retain", testRetain},
		{"RetainLate", testRetainLate},
		{"RetainUnfit", testRetainUnfit},
		{"Reopen", testReopen},
		{"Cancelled", testCancelled},
		{"Concurrent", testConcurrent},
		{"Property", testProperty},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open) })
	}
}

// noon is where most tests begin.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// day is the whole of it.
func day() (from, to time.Time) {
	return noon().Add(-12 * time.Hour), noon().Add(12 * time.Hour)
}

const lag = 250 * time.Millisecond

// report is one sample of a device, which arrived a moment later.
func report(device, resident string, at time.Time, values ...vitals.Value) vitals.Report {
	return vitals.Report{
		Device: device, Residents: []string{resident}, Received: at.Add(lag).UnixMilli(),
		Samples: []vitals.Sample{{At: at.UnixMilli(), Values: values}},
	}
}

func heart(n float64) vitals.Value { return vitals.Value{Metric: vitals.HeartRate, Number: n} }

// reading is what comes back of it.
func reading(device, resident string, at time.Time, v vitals.Value) vitals.Reading {
	return vitals.Reading{
		Resident: resident, Device: device, Metric: v.Metric, Number: v.Number, Marks: v.Marks,
		At: at.UTC(), Received: at.Add(lag).UTC(),
	}
}

func add(t testing.TB, s timeline.Store, cursor uint64, reports ...vitals.Report) {
	t.Helper()
	if err := s.Append(t.Context(), reports, cursor); err != nil {
		t.Fatalf("append: %v", err)
	}
}

func read(t testing.TB, s timeline.Store, q timeline.Query) []vitals.Reading {
	t.Helper()
	var readings []vitals.Reading
	for r, err := range s.Range(t.Context(), q) {
		if err != nil {
			t.Fatalf("range: %v", err)
		}
		readings = append(readings, r)
	}
	return readings
}

// heartRates asks for a resident's day.
func heartRates(resident string) timeline.Query {
	from, to := day()
	return timeline.Query{Resident: resident, Metric: vitals.HeartRate, From: from, To: to}
}

func aggregate(t testing.TB, s timeline.Store, q timeline.Query, every time.Duration, fn timeline.Fn) []timeline.Point {
	t.Helper()
	points, err := s.Aggregate(t.Context(), q, every, fn)
	if err != nil {
		t.Fatalf("aggregate by %s, %s: %v", every, fn, err)
	}
	return points
}

func latest(t testing.TB, s timeline.Store, since time.Time, residents ...string) []vitals.Reading {
	t.Helper()
	readings, err := s.Latest(t.Context(), since, residents...)
	if err != nil {
		t.Fatalf("latest: %v", err)
	}
	return readings
}

func cursorIs(t testing.TB, s timeline.Store, want uint64) {
	t.Helper()
	got, err := s.Cursor(t.Context())
	if err != nil || got != want {
		t.Fatalf("cursor is %d (%v), want %d", got, err, want)
	}
}

// same compares answers; none and empty are the same, sums may differ in the
// last digits by the order in which they were added.
func same[T any](t testing.TB, what string, got, want []T) {
	t.Helper()
	if len(got) == 0 && len(want) == 0 {
		return
	}
	near := cmp.Comparer(func(a, b float64) bool {
		diff, size := a-b, max(a, -a, b, -b)
		return diff == 0 || diff < 1e-9*size && -diff < 1e-9*size
	})
	if d := cmp.Diff(want, got, near); d != "" {
		t.Errorf("%s: want -, got +\n%s", what, d)
	}
}
