package reminders_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// A low glucose is measured again after a quarter of an hour; while it stays low,
// again.
func TestALowGlucoseIsMeasuredAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.Recheck, What: "Measure glucose again"}, "")
		w.until(clockOf("23:00"), time.Hour) // at any hour
		w.says(vitals.GlucoseRandom, 5.2, w.now)
		w.says(vitals.GlucoseRandom, 3.85, w.now) // 3.9, rounded
		w.until(clockOf("23:30"), time.Minute)
		w.expect("told where nothing is low", w.told())
		w.says(vitals.GlucoseRandom, 3.4, w.now)
		w.says(vitals.GlucoseRandom, 3.5, w.now.Add(time.Minute)) // one is enough
		w.until(clockOf("23:46"), time.Minute)
		w.says(vitals.GlucoseRandom, 3.7, w.now)
		w.until(clockOf("2 00:02"), time.Minute)
		w.says(vitals.GlucoseRandom, 5.0, w.now)
		w.until(clockOf("2 02:00"), time.Minute)
		w.expect("told", w.told(), "01 23:45 It is 23:45: Measure glucose again.", "02 00:01 It is 00:01: Measure glucose again.")
		w.expect("raised", w.heard)
		w.expect("became", w.statuses(morning, clockOf("3 00:00")), "01 23:45 done", "02 00:01 done")
	})
}

// Who does not measure again is seen to by others. What is heard of long after is
// not asked for; a sensor that measures by itself is never asked.
func TestALowGlucoseThatNobodyMeasuresAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.Recheck, What: "Measure glucose again"}, "")
		w.until(clockOf("08:00"), time.Hour)
		w.says(vitals.GlucoseFasting, 3.1, w.now.Add(-time.Hour))
		w.says(vitals.GlucoseFasting, 3.1, w.now)
		w.restart()
		w.until(clockOf("08:40"), time.Minute)
		w.expect("told", w.told(), "01 08:15 It is 08:15: Measure glucose again.", "01 08:20 Was this done? Measure glucose again, due at 08:15. If it is done, say yes.")
		w.expect("raised", w.heard, "r1 raise measurement_missed missed Measure glucose again (warning)")
		w.says(vitals.GlucoseFasting, 4.6, w.now)
		w.work()
		w.expect("raised", w.heard[1:], "r1 lower measurement_missed")
		for range 12 {
			w.until(w.now.Add(5*time.Minute), time.Minute)
			w.says(vitals.GlucoseCGM, 3.6, w.now)
		}
		w.says(vitals.GlucoseCGM, 4.8, w.now.Add(5*time.Minute))
		w.until(w.now.Add(time.Hour), time.Minute)
		if told := w.told(); len(told) != 2 || len(w.heard) != 2 {
			t.Errorf("a sensor: told %q, raised %q", told[2:], w.heard[2:])
		}
	})
}

