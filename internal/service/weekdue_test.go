package service

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
)

func TestWhenWeeksAreTold(t *testing.T) {
	t.Parallel()
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	shanghai, london, auckland, berlin := zone("Asia/Shanghai"), zone("Europe/London"), zone("Pacific/Auckland"), zone("Europe/Berlin")
	long := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		contact, resident *time.Location
		now               time.Time
		since             time.Time
		told              string
		week              string // "" for not now
	}{
		"Monday morning":          {shanghai, shanghai, time.Date(2026, 11, 23, 8, 0, 0, 0, shanghai), long, "", "2026-W47"},
		"before it":               {shanghai, shanghai, time.Date(2026, 11, 23, 7, 59, 59, 0, shanghai), long, "", ""},
		"on Sunday":               {shanghai, shanghai, time.Date(2026, 11, 22, 23, 0, 0, 0, shanghai), long, "", ""},
		"we were down":            {shanghai, shanghai, time.Date(2026, 11, 25, 20, 0, 0, 0, shanghai), long, "2026-W46", "2026-W47"},
		"too late":                {shanghai, shanghai, time.Date(2026, 11, 26, 8, 0, 0, 0, shanghai), long, "", ""},
		"told already":            {shanghai, shanghai, time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai), long, "2026-W47", ""},
		"wished for after it":     {shanghai, shanghai, time.Date(2026, 11, 23, 10, 0, 0, 0, shanghai), time.Date(2026, 11, 23, 9, 0, 0, 0, shanghai), "", ""},
		"a son in London":         {london, shanghai, time.Date(2026, 11, 23, 8, 0, 0, 0, london), long, "", "2026-W47"},
		"the week is not over":    {auckland, london, time.Date(2026, 11, 23, 8, 0, 0, 0, auckland), long, "", ""},
		"it is over where she is": {auckland, london, time.Date(2026, 11, 23, 0, 0, 0, 0, london), long, "", "2026-W47"},
		"summer time began":       {berlin, berlin, time.Date(2026, 3, 30, 8, 0, 0, 0, berlin), long, "", "2026-W13"},
		"the year began":          {berlin, berlin, time.Date(2027, 1, 4, 8, 0, 0, 0, berlin), long, "2026-W52", "2026-W53"},
	} {
		w := records.Weekly{Zone: c.contact, Since: c.since, Told: c.told}
		week, until, due := weekDue(&w, c.resident, c.now)
		if due != (c.week != "") || due && (week.String() != c.week || !until.After(c.now)) {
			t.Errorf("%s: %v %v until %v, want %q", name, due, week, until, c.week)
		}
	}
	if w := (reports.Week{Year: 2026, N: 47}); len(w.String()) != weekLength {
		t.Errorf("a week's name is %q", w)
	}
}
