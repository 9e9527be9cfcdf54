package timelinetest

import (
	"sync"
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// testConcurrent reads while Retain moves hour after hour into roll-ups, late
// readings come in and other residents' go on: at no moment is a reading lost
// or counted twice.
func testConcurrent(t *testing.T, open Open) {
	s := open(t, "concurrent")
	const hours, perHour = 12, 20
	begin := noon().Add(-hours * time.Hour)
	var reports []vitals.Report
	for i := range hours * perHour {
		reports = append(reports, report("d1", "r1", begin.Add(time.Duration(i)*time.Hour/perHour), heart(1)))
	}
	add(t, s, 1, reports...)
	q := timeline.Query{Resident: "r1", Metric: vitals.HeartRate, From: begin, To: noon()}
	count := func() (n float64) {
		points, err := s.Aggregate(t.Context(), q, time.Hour, timeline.Count)
		if err != nil {
			t.Errorf("aggregate: %v", err)
		}
		for _, p := range points {
			n += p.Number
		}
		return n
	}
	var work, readers sync.WaitGroup
	done := make(chan struct{})
	readers.Go(func() {
		for last := float64(hours * perHour); ; {
			n := count()
			if n < last || n > hours*perHour+hours {
				t.Errorf("%v readings counted, after %v", n, last)
			}
			last = n
			select {
			case <-done:
				return
			default:
			}
		}
	})
	work.Go(func() {
		for i := range hours / 2 {
			if err := s.Retain(t.Context(), begin.Add(time.Duration(2*i+2)*time.Hour)); err != nil {
				t.Errorf("retain: %v", err)
			}
		}
	})
	work.Go(func() {
		for i := range hours { // late by as much as half a day
			late := report("late", "r1", begin.Add(time.Duration(i)*time.Hour), heart(1))
			other := report("d2", "r2", noon().Add(time.Duration(i)*time.Second), heart(2))
			if err := s.Append(t.Context(), []vitals.Report{late, other}, uint64(2+i)); err != nil {
				t.Errorf("append: %v", err)
			}
		}
	})
	work.Wait()
	close(done)
	readers.Wait()
	if n := count(); n != hours*perHour+hours {
		t.Errorf("%v readings at the end, want %d", n, hours*perHour+hours)
	}
	if got := read(t, s, heartRates("r2")); len(got) != hours {
		t.Errorf("%d readings of the other resident, want %d", len(got), hours)
	}
	cursorIs(t, s, 1+hours)
}
