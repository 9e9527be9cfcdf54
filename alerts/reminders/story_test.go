package reminders_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/vitals"
)

func each(t *testing.T, story func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { story(t, newWorld(t, db)) })
}

func TestAMedicineThatNobodyTakes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Metformin 500 mg", Dose: "1 tablet", Food: reminders.WithFood, Note: "If forgotten, leave it out."}, "daily at 08:00, 20:00")
		w.until(clockOf("21:30"), 5*time.Minute)
		const what = "Metformin 500 mg, 1 tablet, with the meal"
		w.expect("told", w.told(),
			"01 08:00 It is 08:00: "+what+". If forgotten, leave it out.",
			"01 08:15 Was this done? "+what+", due at 08:00. If it is done, say yes. If forgotten, leave it out.",
			"01 08:30 Was this done? "+what+", due at 08:00. If it is done, say yes. If forgotten, leave it out.",
			"01 20:00 It is 20:00: "+what+". If forgotten, leave it out.",
			"01 20:15 Was this done? "+what+", due at 20:00. If it is done, say yes. If forgotten, leave it out.",
			"01 20:30 Was this done? "+what+", due at 20:00. If it is done, say yes. If forgotten, leave it out.")
		w.expect("raised", w.heard, "r1 raise medication_missed missed Metformin 500 mg", "r1 raise medication_missed missed Metformin 500 mg before: 1")
		w.expect("became", w.statuses(morning, clockOf("2 00:00")), "01 08:00 missed", "01 20:00 missed")
	})
}

// Nobody can be told: it is not counted as told, is not said to be asked again, and
// the alert says so.
func TestNobodyCanBeTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.mute = true
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00")
		w.until(clockOf("08:20"), 5*time.Minute)
		w.expect("said to nobody", w.told(), "01 08:00 It is 08:00: Aspirin.", "01 08:15 It is 08:00: Aspirin.")
		if o := w.occurrences(morning, clockOf("2 00:00"))[0]; o.Status != reminders.Due || o.Told != 0 || !o.Untold() {
			t.Errorf("at 08:20 it is %+v", o)
		}
		w.until(clockOf("09:00"), 5*time.Minute)
		w.expect("raised", w.heard, "r1 raise medication_missed untold Aspirin")
	})
}

func TestInsulinIsToldOfSoon(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Insulin", TimeCritical: true}, "daily at 08:00")
		w.until(clockOf("08:29"), time.Minute)
		w.expect("raised at 08:29", w.heard)
		w.until(clockOf("08:30"), time.Minute)
		w.until(clockOf("09:00"), time.Minute)
		w.until(clockOf("09:10"), time.Minute)
		w.says(vitals.MedicationDispensed, 1, clockOf("09:05"))
		w.work()
		w.expect("raised", w.heard, "r1 raise medication_missed_critical late Insulin (warning)", "r1 raise medication_missed_critical missed Insulin (critical)", "r1 lower medication_missed_critical")
		w.expect("became", w.statuses(morning, clockOf("2 00:00")), "01 08:00 done late")
	})
}

// The box was offline: what it says later was in time, and the alert ends.
func TestLateNewsOfADoseInTime(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 12:00")
		w.until(clockOf("09:30"), 5*time.Minute)
		w.says(vitals.MedicationDispensed, 1, clockOf("08:03"))
		w.says(vitals.MedicationDispensed, 1, clockOf("08:03"))
		w.says(vitals.MedicationDispensed, 1, clockOf("08:50")) // opened again, and no other dose
		w.work()
		w.expect("raised", w.heard, "r1 raise medication_missed missed Aspirin", "r1 lower medication_missed")
		w.expect("became", w.statuses(morning, clockOf("2 00:00")), "01 08:00 done", "01 12:00 due")
	})
}

func TestAMeasurementClosesItself(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.Measurement, What: "Blood pressure", Metrics: []vitals.Metric{vitals.BPSystolic, vitals.BPDiastolic}, Readings: 2, Window: 3 * time.Hour}, "daily at 06:00, 18:00")
		w.until(clockOf("2 20:00"), 10*time.Minute)
		w.expect("raised", w.heard, "r1 raise measurement_missed missed Blood pressure, missed Blood pressure (warning)", "r1 raise measurement_missed missed Blood pressure (warning) before: 2")
		for minute := range 2 {
			at := clockOf("2 20:00").Add(time.Duration(minute) * time.Minute)
			w.says(vitals.BPSystolic, 130, at)
			w.says(vitals.BPDiastolic, 80, at)
		}
		w.work()
		w.expect("after a measurement", w.heard[2:], "r1 lower measurement_missed", "r1 lower measurement_missed", "r1 lower measurement_missed")
		w.expect("became", w.statuses(morning, clockOf("3 00:00")), "01 06:00 missed", "01 18:00 missed", "02 06:00 missed", "02 18:00 done")
		if told := w.told(); len(told) < 2 || !strings.HasPrefix(told[0], "01 07:00 It is 06:00: Blood pressure") || !strings.HasPrefix(told[1], "01 11:00 Was this done?") {
			t.Errorf("told %q", told) // at six it is quiet
		}
	})
}

