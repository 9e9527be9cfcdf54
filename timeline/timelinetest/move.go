package timelinetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// move moves and wants it to say so, before and after.
func move(t testing.TB, s timeline.Store, m timeline.Move, want timeline.Moved) {
	t.Helper()
	if want.Readings == nil {
		want.Readings = map[vitals.Metric]int{}
	}
	would, err := s.Movable(t.Context(), m)
	if d := cmp.Diff(want, would); err != nil || d != "" {
		t.Errorf("what could be moved: %v, want -, got +\n%s", err, d)
	}
	did, err := s.Move(t.Context(), m)
	if d := cmp.Diff(want, did); err != nil || d != "" {
		t.Fatalf("what was moved: %v, want -, got +\n%s", err, d)
	}
	again, err := s.Move(t.Context(), m)
	if want := (timeline.Moved{Readings: map[vitals.Metric]int{}, Mixed: want.Mixed}); err != nil || !cmp.Equal(again, want) {
		t.Errorf("moved again: %+v, %v", again, err)
	}
}

// testMove has a bracelet that was on the wrong person for two minutes.
func testMove(t *testing.T, open Open) {
	s := open(t, "move")
	minute := func(n int) time.Time { return noon().Add(time.Duration(n) * time.Minute) }
	low := vitals.Value{Metric: vitals.SpO2, Number: 80, Marks: vitals.LowQuality}
	var want []vitals.Reading
	for i := range 4 {
		add(t, s, uint64(i+1), report("d1", "r1", minute(i), heart(60+float64(i)), low))
		add(t, s, uint64(i+1), report("d2", "r1", minute(i), heart(90)))
		if i == 1 || i == 2 {
			want = append(want, reading("d1", "r2", minute(i), heart(60+float64(i))))
		}
	}
	move(t, s, timeline.Move{From: "r1", To: "r2", Device: "d1", Since: minute(1), Until: minute(3)},
		timeline.Moved{Readings: map[vitals.Metric]int{vitals.HeartRate: 2, vitals.SpO2: 2}})

	same(t, "whose they are now", read(t, s, heartRates("r2")), want)
	oxygen := heartRates("r2")
	oxygen.Metric = vitals.SpO2
	same(t, "with their marks", read(t, s, oxygen), []vitals.Reading{reading("d1", "r2", minute(1), low), reading("d1", "r2", minute(2), low)})
	same(t, "latest", latest(t, s, time.Time{}, "r2"), []vitals.Reading{want[1], reading("d1", "r2", minute(2), low)})
	stayed := heartRates("r1")
	stayed.Device = "d1"
	same(t, "whose they were", read(t, s, stayed), []vitals.Reading{reading("d1", "r1", minute(0), heart(60)), reading("d1", "r1", minute(3), heart(63))})
	stayed.Device = "d2"
	if n := len(read(t, s, stayed)); n != 4 {
		t.Errorf("%d readings of the other device stayed, want 4", n)
	}
	have, err := s.Has(t.Context(), []vitals.Reading{{Device: "d1", Metric: vitals.HeartRate, At: minute(1)}})
	if err != nil || !have[0] {
		t.Errorf("what moved counts as new: %v, %v", have, err)
	}
	cursorIs(t, s, 4)

	// And back: as if nothing had been.
	move(t, s, timeline.Move{From: "r2", To: "r1", Device: "d1", Since: minute(1), Until: minute(3)},
		timeline.Moved{Readings: map[vitals.Metric]int{vitals.HeartRate: 2, vitals.SpO2: 2}})
	if n := len(read(t, s, heartRates("r1"))); n != 8 {
		t.Errorf("%d readings after all was moved back, want 8", n)
	}
	same(t, "nothing is left", read(t, s, heartRates("r2")), nil)
}

// testMoveOfBoth has readings that were written for both: the first value wins.
func testMoveOfBoth(t *testing.T, open Open) {
	s := open(t, "move-both")
	add(t, s, 1, report("d1", "r1", noon(), heart(60), vitals.Value{Metric: vitals.SpO2, Number: 97}))
	theirs := report("d1", "r2", noon(), heart(70))
	theirs.Received = noon().Add(5 * lag).UnixMilli()
	add(t, s, 2, theirs, report("d1", "r1", noon().Add(time.Minute), heart(61)))
	marked := vitals.Value{Metric: vitals.HeartRate, Number: 61, Marks: vitals.Jump}
	add(t, s, 3, report("d1", "r2", noon().Add(time.Minute), marked))

	move(t, s, timeline.Move{From: "r1", To: "r2", Device: "d1"},
		timeline.Moved{Readings: map[vitals.Metric]int{vitals.HeartRate: 2, vitals.SpO2: 1}})
	first := reading("d1", "r2", noon(), heart(70))
	first.Received = noon().Add(5 * lag)
	same(t, "theirs stays", read(t, s, heartRates("r2")), []vitals.Reading{first, reading("d1", "r2", noon().Add(time.Minute), marked)})
	oxygen := heartRates("r2")
	oxygen.Metric = vitals.SpO2
	if got := read(t, s, oxygen); len(got) != 1 || got[0].Number != 97 {
		t.Errorf("the other metric of that moment: %v", got)
	}
	same(t, "whose they were", read(t, s, heartRates("r1")), nil)
}

