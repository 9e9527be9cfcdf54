package zones

import (
	"testing"
	"time"
)

func TestWall(t *testing.T) {
	for _, c := range []struct {
		zone, day, clock, want string
	}{
		{"Asia/Shanghai", "2026-03-29", "02:30", "2026-03-28T18:30:00Z"},
		{"Asia/Shanghai", "2026-03-29", "24:00", "2026-03-29T16:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "01:59", "2026-03-29T00:59:00Z"},
		{"Europe/Berlin", "2026-03-29", "02:00", "2026-03-29T01:00:00Z"}, // leapt over
		{"Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00:00Z"},
		{"Europe/Berlin", "2026-10-25", "01:59", "2026-10-24T23:59:00Z"},
		{"Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00Z"}, // the first of two
		{"Europe/Berlin", "2026-10-25", "03:00", "2026-10-25T02:00:00Z"},
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z"},
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:30:00Z"}, // by half an hour
		{"Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45:00Z"},
		{"America/Santiago", "2026-09-06", "00:00", "2026-09-06T04:00:00Z"}, // midnight itself is leapt over
		{"America/Santiago", "2026-09-05", "24:00", "2026-09-06T04:00:00Z"},
		{"UTC", "2026-03-29", "02:30", "2026-03-29T02:30:00Z"},
	} {
		zone, err := Load(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		day, _ := time.Parse(time.DateOnly, c.day)
		minute := int(c.clock[0]-'0')*600 + int(c.clock[1]-'0')*60 + int(c.clock[3]-'0')*10 + int(c.clock[4]-'0')
		got := Wall(day.Year(), day.Month(), day.Day(), minute, zone)
		if got.UTC().Format(time.RFC3339) != c.want || got.Location() != zone {
			t.Errorf("%s %s in %s is %s, want %s", c.day, c.clock, c.zone, got.UTC().Format(time.RFC3339), c.want)
		}
	}
}

func TestWallNeverRunsBackwards(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Shanghai", "Africa/Casablanca", "Pacific/Apia"} {
		zone, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		last := time.Time{}
		for day := range 366 {
			for minute := 0; minute <= 1440; minute += 5 {
				at := Wall(2026, 1, 1+day, minute, zone)
				if at.Before(last) {
					t.Fatalf("%s: minute %d of day %d is %s, before %s", name, minute, day, at, last)
				}
				last = at
			}
		}
	}
}