func TestDrinkingAlarmsNobody(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.Drinking, What: "A glass of water"}, "daily at 08:00, 13:00, 16:00")
		w.until(clockOf("2 07:00"), 10*time.Minute)
		w.expect("raised", w.heard)
		w.expect("told", w.told(), "01 08:00 It is 08:00: A glass of water.", "01 16:00 It is 16:00: A glass of water.")
	})
}

func TestPeopleSayThatItIsDone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 12:00, 20:00")
		w.until(clockOf("08:02"), time.Minute)
		all := w.occurrences(morning, clockOf("2 00:00"))
		if _, err := w.book.Finish(t.Context(), "r1", all[0].ID, reminders.Finish{By: "u1", At: w.now}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.book.Skip(t.Context(), "r1", all[1].ID, reminders.Skip{By: "u1", Reason: "before an operation"}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.book.Finish(t.Context(), "r1", all[2].ID, reminders.Finish{By: "u1", At: w.now}); !errors.Is(err, store.ErrConflict) {
			t.Errorf("the evening's dose was taken in the morning: %v", err)
		}
		if _, err := w.book.Finish(t.Context(), "r2", all[0].ID, reminders.Finish{}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		o, err := w.book.Finish(t.Context(), "r1", all[0].ID, reminders.Finish{By: "u2", At: w.now.Add(time.Minute)})
		if err != nil || o.By != "u1" {
			t.Errorf("done twice: %+v, %v", o, err)
		}
		w.until(clockOf("13:30"), 10*time.Minute)
		w.expect("became", w.statuses(morning, clockOf("2 00:00")), "01 08:00 done", "01 12:00 skipped", "01 20:00 due")
		w.expect("raised", w.heard)
	})
}

func TestAStockRunsOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.remind(reminders.Reminder{What: "Aspirin", Stock: &reminders.Stock{Left: 4, PerDose: 1, RefillAt: 2, Refill: "Zhang Min"}}, "daily at 08:00")
		for day := 1; day <= 3; day++ {
			w.until(clockOf(fmt.Sprint(day, " 08:01")), time.Hour)
			w.says(vitals.MedicationDispensed, 1, w.now)
			w.work()
		}
		w.expect("raised", w.heard, "r1 raise medication_refill empty Aspirin")
		if told := w.told(); !slices.Contains(told, "02 08:01 Zhang Min: Aspirin is running out: 2 left. Please get more.") {
			t.Errorf("told %q", told)
		}
		if _, err := w.book.SetStock(t.Context(), "r1", r.ID, 30, "u1"); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("raised", w.heard, "r1 raise medication_refill empty Aspirin", "r1 lower medication_refill")
	})
}

// A changed time is not a second dose, and no dose is lost by it.
func TestAScheduleIsChanged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00")
		w.until(clockOf("08:05"), time.Minute)
		r.Schedule = pattern(t, "daily at 09:00, 21:00")
		changed, err := w.book.Change(t.Context(), r, 1, "u1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.book.Change(t.Context(), r, 1, "u1"); !errors.Is(err, store.ErrConflict) || changed.Version != 2 {
			t.Errorf("an old version was changed: %v", err)
		}
		w.until(clockOf("12:00"), 10*time.Minute)
		w.expect("planned", w.statuses(morning, clockOf("3 00:00")), "01 08:00 missed", "01 21:00 due", "02 09:00 due", "02 21:00 due")
		if err := w.book.End(t.Context(), "r1", r.ID, "u1"); err != nil {
			t.Fatal(err)
		}
		w.until(clockOf("2 12:00"), time.Hour)
		w.expect("ended", w.statuses(morning, clockOf("4 00:00")), "01 08:00 missed")
	})
}

func TestSomebodyTravels(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00")
		w.until(clockOf("12:00"), 30*time.Minute)
		w.zone, w.version = "Europe/Berlin", 2
		w.work()
		// The evening's dose is by the old clock; from the next day on Berlin's counts.
		w.expect("planned", w.statuses(morning, clockOf("3 00:00")), "01 08:00 missed", "01 20:00 due", "02 15:00 due")
		w.zone, w.version = "Asia/Shanghai", 3 // and back at once
		w.work()
		w.expect("planned", w.statuses(morning, clockOf("3 00:00")), "01 08:00 missed", "01 20:00 due", "02 08:00 due", "02 20:00 due")
	})
}

func TestNobodyIsAskedInHospital(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00")
		w.excused = "hospital"
		w.until(clockOf("12:00"), 30*time.Minute)
		w.excused = ""
		w.until(clockOf("22:00"), 30*time.Minute)
		w.expect("became", w.statuses(morning, clockOf("2 00:00")), "01 08:00 skipped", "01 20:00 missed")
	})
}