func TestAreYouAllRight(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := w.remind(reminders.Reminder{Kind: reminders.CheckIn, What: "Are you all right?"}, "daily at 09:00")
		of := func(day int) reminders.Occurrence {
			t.Helper()
			all := w.occurrences(clockOf(fmt.Sprint(day, " 00:00")), clockOf(fmt.Sprint(day+1, " 00:00")))
			if len(all) != 1 {
				t.Fatalf("on day %d there is %+v", day, all)
			}
			return all[0]
		}
		at := func(text string) {
			t.Helper()
			w.until(clockOf(text), time.Minute)
		}
		at("08:45")
		w.says(vitals.Motion, 0, w.now) // that nothing moves is no answer
		w.says(vitals.Motion, 1, w.now)
		at("09:30")
		w.expect("who was about is not asked", w.told())

		at("2 09:02") // a tap, or a yes
		if _, err := w.book.Finish(t.Context(), "r1", of(2).ID, reminders.Finish{Device: "speaker", At: w.now}); err != nil {
			t.Fatal(err)
		}
		at("3 09:11") // nobody answers: and comes in at ten
		w.expect("raised on day 3", w.heard, "r1 raise check_in_missed missed Are you all right?")
		at("3 10:00")
		w.says(vitals.Motion, 1, w.now)
		w.work()
		w.expect("ended on day 3", w.heard[1:], "r1 lower check_in_missed")

		at("4 09:01") // and who says no is not all right
		if err := w.book.Refuse(t.Context(), "r1", of(4).ID, reminders.Refuse{Device: "speaker"}); err != nil {
			t.Fatal(err)
		}
		if err := w.book.Refuse(t.Context(), "r1", of(4).ID, reminders.Refuse{Device: "speaker"}); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("raised on day 4", w.heard[2:], "r1 raise check_in_missed refused Are you all right? (critical)")
		at("4 09:10") // however much they move
		w.says(vitals.Motion, 1, w.now)
		w.work()
		w.expect("raised on day 4 after motion", w.heard[3:])
		at("4 09:20")
		if _, err := w.book.Finish(t.Context(), "r1", of(4).ID, reminders.Finish{By: "u1", At: w.now}); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("ended on day 4", w.heard[3:], "r1 lower check_in_missed")

		w.excused = reminders.Away
		at("5 12:00")
		w.excused = ""
		w.expect("became", w.statuses(morning, clockOf("6 00:00")), "01 09:00 done", "02 09:00 done", "03 09:00 done late", "04 09:00 done late", "05 09:00 skipped")
		w.expect("told", w.told(), "02 09:00 Are you all right? Please say yes or no.", "03 09:00 Are you all right? Please say yes or no.", "03 09:05 Are you all right? Please say yes or no.", "04 09:00 Are you all right? Please say yes or no.")
		if r.Kind != reminders.CheckIn {
			t.Error(r.Kind)
		}
	})
}

// "I need help" is never too late, and no other answer stands against it; what a
// speaker says again does not call anybody after somebody has seen to it.
func TestHelpIsNeededAfterAll(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.CheckIn, What: "Are you all right?"}, "daily at 09:00")
		id := func(day int) []string {
			return []string{w.occurrences(clockOf(fmt.Sprint(day, " 00:00")), clockOf(fmt.Sprint(day+1, " 00:00")))[0].ID}
		}
		needsHelp := func(day int) {
			t.Helper()
			if some, err := w.book.Refusable(t.Context(), id(day)); err != nil || len(some) != 1 {
				t.Errorf("on day %d help may be asked for %q: %v", day, some, err)
			}
			if err := w.book.RefuseAll(t.Context(), id(day), "contact:li"); err != nil {
				t.Fatal(err)
			}
			if some, err := w.book.Refusable(t.Context(), id(day)); err != nil || len(some) != 0 {
				t.Errorf("on day %d help may be asked for %q once it was: %v", day, some, err)
			}
			w.work()
		}
		w.until(clockOf("09:30"), time.Minute)
		w.expect("raised", w.heard, "r1 raise check_in_missed missed Are you all right?")
		needsHelp(1)
		w.expect("after the wait", w.heard[1:], "r1 raise check_in_missed refused Are you all right? (critical)")

		w.until(clockOf("2 09:01"), time.Minute)
		if err := w.book.FinishAll(t.Context(), id(2), "contact:li"); err != nil {
			t.Fatal(err)
		}
		w.until(clockOf("2 09:05"), time.Minute)
		if err := w.book.Refuse(t.Context(), "r1", id(2)[0], reminders.Refuse{Device: "speaker"}); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("a speaker after the yes", w.heard[2:])
		needsHelp(2)
		w.expect("after the yes", w.heard[2:], "r1 raise check_in_missed refused Are you all right? (critical) before: 1")
		w.expect("became", w.statuses(morning, clockOf("3 00:00")), "01 09:00 missed", "02 09:00 missed")
	})
}

