package timelinetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

func testDeleteResident(t *testing.T, open Open) {
	s := open(t, "delete")
	door := vitals.Value{Metric: vitals.DoorContact, Number: 1}
	shared := report("door", "r1", noon(), door)
	shared.Residents = []string{"r1", "r10"}
	old := noon().Add(-100 * 24 * time.Hour)
	add(t, s, 3, shared,
		report("d1", "r1", old, heart(50)), report("d1", "r10", old, heart(51)),
		report("d1", "r1", noon(), heart(60), vitals.Value{Metric: vitals.SpO2, Number: 80, Marks: vitals.LowQuality}),
		report("d1", "r10", noon(), heart(61)))
	if err := s.Retain(t.Context(), noon().Add(-24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.DeleteResident(t.Context(), "r1"); err != nil {
		t.Fatal(err)
	}
	all := heartRates("r1")
	all.From = old.Add(-time.Hour)
	same(t, "range", read(t, s, all), nil)
	same(t, "roll-ups", aggregate(t, s, all, time.Hour, timeline.Count), nil)
	same(t, "latest", latest(t, s, time.Time{}, "r1"), nil)
	all.Resident = "r10"
	same(t, "other's range", read(t, s, all), []vitals.Reading{reading("d1", "r10", noon(), heart(61))})
	same(t, "other's roll-ups", aggregate(t, s, all, time.Hour, timeline.Mean),
		[]timeline.Point{{At: old, Number: 51}, {At: noon(), Number: 61}})
	same(t, "other's latest", latest(t, s, time.Time{}),
		[]vitals.Reading{reading("d1", "r10", noon(), heart(61)), reading("door", "r10", noon(), door)})
	have, err := s.Has(t.Context(), []vitals.Reading{
		{Device: "d1", Metric: vitals.SpO2, At: noon()}, {Device: "d1", Metric: vitals.HeartRate, At: noon()}})
	if err != nil || have[0] || !have[1] {
		t.Errorf("has %v, %v", have, err)
	}
	cursorIs(t, s, 3)
	// The same resident may come back.
	add(t, s, 4, report("d1", "r1", noon(), heart(70)))
	same(t, "after", read(t, s, heartRates("r1")), []vitals.Reading{reading("d1", "r1", noon(), heart(70))})
}

func testRetain(t *testing.T, open Open) {
	s := open(t, "retain")
	begin := noon().Add(-72 * time.Hour)
	var reports []vitals.Report
	for i := range 72 * 6 { // every ten minutes, two devices
		at := begin.Add(time.Duration(i) * 10 * time.Minute)
		reports = append(reports, report("a", "r1", at, heart(60+float64(i*7%13)), vitals.Value{Metric: vitals.SpO2, Number: 97}))
		reports = append(reports, report("b", "r1", at.Add(time.Duration(i%2)*time.Minute), heart(70+float64(i*5%11))))
	}
	add(t, s, 1, reports...)
	q := timeline.Query{Resident: "r1", Metric: vitals.HeartRate, From: begin, To: noon()}
	answers := func() map[string][]timeline.Point {
		all := map[string][]timeline.Point{}
		for _, fn := range allFns() {
			for _, every := range []time.Duration{time.Hour, 2 * time.Hour, 24 * time.Hour} {
				for _, device := range []string{"", "b"} {
					q := q
					q.Device = device
					all[fmt.Sprintf("%s by %s of device %q", fn, every, device)] = aggregate(t, s, q, every, fn)
				}
			}
		}
		return all
	}
	before := answers()
	border := noon().Add(-36 * time.Hour)
	// Twice the same, then a later border: what was rolled up stays as it is.
	for _, limit := range []time.Time{border.Add(59 * time.Minute), border, border.Add(7 * time.Hour)} {
		if err := s.Retain(t.Context(), limit); err != nil {
			t.Fatal(err)
		}
		whole := limit.Truncate(time.Hour)
		raw := read(t, s, q)
		if len(raw) == 0 || raw[0].At.Before(whole) || raw[0].At.After(whole.Add(10*time.Minute)) {
			t.Fatalf("the oldest raw reading is not at the border %s: %v", whole, raw[:min(1, len(raw))])
		}
		for what, points := range answers() {
			same(t, what, points, before[what])
		}
	}
	minutes := aggregate(t, s, q, 30*time.Minute, timeline.Count)
	if len(minutes) == 0 || minutes[0].At.Before(border) {
		t.Errorf("windows of half an hour answer from roll-ups of an hour: %v", minutes[:min(1, len(minutes))])
	}
	if have, err := s.Has(t.Context(), []vitals.Reading{{Device: "a", Metric: vitals.HeartRate, At: begin}}); err != nil || have[0] {
		t.Errorf("has a forgotten reading: %v, %v", have, err)
	}
	cursorIs(t, s, 1)
}

// testRetainLate has readings for an hour that was rolled up before they came.
func testRetainLate(t *testing.T, open Open) {
	s := open(t, "late")
	add(t, s, 1, report("a", "r1", noon().Add(10*time.Minute), heart(10)), report("a", "r1", noon().Add(20*time.Minute), heart(20)))
	retain := func() {
		if err := s.Retain(t.Context(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	want := func(when string, numbers map[timeline.Fn]float64) {
		for fn, n := range numbers {
			same(t, when+": "+string(fn), aggregate(t, s, heartRates("r1"), time.Hour, fn), []timeline.Point{{At: noon(), Number: n}})
		}
	}
	retain()
	want("rolled up", map[timeline.Fn]float64{timeline.Mean: 15, timeline.First: 10, timeline.Last: 20, timeline.Count: 2})
	add(t, s, 2, report("a", "r1", noon().Add(5*time.Minute), heart(3)), report("a", "r1", noon().Add(30*time.Minute), heart(27)))
	later := map[timeline.Fn]float64{timeline.Mean: 15, timeline.Min: 3, timeline.Max: 27, timeline.Sum: 60, timeline.Count: 4,
		timeline.First: 3, timeline.Last: 27}
	want("late ones raw", later)
	retain()
	want("late ones rolled up", later)
	same(t, "range", read(t, s, heartRates("r1")), nil)
}

func testRetainUnfit(t *testing.T, open Open) {
	s := open(t, "retain-unfit")
	bad := vitals.Value{Metric: vitals.HeartRate, Number: 1000, Marks: vitals.Implausible}
	high := vitals.Value{Metric: vitals.HeartRate, Number: 30, Marks: vitals.Above}
	add(t, s, 1, report("a", "r1", noon(), heart(10)), report("a", "r1", noon().Add(time.Minute), bad),
		report("a", "r1", noon().Add(2*time.Minute), high), report("a", "r1", noon().Add(-5*time.Hour), bad))
	if err := s.Retain(t.Context(), noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	same(t, "range", read(t, s, heartRates("r1")), nil)
	same(t, "mean", aggregate(t, s, heartRates("r1"), time.Hour, timeline.Mean), []timeline.Point{{At: noon(), Number: 20}})
	same(t, "count", aggregate(t, s, heartRates("r1"), time.Hour, timeline.Count), []timeline.Point{{At: noon(), Number: 2}})
}