func TestHolidaysAreImported(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.Exercise, What: "Dancing", Days: timetable.NotHolidays}, "daily at 10:00")
		w.until(clockOf("10:10"), time.Hour)
		c, err := timetable.ReadCalendar(strings.NewReader("2026-12-02,holiday,Li's day"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.book.ImportHolidays(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		w.expect("planned", w.statuses(morning, clockOf("4 00:00")), "01 10:00 told", "03 10:00 due")
	})
}

// After an outage of days nothing is lost, and nobody is told to take what is long
// over; what devices had to say meanwhile is heard first.
func TestAfterDaysOfOutage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00")
		w.until(clockOf("06:30"), time.Hour)
		w.now = clockOf("5 12:00")
		w.restart()
		w.behind = true
		w.work()
		w.says(vitals.MedicationDispensed, 1, clockOf("3 08:10"))
		w.work()
		w.expect("raised", w.heard)
		w.behind = false
		w.now = w.now.Add(3 * time.Second)
		w.work()
		w.expect("told", w.told())
		w.expect("became", w.statuses(morning, clockOf("6 00:00")), "01 08:00 missed", "02 08:00 missed", "03 08:00 done", "04 08:00 missed", "05 08:00 missed")
		if len(w.heard) != 4 || !strings.Contains(w.heard[0], "untold Aspirin") {
			t.Errorf("raised %q", w.heard)
		}
	})
}

func TestAdherence(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00")
		for day := 1; day <= 8; day++ {
			w.until(clockOf(fmt.Sprint(day, " 08:01")), time.Hour)
			switch day {
			case 2:
				w.until(clockOf("2 10:00"), time.Hour)
				w.says(vitals.MedicationDispensed, 1, w.now)
			case 3, 8:
			case 4:
				all := w.occurrences(w.now.Add(-time.Hour), w.now)
				if _, err := w.book.Skip(t.Context(), "r1", all[0].ID, reminders.Skip{Reason: "fasting"}); err != nil {
					t.Fatal(err)
				}
			default:
				w.says(vitals.MedicationDispensed, 1, w.now)
			}
		}
		weeks, err := w.book.Adherence(t.Context(), "r1", morning.AddDate(0, 0, -30))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, week := range weeks {
			share, _ := week.Share()
			got = append(got, fmt.Sprintf("%s due %d in time %d late %d skipped %d missed %d: %.2f", week.Monday, week.Due, week.OnTime, week.Late, week.Skipped, week.Missed, share))
		}
		// 1 December 2026 is a Tuesday; of the eighth it is not known yet.
		w.expect("weeks", got, "2026-12-07 due 1 in time 1 late 0 skipped 0 missed 0: 1.00", "2026-11-30 due 6 in time 3 late 1 skipped 1 missed 1: 0.80")
	})
}

// Restarted after each minute, and by two runners at once, the same happens once.
func TestARestartAtEachMinute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Insulin", TimeCritical: true}, "daily at 08:00")
		w.until(clockOf("07:50"), time.Hour)
		for w.now.Before(clockOf("09:10")) {
			w.both()
			w.now = w.now.Add(time.Minute)
		}
		if told := w.told(); len(told) != 3 {
			t.Errorf("told %d times, want 3: %q", len(told), told)
		}
		w.expect("raised", w.heard, "r1 raise medication_missed_critical late Insulin (warning)", "r1 raise medication_missed_critical missed Insulin (critical)")
		all := w.occurrences(morning, clockOf("2 00:00"))
		if len(all) != 1 || all[0].Told != 3 {
			t.Fatalf("on a day there is %+v", all)
		}
		// Each telling has its own id; an answer to any is about the same.
		for _, id := range []string{all[0].ID, all[0].ID + "-1", all[0].ID + "-3"} {
			if o, err := w.book.OfTelling(t.Context(), "r1", id); err != nil || o.ID != all[0].ID {
				t.Errorf("of %s: %+v, %v", id, o, err)
			}
		}
	})
}

// The runner wakes when something is due, and not in between.
func TestTheRunnerWakesInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), storetest.New(t))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		w := newWorld(t, db)
		began := time.Now()
		w.now = began
		w.book = reminders.NewBook(db, w, w, time.Now)
		w.runner = reminders.NewRunner(w.book, w, func() bool { return false }, testLog)
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() {
			if err := w.runner.Run(ctx); err != nil {
				t.Error(err)
			}
		})
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00") // it is 08:00 in Shanghai
		time.Sleep(14 * time.Hour)
		synctest.Wait()
		var told []string
		for _, text := range w.told() {
			told = append(told, text[:8])
		}
		w.expect("told", told, "01 08:00", "01 08:15", "01 08:30", "01 20:00", "01 20:15", "01 20:30")
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if n := len(w.told()); n != 6+2*3 {
			t.Errorf("told %d times in a day", n-6)
		}
		stop()
		running.Wait()
	})
}