// testMoveAll moves whatever there is of a resident, near and far.
func testMoveAll(t *testing.T, open Open) {
	s := open(t, "move-all")
	years := []time.Time{noon().AddDate(-9, 0, 0), noon().AddDate(-2, 0, 0), noon().AddDate(0, 0, -40), noon()}
	for i, at := range years {
		add(t, s, uint64(i), report("d1", "r1", at, heart(60)), report("d2", "r1", at, heart(61)), report("d2", "r2", at, heart(61)))
	}
	move(t, s, timeline.Move{From: "r1", To: "r2"}, timeline.Moved{Readings: map[vitals.Metric]int{vitals.HeartRate: 8}})
	all := heartRates("r2")
	all.From = years[0]
	if n := len(read(t, s, all)); n != 8 {
		t.Errorf("%d readings after the move, want 8", n)
	}
	same(t, "latest of all", latest(t, s, time.Time{}), []vitals.Reading{reading("d2", "r2", noon(), heart(61))})
}

// counted is how many readings of each hour there are.
func counted(t testing.TB, s timeline.Store, resident string, want ...timeline.Point) {
	t.Helper()
	same(t, "hours of "+resident, aggregate(t, s, heartRates(resident), time.Hour, timeline.Count), want)
}

// testMoveHours moves where the raw readings are gone: the hour of a border stays
// whole where what is in it cannot be told apart.
func testMoveHours(t *testing.T, open Open) {
	s := open(t, "move-hours")
	at := func(minutes int) time.Time { return noon().Add(time.Duration(minutes) * time.Minute) }
	oxygen := vitals.Value{Metric: vitals.SpO2, Number: 97}
	add(t, s, 1,
		report("d1", "r1", at(-70), heart(58)),                                       // the hour before
		report("d1", "r1", at(10), heart(60)), report("d1", "r1", at(50), heart(61)), // both sides of the border
		report("d1", "r1", at(70), heart(62)), report("d1", "r1", at(80), oxygen), // whole
		report("d1", "r1", at(130), heart(63)),                                         // the last hour, within
		report("d2", "r1", at(75), heart(90)), report("d1", "r2", at(-200), heart(50)), // of others
		report("d1", "r1", at(190), heart(64))) // after
	if err := s.Retain(t.Context(), at(180)); err != nil {
		t.Fatal(err)
	}
	span := timeline.Move{From: "r1", To: "r2", Device: "d1", Since: at(30), Until: at(140)}
	move(t, s, span, timeline.Moved{Hours: 3, Mixed: 1})
	hour := func(n int, count float64) timeline.Point {
		return timeline.Point{At: noon().Add(time.Duration(n) * time.Hour), Number: count}
	}
	counted(t, s, "r2", hour(-4, 1), hour(1, 1), hour(2, 1))
	counted(t, s, "r1", hour(-2, 1), hour(0, 2), hour(1, 1), hour(3, 1))
	q := heartRates("r2")
	q.Metric = vitals.SpO2
	same(t, "other metric", aggregate(t, s, q, time.Hour, timeline.Mean), []timeline.Point{{At: at(60), Number: 97}})
	// Late ones, and a later run of Retain, come to what was moved.
	add(t, s, 2, report("d1", "r2", at(65), heart(66)))
	if err := s.Retain(t.Context(), at(240)); err != nil {
		t.Fatal(err)
	}
	counted(t, s, "r2", hour(-4, 1), hour(1, 2), hour(2, 1))
	// From the whole hour on, nothing is mixed; raw and rolled up go together.
	add(t, s, 3, report("d1", "r1", at(250), heart(65)))
	span.Since, span.Until = at(0), time.Time{}
	move(t, s, span, timeline.Moved{Hours: 2, Readings: map[vitals.Metric]int{vitals.HeartRate: 1}})
	counted(t, s, "r2", hour(-4, 1), hour(0, 2), hour(1, 2), hour(2, 1), hour(3, 1), hour(4, 1))
	counted(t, s, "r1", hour(-2, 1), hour(1, 1))
	if err := s.DeleteResident(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	counted(t, s, "r2")
}

// testMoveHoursOfBoth has hours that both residents have.
func testMoveHoursOfBoth(t *testing.T, open Open) {
	s := open(t, "move-hours-both")
	both := report("door", "r1", noon().Add(time.Minute), heart(1))
	both.Residents = []string{"r1", "r2"}
	late := report("door", "r1", noon().Add(2*time.Minute), heart(2))
	late.Residents = []string{"r2", "r1"}
	add(t, s, 1, both, report("d1", "r1", noon().Add(time.Minute), heart(60)), report("d1", "r2", noon().Add(50*time.Minute), heart(70)))
	for cursor := range uint64(2) {
		if err := s.Retain(t.Context(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		add(t, s, 2+cursor, late)
	}
	if err := s.Retain(t.Context(), noon().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	counts := func(device string) []timeline.Point {
		q := heartRates("r2")
		q.Device = device
		return aggregate(t, s, q, time.Hour, timeline.Count)
	}
	shared := counts("door")
	move(t, s, timeline.Move{From: "r1", To: "r2"}, timeline.Moved{Hours: 2})
	same(t, "of the same readings one is kept", counts("door"), shared)
	same(t, "others are added", counts("d1"), []timeline.Point{{At: noon(), Number: 2}})
	counted(t, s, "r1")
}

// testMoveShared has a device whose readings are to be another's, too, raw and rolled up.
func testMoveShared(t *testing.T, open Open) {
	s := open(t, "move-shared")
	at := func(minutes int) time.Time { return noon().Add(time.Duration(minutes) * time.Minute) }
	oxygen := vitals.Value{Metric: vitals.SpO2, Number: 97}
	add(t, s, 1,
		report("door", "r1", at(-70), heart(58)), report("door", "r1", at(-20), oxygen), report("door", "r1", at(-10), heart(60)),
		report("d/1", "r1", at(-5), heart(70)), report("door", "r2", at(-65), heart(40)), report("door", "r1", at(10), heart(61)))
	if err := s.Retain(t.Context(), at(0)); err != nil {
		t.Fatal(err)
	}
	hours, err := s.Hours(t.Context(), "r1")
	if err != nil {
		t.Fatal(err)
	}
	same(t, "hours", hours, []timeline.Hour{{Device: "d/1", First: at(-5), Last: at(-5)}, {Device: "door", First: at(-70), Last: at(-70)}, {Device: "door", First: at(-20), Last: at(-10)}})
	hour := func(n int, count float64) timeline.Point {
		return timeline.Point{At: noon().Add(time.Duration(n) * time.Hour), Number: count}
	}
	for range 2 { // as after a crash
		moved, err := s.Move(t.Context(), timeline.Move{From: "r1", To: "r2", Device: "door", Both: true})
		if err != nil || moved.Hours != 3 || moved.Count() != 1 {
			t.Errorf("%+v, %v", moved, err)
		}
		counted(t, s, "r1", hour(-2, 1), hour(-1, 2), hour(0, 1))
		counted(t, s, "r2", hour(-2, 1), hour(-1, 1), hour(0, 1))
		same(t, "what was there stays", aggregate(t, s, heartRates("r2"), time.Hour, timeline.Sum)[:1], []timeline.Point{hour(-2, 40)})
		for _, resident := range []string{"r1", "r2"} {
			q := heartRates(resident)
			q.Metric = vitals.SpO2
			same(t, "other metric of "+resident, aggregate(t, s, q, time.Hour, timeline.Sum), []timeline.Point{{At: at(-60), Number: 97}})
		}
	}
	// Given back, they are of the same readings, and one is kept.
	if _, err := s.Move(t.Context(), timeline.Move{From: "r2", To: "r1", Device: "door", Since: at(-60)}); err != nil {
		t.Fatal(err)
	}
	counted(t, s, "r1", hour(-2, 1), hour(-1, 2), hour(0, 1))
	counted(t, s, "r2", hour(-2, 1))
}

func testMoveRefuses(t *testing.T, open Open) {
	s := open(t, "move-refuses")
	for _, m := range []timeline.Move{{From: "r1"}, {To: "r1"}, {From: "r1", To: "r1"}} {
		if _, err := s.Move(t.Context(), m); err == nil {
			t.Errorf("%+v was done", m)
		}
		if _, err := s.Movable(t.Context(), m); err == nil {
			t.Errorf("%+v could be done", m)
		}
	}
	move(t, s, timeline.Move{From: "nobody", To: "r1"}, timeline.Moved{})
	same(t, "latest", latest(t, s, time.Time{}), nil)
}
