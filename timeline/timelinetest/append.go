package timelinetest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

func testEmpty(t *testing.T, open Open) {
	s := open(t, "empty")
	cursorIs(t, s, 0)
	same(t, "range", read(t, s, heartRates("r1")), nil)
	same(t, "aggregate", aggregate(t, s, heartRates("r1"), time.Hour, timeline.Mean), nil)
	same(t, "latest of all", latest(t, s, time.Time{}), nil)
	same(t, "latest of one", latest(t, s, time.Time{}, "r1"), nil)
	if have, err := s.Has(t.Context(), nil); err != nil || len(have) != 0 {
		t.Errorf("has none: %v, %v", have, err)
	}
	if err := s.DeleteResident(t.Context(), "r1"); err != nil {
		t.Errorf("delete nobody: %v", err)
	}
	if err := s.Retain(t.Context(), noon()); err != nil {
		t.Errorf("retain nothing: %v", err)
	}
}

func testCursor(t *testing.T, open Open) {
	s := open(t, "cursor")
	add(t, s, 7)
	cursorIs(t, s, 7)
	add(t, s, 9, report("d1", "r1", noon(), heart(60)))
	cursorIs(t, s, 9)
	add(t, s, 8, report("d1", "r1", noon(), heart(60)))
	cursorIs(t, s, 9)
	add(t, s, 1<<62)
	cursorIs(t, s, 1<<62)
}

func testOnce(t *testing.T, open Open) {
	s := open(t, "once")
	batch := []vitals.Report{
		report("d1", "r1", noon(), heart(60), vitals.Value{Metric: vitals.SpO2, Number: 97}),
		report("d1", "r1", noon(), heart(60)),
		report("d1", "r1", noon().Add(time.Millisecond), heart(61)),
		report("d2", "r1", noon(), heart(62)),
		report("d1", "r2", noon(), heart(63)),
	}
	for cursor := range uint64(3) {
		add(t, s, cursor, batch...)
	}
	same(t, "range", read(t, s, heartRates("r1")), []vitals.Reading{
		reading("d1", "r1", noon(), heart(60)),
		reading("d2", "r1", noon(), heart(62)),
		reading("d1", "r1", noon().Add(time.Millisecond), heart(61)),
	})
	same(t, "count", aggregate(t, s, heartRates("r1"), 24*time.Hour, timeline.Count),
		[]timeline.Point{{At: noon().Add(-12 * time.Hour), Number: 3}})
	// A second message with another metric of the same moment.
	add(t, s, 4, report("d1", "r1", noon(), vitals.Value{Metric: vitals.BodyTemperature, Number: 36.6}))
	q := heartRates("r1")
	q.Metric = vitals.BodyTemperature
	same(t, "other metric", read(t, s, q), []vitals.Reading{
		reading("d1", "r1", noon(), vitals.Value{Metric: vitals.BodyTemperature, Number: 36.6})})
	if got := read(t, s, heartRates("r1")); len(got) != 3 {
		t.Errorf("the other metric changed the first: %v", got)
	}
}

func testNotFinite(t *testing.T, open Open) {
	s := open(t, "not-finite")
	add(t, s, 1,
		report("d1", "r1", noon(), heart(math.NaN()), vitals.Value{Metric: vitals.SpO2, Number: 97}),
		report("d1", "r1", noon().Add(time.Second), heart(math.Inf(1))),
		report("d1", "r1", noon().Add(2*time.Second), heart(math.Inf(-1))),
		report("d1", "r1", noon().Add(3*time.Second), heart(61)))
	same(t, "range", read(t, s, heartRates("r1")), []vitals.Reading{reading("d1", "r1", noon().Add(3*time.Second), heart(61))})
	cursorIs(t, s, 1)
}

func testSeveralResidents(t *testing.T, open Open) {
	s := open(t, "several")
	door := vitals.Value{Metric: vitals.DoorContact, Number: 1}
	r := report("door", "r1", noon(), door)
	r.Residents = []string{"r1", "r2", "r3"}
	nobody := report("spare", "r1", noon(), door)
	nobody.Residents = nil
	add(t, s, 1, r, nobody)
	for _, resident := range r.Residents {
		q := heartRates(resident)
		q.Metric = vitals.DoorContact
		same(t, resident, read(t, s, q), []vitals.Reading{reading("door", resident, noon(), door)})
	}
	same(t, "latest", latest(t, s, time.Time{}), []vitals.Reading{
		reading("door", "r1", noon(), door), reading("door", "r2", noon(), door), reading("door", "r3", noon(), door)})
}

// testMany appends 100,000 readings of one device at once, as after a long time
// without a network.
func testMany(t *testing.T, open Open) {
	s := open(t, "many")
	const n = 100_000
	r := vitals.Report{Device: "d1", Residents: []string{"r1"}, Received: noon().UnixMilli()}
	start := noon().Add(-n * time.Second)
	for i := range n {
		r.Samples = append(r.Samples, vitals.Sample{
			At: start.Add(time.Duration(i) * time.Second).UnixMilli(), Values: []vitals.Value{heart(float64(i % 100))}})
	}
	add(t, s, 1, r)
	q := timeline.Query{Resident: "r1", Metric: vitals.HeartRate, From: start, To: noon()}
	count := 0
	for got, err := range s.Range(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		if at := start.Add(time.Duration(count) * time.Second); !got.At.Equal(at) || got.Number != float64(count%100) ||
			!got.Received.Equal(noon()) {
			t.Fatalf("reading %d is %+v", count, got)
		}
		count++
	}
	if count != n {
		t.Fatalf("%d of %d readings came back", count, n)
	}
	points := aggregate(t, s, q, 1000*time.Hour, timeline.Sum)
	sum := 0.0
	for _, p := range points {
		sum += p.Number
	}
	if want := 49.5 * n; sum != want {
		t.Errorf("the sum is %v, want %v", sum, want)
	}
}

func testReopen(t *testing.T, open Open) {
	s := open(t, "reopen")
	add(t, s, 5, report("d1", "r1", noon(), heart(60)))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, "reopen")
	cursorIs(t, s, 5)
	add(t, s, 6, report("d1", "r1", noon().Add(time.Second), heart(61)))
	same(t, "range", read(t, s, heartRates("r1")), []vitals.Reading{
		reading("d1", "r1", noon(), heart(60)), reading("d1", "r1", noon().Add(time.Second), heart(61))})
	if have, err := s.Has(t.Context(), []vitals.Reading{{Device: "d1", Metric: vitals.HeartRate, At: noon()}}); err != nil || !have[0] {
		t.Errorf("has %v, %v", have, err)
	}
}

func testCancelled(t *testing.T, open Open) {
	s := open(t, "cancelled")
	add(t, s, 1, report("d1", "r1", noon(), heart(60)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, []vitals.Report{report("new", "new", noon(), heart(61))}, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("append with a context that ended: %v", err)
	}
	if _, err := s.Latest(ctx, time.Time{}); !errors.Is(err, context.Canceled) {
		t.Errorf("latest with a context that ended: %v", err)
	}
	// What was refused can be given again.
	for i := range 3 {
		add(t, s, 2, report("new", "new", noon().Add(time.Duration(i)*time.Second), heart(61)))
	}
	cursorIs(t, s, 2)
	if got := read(t, s, heartRates("new")); len(got) != 3 {
		t.Errorf("%d readings, want 3", len(got))
	}
}

func ids(n int, prefix string) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return names
}