// What moves in a home where two live is not the answer of one of them.
func TestWhoeverMovesIsNotAnAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.CheckIn, What: "Are you all right?"}, "daily at 09:00")
		w.until(clockOf("08:50"), time.Minute)
		w.seq++
		err := w.witness.Hear(t.Context(), []alerts.Passed{{Seq: w.seq, Report: vitals.Report{
			Device: "d1", Received: w.now.UnixMilli(), Residents: []string{"r1", "r2"},
			Samples: []vitals.Sample{{At: w.now.UnixMilli(), Values: []vitals.Value{{Metric: vitals.Motion, Number: 1}}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		w.until(clockOf("09:15"), time.Minute)
		w.expect("raised", w.heard, "r1 raise check_in_missed missed Are you all right?")
	})
}

func TestARefusalOfOtherThings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00")
		w.until(clockOf("08:01"), time.Minute)
		if err := w.book.Refuse(t.Context(), "r1", w.occurrences(morning, clockOf("2 00:00"))[0].ID, reminders.Refuse{}); err != nil {
			t.Fatal(err)
		}
		w.until(clockOf("08:16"), time.Minute)
		if told := w.told(); len(told) != 2 || len(w.heard) != 0 {
			t.Errorf("told %q, raised %q", told, w.heard)
		}
		for _, r := range []reminders.Reminder{
			{Resident: "r1", Kind: reminders.Recheck, What: "x", Schedule: pattern(t, "daily at 08:00")},
			{Resident: "r1", Kind: reminders.CheckIn, What: "x"},
			{Resident: "r1", Kind: reminders.Drinking, What: "x", Schedule: pattern(t, "daily at 08:00"), Window: time.Hour},
		} {
			if _, err := w.book.Create(t.Context(), r, "u1"); !errors.Is(err, store.ErrInvalid) {
				t.Errorf("%s was kept: %v", r.Kind, err)
			}
		}
	})
}

// A late yes is the answer to every check-in before it: nobody is looked for who is
// well now. One that was answered "no" waits for its own answer.
func TestALateYesAnswersAllCheckIns(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{Kind: reminders.CheckIn, What: "Are you all right?"}, "daily at 09:00")
		w.remind(reminders.Reminder{Kind: reminders.CheckIn, What: "每日问候"}, "daily at 11:00")
		w.until(clockOf("11:20"), 5*time.Minute)
		w.expect("raised", w.heard, "r1 raise check_in_missed missed Are you all right?", "r1 raise check_in_missed missed 每日问候")
		all := w.occurrences(clockOf("00:00"), clockOf("12:00"))
		if _, err := w.book.Finish(t.Context(), "r1", all[1].ID, reminders.Finish{Device: "speaker", At: w.now}); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("after the yes", w.heard[2:], "r1 lower check_in_missed", "r1 lower check_in_missed")

		w.until(clockOf("2 09:01"), 5*time.Minute)
		no := w.occurrences(clockOf("2 00:00"), clockOf("2 10:00"))[0]
		if err := w.book.Refuse(t.Context(), "r1", no.ID, reminders.Refuse{Device: "speaker"}); err != nil {
			t.Fatal(err)
		}
		w.until(clockOf("2 11:01"), 5*time.Minute)
		later := w.occurrences(clockOf("2 10:30"), clockOf("2 12:00"))[0]
		if _, err := w.book.Finish(t.Context(), "r1", later.ID, reminders.Finish{Device: "speaker", At: w.now}); err != nil {
			t.Fatal(err)
		}
		w.work()
		w.expect("after a no and another's yes", w.heard[4:], "r1 raise check_in_missed refused Are you all right? (critical) before: 1")
	})
}

// box is what an outbox has told.
type box struct {
	mu     sync.Mutex
	told   []string
	broken error
}

func (b *box) empty(t *testing.T, w *world) {
	err := reminders.NewOutbox(w.db, w.clock).Empty(t.Context(), b.tell(w))
	if !errors.Is(err, b.broken) {
		t.Error(err)
	}
}

func (b *box) tell(w *world) func(context.Context, []reminders.Telling) []error {
	return func(_ context.Context, all []reminders.Telling) []error {
		b.mu.Lock()
		defer b.mu.Unlock()
		errs := make([]error, len(all))
		for i, t := range all {
			if errs[i] = b.broken; b.broken != nil {
				continue
			}
			b.told = append(b.told, fmt.Sprintf("%s %s %s %d", w.clock().In(shanghai).Format("15:04"), t.Words.Says, t.Words.What.EN, t.N))
		}
		return errs
	}
}

