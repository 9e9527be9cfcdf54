package reports

import (
	"fmt"
	"time"
)

// Week is a week of ISO 8601: it begins on Monday, and the first of a year has its
// first Thursday.
type Week struct{ Year, N int }

// WeekOf is the week of t, by t's clock.
func WeekOf(t time.Time) Week {
	year, n := t.ISOWeek()
	return Week{year, n}
}

// ParseWeek reads "2026-W48".
func ParseWeek(s string) (Week, error) {
	var w Week
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &w.Year, &w.N); err != nil || w.Year < 1 || w.String() != s || WeekOf(w.thursday(time.UTC)) != w {
		return Week{}, fmt.Errorf("%q is no week such as 2026-W48", s)
	}
	return w, nil
}

// String is the week as "2026-W48".
func (w Week) String() string { return fmt.Sprintf("%04d-W%02d", w.Year, w.N) }

// thursday is noon of the week's fourth day. The fourth of January lies in the first.
func (w Week) thursday(zone *time.Location) time.Time {
	fourth := time.Date(w.Year, time.January, 4, 12, 0, 0, 0, zone)
	sinceMonday := (int(fourth.Weekday()) + 6) % 7
	return fourth.AddDate(0, 0, 7*(w.N-1)-sinceMonday+3)
}

// Days are the week's days by the clock of a zone.
func (w Week) Days(zone *time.Location) Period {
	return Period{w.thursday(zone).AddDate(0, 0, -3), 7}
}

// Plus is the week so many later.
func (w Week) Plus(weeks int) Week { return WeekOf(w.thursday(time.UTC).AddDate(0, 0, 7*weeks)) }
