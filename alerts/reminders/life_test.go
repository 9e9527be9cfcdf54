package reminders

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// eight is when the occurrence of these stories is due: 08:00 in Shanghai.
var eight = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)

func shanghai(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func dueAtEight(t testing.TB) Occurrence {
	return Occurrence{ID: "o1", Due: eight, Zone: shanghai(t), PlannedAt: eight.Add(-48 * time.Hour), Status: Due}
}

var (
	normal   = (&Reminder{Kind: Medication}).course()
	critical = (&Reminder{Kind: Medication, TimeCritical: true}).course()
	pressure = (&Reminder{Kind: Measurement, Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2}).course()
)

// lived is what became of an occurrence, and what was done about it and when, in
// minutes after it was due.
type lived struct {
	Status  Status
	OnTime  bool
	Effects map[int][]Effect
}

// story lets an occurrence hear events, in minutes after it is due, with time
// passing every so many minutes.
func story(t testing.TB, c Course, o Occurrence, every, until int, events map[int]any) lived {
	out := lived{Effects: map[int][]Effect{}}
	for minute := -180; minute <= until; minute++ {
		at := eight.Add(time.Duration(minute) * time.Minute)
		var effects []Effect
		step := func(what any) {
			after, did := c.Step(o, Event{At: at, What: what})
			effects = append(effects, did...)
			again, twice := c.Step(after, Event{At: at, What: what})
			if len(twice) > 0 || !reflect.DeepEqual(again, after) {
				t.Fatalf("minute %d: %#v is heard twice, and did %v", minute, what, twice)
			}
			o = after
		}
		if what, ok := events[minute]; ok {
			step(what)
		}
		if minute%every == 0 {
			step(Passed{})
		}
		if len(effects) > 0 {
			out.Effects[minute] = effects
		}
	}
	out.Status, out.OnTime = o.Status, o.OnTime
	return out
}

func after(minutes int) time.Time { return eight.Add(time.Duration(minutes) * time.Minute) }

func box(minutes int) Reading {
	return Reading{Metric: vitals.MedicationDispensed, Value: pillTaken, At: after(minutes), Device: "box"}
}

func TestLives(t *testing.T) {
	asks := map[int][]Effect{0: {Tell}, 15: {Tell}, 30: {Tell}, 60: {Give}}
	with := func(more map[int][]Effect) map[int][]Effect {
		all := map[int][]Effect{}
		for minute, effects := range asks {
			all[minute] = effects
		}
		for minute, effects := range more {
			all[minute] = effects
			if len(effects) == 0 {
				delete(all, minute)
			}
		}
		return all
	}
	for _, c := range []struct {
		name   string
		course Course
		events map[int]any
		want   lived
	}{
		{"nobody answers", normal, nil, lived{Missed, false, asks}},
		{"insulin is told of after half an hour", critical, nil, lived{Missed, false, with(map[int][]Effect{30: {Tell, Alarm}})}},
		{"taken before it is due", normal, map[int]any{-20: box(-20)}, lived{Done, true, map[int][]Effect{-20: {Count}}}},
		{"too early to be this dose", normal, map[int]any{-61: box(-61)}, lived{Missed, false, asks}},
		{"taken when told", normal, map[int]any{3: box(3)}, lived{Done, true, map[int][]Effect{0: {Tell}, 3: {Count}}}},
		{"a yes to the home speaker", normal, map[int]any{16: Finish{Device: "speaker", At: after(16)}},
			lived{Done, true, map[int][]Effect{0: {Tell}, 15: {Tell}, 16: {Count}}}},
		{"the box says that it was not opened", normal, map[int]any{40: Reading{Metric: vitals.MedicationDispensed, Value: 2, At: after(40), Device: "box"}},
			lived{Missed, false, asks}},
		{"taken late", normal, map[int]any{120: box(120)}, lived{Done, false, with(map[int][]Effect{120: {Count}})}},
		{"heard of late, taken in time", normal, map[int]any{120: box(5)}, lived{Done, true, with(map[int][]Effect{120: {Count}})}},
		{"so late that it is another matter", normal, map[int]any{361: box(361)}, lived{Missed, false, asks}},
		{"insulin after it was told of", critical, map[int]any{40: box(40)},
			lived{Done, false, map[int][]Effect{0: {Tell}, 15: {Tell}, 30: {Tell, Alarm}, 40: {Count, Comfort}}}},
		{"insulin 20 minutes late, heard of after it was told of", critical, map[int]any{40: box(20)},
			lived{Done, true, map[int][]Effect{0: {Tell}, 15: {Tell}, 30: {Tell, Alarm}, 40: {Count, Comfort}}}},
		{"skipped", normal, map[int]any{10: Skip{By: "u1", Reason: "nausea"}}, lived{Skipped, false, map[int][]Effect{0: {Tell}}}},
		{"skipped after it was missed", normal, map[int]any{90: Skip{By: "u1", Reason: "in hospital"}}, lived{Skipped, false, asks}},
		{"done and then skipped", normal, map[int]any{10: box(10), 20: Skip{}}, lived{Done, true, map[int][]Effect{0: {Tell}, 10: {Count}}}},
	} {
		if got := story(t, c.course, dueAtEight(t), 1, 400, c.events); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Two readings of both pressures within ten minutes are a measurement.
func TestABloodPressureIsTwoReadings(t *testing.T) {
	o := dueAtEight(t)
	hear := func(minute int, m vitals.Metric) []Effect {
		var effects []Effect
		o, effects = pressure.Step(o, Event{At: after(minute), What: Reading{Metric: m, Value: 130, At: after(minute), Device: "cuff"}})
		return effects
	}
	both := func(minute int) []Effect {
		return slices.Concat(hear(minute, vitals.BPSystolic), hear(minute, vitals.BPDiastolic))
	}
	if did := slices.Concat(both(-10), both(5), both(20), hear(20, vitals.HeartRate), hear(25, vitals.BPSystolic)); len(did) > 0 || o.Status != Due {
		t.Fatalf("readings too far apart: %v, %s", did, o.Status)
	}
	if did := hear(26, vitals.BPDiastolic); !slices.Equal(did, []Effect{Count}) || o.Status != Done || !o.DoneAt.Equal(after(26)) || !o.OnTime {
		t.Errorf("%v, %+v", did, o)
	}
}

// The nudge comes two hours after the window of three, and the miss an hour later.
func TestAMeasurementHasItsWindow(t *testing.T) {
	got := story(t, pressure, dueAtEight(t), 1, 400, nil)
	// 13:00 is in the nap after noon, which lasts until 14:00: by then it is missed.
	if want := (lived{Missed, false, map[int][]Effect{0: {Tell}, 360: {Give}}}); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	o := dueAtEight(t)
	o.Due = o.Due.Add(-2 * time.Hour) // at six, and told at seven
	if next := pressure.Next(&o); !next.Equal(eight.Add(-time.Hour)) {
		t.Errorf("the window of 06:00 is told at %s", next.In(o.Zone))
	}
}

func TestAnAppointmentIsToldAhead(t *testing.T) {
	c := (&Reminder{Kind: Appointment}).course()
	o := dueAtEight(t)
	o.Due, o.PlannedAt = eight.Add(6*time.Hour), eight.Add(-3*day) // at 14:00; known three days before
	var told []string
	for {
		next := c.Next(&o)
		if next.IsZero() {
			break
		}
		var did []Effect
		o, did = c.Step(o, Event{At: next, What: Passed{}})
		for _, effect := range did {
			told = append(told, string(effect)+" "+next.In(o.Zone).Format("02 15:04"))
		}
	}
	// A week before it nobody knew; two hours before it is noon.
	if want := []string{"tell 30 14:00", "tell 01 12:00", "give up 02 14:00"}; !slices.Equal(told, want) {
		t.Errorf("%v, want %v", told, want)
	}
}

// Told is what was handed on: that nobody could be told of one ask is forgotten with
// the first that somebody is told of, and what is told after the end changes no status.
func TestToldIsWhatWasHandedOn(t *testing.T) {
	o := dueAtEight(t)
	hands := func(nobody, isUntold bool, want Status, told int) {
		t.Helper()
		o, _ = normal.Step(o, Event{At: after(1), What: Handed{Nobody: nobody}})
		if o.Status != want || o.Told != told || o.Untold() != isUntold {
			t.Errorf("it is %s, told %d times, untold %t; want %s, %d, %t", o.Status, o.Told, o.Untold(), want, told, isUntold)
		}
	}
	hands(true, true, Due, 0)
	missed, _ := normal.Step(o, Event{At: after(90), What: Passed{}})
	if !missed.Untold() || missed.missedHow() != "untold" {
		t.Errorf("missed: %+v", missed)
	}
	hands(false, false, Told, 1)
	hands(true, false, Told, 1)
	o, _ = normal.Step(o, Event{At: after(5), What: box(5)})
	hands(false, false, Done, 2)
}

// Nothing is asked of anybody that is long over, and nothing is missed while we do
// not know what was said meanwhile.
func TestAfterAnOutage(t *testing.T) {
	o, did := normal.Step(dueAtEight(t), Event{At: after(40), What: Passed{}})
	if !slices.Equal(did, []Effect{Tell}) || o.Told != 0 || o.Asked != 3 {
		t.Errorf("after 40 minutes: %v, %+v", did, o)
	}
	o, did = normal.Step(dueAtEight(t), Event{At: after(90), What: Passed{Behind: true}})
	if len(did) != 0 || !o.Open() {
		t.Errorf("behind: %v, %+v", did, o)
	}
	if o, did = normal.Step(o, Event{At: after(91), What: box(2)}); !slices.Equal(did, []Effect{Count}) || !o.OnTime {
		t.Errorf("caught up: %v, %+v", did, o)
	}
	o, did = normal.Step(dueAtEight(t), Event{At: after(90), What: Passed{}})
	if !slices.Equal(did, []Effect{Give}) || o.Told != 0 {
		t.Errorf("after 90 minutes: %v, %+v", did, o)
	}
}

// However seldom time is looked at, the end is the same, nobody is asked more
// often, and no step is done twice.
func TestTheEndDoesNotDependOnTheLooks(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	for range 300 {
		c := []Course{normal, critical}[rng.IntN(2)]
		events := map[int]any{}
		for range rng.IntN(3) {
			at := rng.IntN(500) - 100
			events[at+rng.IntN(60)] = box(at)
		}
		exact := story(t, c, dueAtEight(t), 1, 420, events)
		rare := story(t, c, dueAtEight(t), 1+rng.IntN(15), 420, events)
		if exact.Status != rare.Status || exact.OnTime != rare.OnTime || count(rare, Tell) > count(exact, Tell) || count(rare, Count) != count(exact, Count) {
			t.Fatalf("%v: %+v, and looked at seldom %+v", events, exact, rare)
		}
		for _, l := range []lived{exact, rare} {
			if count(l, Alarm) > 1 || count(l, Give) > 1 || count(l, Comfort) > 1 || count(l, Count) > 1 {
				t.Fatalf("%v: something was done twice: %+v", events, l)
			}
		}
	}
}

func count(l lived, effect Effect) (n int) {
	for _, effects := range l.Effects {
		for _, e := range effects {
			if e == effect {
				n++
			}
		}
	}
	return n
}

// A box that is opened again after a dose is not the dose that was forgotten
// before.
func TestADoseIsTheNearestOne(t *testing.T) {
	all := []Occurrence{dueAtEight(t), dueAtEight(t)}
	all[0].Status = Missed
	all[1].Due = eight.Add(4 * time.Hour)
	if i := normal.Nearest(all, after(90)); i != 0 {
		t.Errorf("at 09:30 it is %d", i)
	}
	all[1].Status = Done
	if i := normal.Nearest(all, after(250)); i != 1 {
		t.Errorf("at 12:10 it is %d", i)
	}
	if i := normal.Nearest(all, after(-90)); i != -1 {
		t.Errorf("at 06:30 it is %d", i)
	}
}

func TestQuietHours(t *testing.T) {
	zone := shanghai(t)
	for at, want := range map[string]string{
		"06:59": "07:00", "07:00": "07:00", "12:29": "12:29", "12:30": "14:00", "13:59": "14:00", "14:00": "14:00", "21:59": "21:59", "22:00": "31:00", "00:10": "07:00",
	} {
		clock, err := time.ParseInLocation("2006-01-02 15:04", "2026-12-01 "+at, zone)
		if err != nil {
			t.Fatal(err)
		}
		got := afterQuiet(clock, zone).Format("2 15:04")
		if want == "31:00" {
			want = "2 07:00"
		} else {
			want = "1 " + want
		}
		if got != want {
			t.Errorf("%s is told at %s, want %s", at, got, want)
		}
	}
}