// Of several servers that look at once one tells; what was done meanwhile is not
// told, and what could not be told is told later, unless it is too late.
func TestTheOutboxTellsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.teller = reminders.NewOutbox(w.db, w.clock)
		w.restart()
		w.remind(reminders.Reminder{What: "Aspirin", Stock: &reminders.Stock{Left: 2, PerDose: 1, RefillAt: 1, Refill: "c1"}}, "daily at 08:00")
		var b box
		w.until(clockOf("08:00"), time.Minute)
		var at sync.WaitGroup
		for range 4 {
			at.Go(func() { b.empty(t, w) })
		}
		at.Wait()
		w.expect("told", b.told, "08:00 now Aspirin 1")

		w.until(clockOf("08:15"), time.Minute)
		b.broken = errors.New("no broker")
		b.empty(t, w)
		b.broken = nil
		w.until(clockOf("08:20"), time.Minute)
		b.empty(t, w)
		w.expect("told later", b.told[1:], "08:20 again Aspirin 2")

		w.until(clockOf("08:30"), time.Minute)
		w.says(vitals.MedicationDispensed, 1, w.now) // taken as it was to be told
		b.empty(t, w)
		w.expect("told when it was done", b.told[2:], "08:30 refill Aspirin 1")

		w.until(clockOf("2 08:11"), time.Minute)
		b.empty(t, w)
		w.expect("told too late", b.told[3:])
		if o := w.occurrences(clockOf("2 00:00"), clockOf("2 12:00"))[0]; !o.Untold() || o.Status != reminders.Due {
			t.Errorf("what was told too late is %+v", o)
		}
		if o := w.occurrences(clockOf("00:00"), clockOf("12:00"))[0]; o.Told != 2 {
			t.Errorf("what was told twice is %+v", o)
		}
		// A refill that is not needed any more is not told.
		all, err := w.book.List(t.Context(), "r1")
		if err != nil {
			t.Fatal(err)
		}
		for _, left := range []float64{20, 1, 20} {
			if _, err := w.book.SetStock(t.Context(), "r1", all[0].ID, left, "u1"); err != nil {
				t.Fatal(err)
			}
		}
		b.empty(t, w)
		w.expect("told of what there is", b.told[3:])
		if _, err := w.book.SetStock(t.Context(), "r1", all[0].ID, 1, "u1"); err != nil {
			t.Fatal(err)
		}
		b.empty(t, w)
		w.expect("told", b.told[3:], "08:11 refill Aspirin 1")
	})
}

// What a link closes.
func TestWhatMayBeFinished(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.remind(reminders.Reminder{What: "Aspirin"}, "daily at 08:00, 20:00")
		w.until(clockOf("08:05"), time.Minute)
		all := w.occurrences(morning, clockOf("2 00:00"))
		ids := []string{all[0].ID, all[1].ID, "gone"}
		open, err := w.book.Open(t.Context(), ids)
		if err != nil || !slices.Equal(open, ids[:1]) {
			t.Errorf("open are %q, %v", open, err)
		}
		if err := w.book.FinishAll(t.Context(), ids, "contact:c1"); err != nil {
			t.Fatal(err)
		}
		closed, err := w.book.Closed(t.Context(), w.db, ids)
		if err != nil || closed[ids[0]] != "it is done" || closed[ids[1]] != "" || closed["gone"] == "" {
			t.Errorf("closed are %v, %v", closed, err)
		}
		if o := w.occurrences(morning, clockOf("2 00:00"))[0]; o.By != "contact:c1" || o.Status != reminders.Done {
			t.Errorf("it became %+v", o)
		}
		open, err = w.book.Open(t.Context(), ids)
		if err != nil || len(open) != 0 || strings.Join(w.heard, "") != "" {
			t.Errorf("open are %q, %v", open, err)
		}
	})
}
