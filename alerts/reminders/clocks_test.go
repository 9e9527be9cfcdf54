package reminders_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
)

// at sets the world's clock.
func (w *world) at(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = now
}

// both lets two servers work at once, each new from what the database holds.
func (w *world) both() {
	w.t.Helper()
	w.restart()
	other := reminders.NewRunner(reminders.NewBook(w.db, w, w.teller, w.clock), w, func() bool { return false }, testLog)
	var at sync.WaitGroup
	for _, runner := range []*reminders.Runner{w.runner, other} {
		at.Go(func() {
			if _, err := runner.Work(w.t.Context()); err != nil {
				w.t.Error(err)
			}
		})
	}
	at.Wait()
	w.hand()
}

// The nights in which Europe's clocks are put forward and back, minute by minute, on
// two servers that are restarted at each: 02:30 is told once, and so is 03:30.
func TestNightsOfTheChangeInEurope(t *testing.T) {
	for _, night := range []struct {
		what       string
		from       time.Time // midnight in Berlin
		told, past string    // in UTC
	}{
		{"forward", time.Date(2026, 3, 28, 23, 0, 0, 0, time.UTC), "01:00 03:00, 01:15 03:00, 01:30 03:00, 01:30 03:30, 01:45 03:30, 02:00 03:30", "2 missed"},
		{"back", time.Date(2026, 10, 24, 22, 0, 0, 0, time.UTC), "00:30 02:30, 00:45 02:30, 01:00 02:30, 02:30 03:30, 02:45 03:30, 03:00 03:30", "2 missed"},
	} {
		t.Run(night.what, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				w := newWorld(t, db)
				w.zone = "Europe/Berlin"
				w.at(night.from.Add(50 * time.Minute))
				w.remind(reminders.Reminder{What: "Levodopa"}, "daily at 02:30, 03:30")
				for w.now.Before(night.from.Add(6 * time.Hour)) {
					w.both()
					w.at(w.now.Add(time.Minute))
				}
				var rows []struct {
					At   int64
					Body string
				}
				if err := db.NewRaw("SELECT at, body FROM reminder_tellings ORDER BY at, body DESC").Scan(t.Context(), &rows); err != nil {
					t.Fatal(err)
				}
				var told []string
				for _, row := range rows {
					due := row.Body[strings.Index(row.Body, ":")-2:][:5]
					told = append(told, time.UnixMilli(row.At).UTC().Format("15:04 ")+due)
				}
				slices.Sort(told)
				if got := strings.Join(told, ", "); got != night.told {
					t.Errorf("told\n%s, want\n%s", got, night.told)
				}
				missed := 0
				for _, o := range w.occurrences(night.from, night.from.Add(24*time.Hour)) {
					if o.Status == reminders.Missed {
						missed++
					}
				}
				if got := fmt.Sprint(missed, " missed"); got != night.past || len(w.heard) != 2 {
					t.Errorf("%s, raised %q", got, w.heard)
				}
			})
		})
	}
}

// A year in Shanghai: three doses a day, each told once and missed once.
func TestAYearOfDoses(t *testing.T) {
	w := newWorld(t, storetest.Open(t, storetest.New(t)))
	from := time.Date(2025, 12, 31, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	w.at(from)
	w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 06:00, 12:00, 18:00")
	for i := 0; !w.now.After(from.AddDate(1, 0, 0)); i++ {
		if i%7 == 0 {
			w.restart()
		}
		w.work()
		w.at(w.now.Add(6 * time.Hour))
	}
	days := map[string]int{}
	for _, o := range w.occurrences(from, from.AddDate(1, 0, 0)) {
		if o.Status != reminders.Missed || o.Told != 1 {
			t.Fatalf("became %+v", o)
		}
		days[o.Day.String()]++
	}
	if len(days) != 365 {
		t.Errorf("on %d days", len(days))
	}
	for day, n := range days {
		if n != 3 {
			t.Errorf("on %s %d doses", day, n)
		}
	}
	if told := w.told(); len(told) != 3*365 || len(w.heard) != 3*365 {
		t.Errorf("told %d times, raised %d times, want %d each", len(told), len(w.heard), 3*365)
	}
}

// The machine's clock is set back and forward again: nothing is told or planned a
// second time, and nothing is lost.
func TestTheMachinesClockIsSet(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00")
		w.until(clockOf("08:01"), time.Minute)
		w.at(clockOf("05:00")) // back, past the whole dose
		w.both()
		w.until(clockOf("08:16"), time.Minute)
		w.at(clockOf("3 07:00")) // forward, over two days
		w.both()
		w.at(clockOf("12:00")) // and set right
		w.both()
		w.until(clockOf("4 00:00"), 15*time.Minute)
		w.expect("told", w.told(),
			"01 08:00 It is 08:00: Aspirin.", "01 08:15 Was this done? Aspirin, due at 08:00. If it is done, say yes.",
			"03 08:00 It is 08:00: Aspirin.", "03 08:15 Was this done? Aspirin, due at 08:00. If it is done, say yes.", "03 08:30 Was this done? Aspirin, due at 08:00. If it is done, say yes.",
			"03 20:00 It is 20:00: Aspirin.", "03 20:15 Was this done? Aspirin, due at 20:00. If it is done, say yes.", "03 20:30 Was this done? Aspirin, due at 20:00. If it is done, say yes.")
		// What the wrong clock passed over was missed, and said to be: once each.
		w.expect("became", w.statuses(morning, clockOf("4 00:00")), "01 08:00 missed", "01 20:00 missed", "02 08:00 missed", "02 20:00 missed", "03 08:00 missed", "03 20:00 missed")
		if len(w.heard) != 6 {
			t.Errorf("raised %q", w.heard)
		}
	})
}
