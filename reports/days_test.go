package reports

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/timeline"
)

func TestParseWeek(t *testing.T) {
	t.Parallel()
	for text, monday := range map[string]string{"2026-W48": "2026-11-23", "2020-W53": "2020-12-28", "2021-W01": "2021-01-04", "2026-W01": "2025-12-29"} {
		w, err := ParseWeek(text)
		if err != nil || w.Days(time.UTC).Start(0).Format(time.DateOnly) != monday || w.String() != text || WeekOf(w.Days(time.UTC).Start(6)) != w {
			t.Errorf("%s: %v %v begins on %s", text, w, err, w.Days(time.UTC).Start(0))
		}
	}
	for _, text := range []string{"", "2026-W54", "2025-W53", "2026-W00", "2026-W1", "2026-48", "2026-W48 ", "last", "-026-W48"} {
		if w, err := ParseWeek(text); err == nil {
			t.Errorf("%q is %v", text, w)
		}
	}
	if w := (Week{2026, 1}).Plus(-1); w != (Week{2025, 52}) {
		t.Errorf("before 2026-W01 is %v", w)
	}
}

func FuzzParseWeek(f *testing.F) {
	f.Add("2026-W48")
	f.Add("2020-W53")
	f.Fuzz(func(t *testing.T, s string) {
		if w, err := ParseWeek(s); err == nil && (w.String() != s || w.Plus(1).Plus(-1) != w) {
			t.Errorf("%q is %v", s, w)
		}
	})
}

// TestHoursAreFoldedToLocalDays has the longest and the shortest day of a year, and a
// zone that is off by a quarter of an hour.
func TestHoursAreFoldedToLocalDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone  string
		last  time.Time
		hours []int
	}{
		{"Europe/Berlin", time.Date(2026, 3, 30, 0, 0, 0, 0, time.UTC), []int{24, 23, 24}},
		{"Europe/Berlin", time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC), []int{24, 25, 24}},
		{"Asia/Shanghai", time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), []int{24, 24, 24}},
		{"Asia/Kathmandu", time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), []int{24, 24, 24}},
	} {
		z := zone(t, c.zone)
		y, m, d := c.last.Date()
		p := Until(time.Date(y, m, d, 8, 0, 0, 0, z), 3)
		var hours []timeline.Summary
		for at := p.Start(0).Add(-50 * time.Hour).Truncate(time.Hour); at.Before(p.End().Add(50 * time.Hour)); at = at.Add(time.Hour) {
			hours = append(hours, timeline.Summary{At: at.UTC(), Count: 1, Sum: 2, Min: 2, Max: 2})
		}
		for i, day := range p.Fold(hours) {
			if day.Hours != c.hours[i] || day.Count != c.hours[i] || day.Mean() != 2 || p.Hours(i) != float64(c.hours[i]) {
				t.Errorf("%s, day %d: %+v of %v hours, want %d", c.zone, i, day, p.Hours(i), c.hours[i])
			}
		}
		if noon := p.Moment(p.Start(1).Add(time.Duration(p.Hours(1)/2) * time.Hour)); noon < 1.45 || noon > 1.55 {
			t.Errorf("%s: the middle of the second day is at %v", c.zone, noon)
		}
	}
}
