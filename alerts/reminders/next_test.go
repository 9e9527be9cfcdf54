package reminders_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/store"
)

// The next times are those of the clock where the resident is, however far away, and
// nothing is kept for it.
func TestTheNextTimes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for schedule, want := range map[string]string{
			"daily at 08:00, 20:00":                    "12-01 08:00, 12-01 20:00, 12-02 08:00",
			"once 2026-12-24 09:00":                    "12-24 09:00",
			"once 2026-11-01 09:00":                    "",
			"every 12 months from 2026-01-15 at 09:00": "01-15 09:00, 01-15 09:00, 01-15 09:00",
			"cron 30 7 * * 1":                          "12-07 07:30, 12-14 07:30, 12-21 07:30",
			"every 8h from 2026-03-01T06:00+08:00":     "12-01 06:00, 12-01 14:00, 12-01 22:00",
		} {
			times, err := w.book.Next(t.Context(), reminders.Reminder{Resident: "r1", Kind: reminders.Exercise, What: "x", Schedule: pattern(t, schedule)}, 3)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range times {
				got = append(got, at.In(shanghai).Format("01-02 15:04"))
			}
			if strings.Join(got, ", ") != want {
				t.Errorf("%s: %q, want %q", schedule, got, want)
			}
		}
		if _, err := w.book.Next(t.Context(), reminders.Reminder{Resident: "r1", Kind: reminders.Exercise}, 3); !errors.Is(err, store.ErrInvalid) {
			t.Errorf("of nothing: %v", err)
		}
		if all, err := w.book.List(t.Context(), "r1"); err != nil || len(all) != 0 {
			t.Errorf("%d were kept: %v", len(all), err)
		}
	})
}
