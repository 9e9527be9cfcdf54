package timetable

import (
	"slices"
	"strings"
	"testing"
)

func TestWhatIsNoPattern(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "it is none",
		"soon":                                   "does not begin with",
		"daily":                                  "want at and times",
		"daily at":                               "want at and times",
		"daily at 8":                             `"8" is not a time`,
		"daily at 08:00, 08:05":                  "closer than ten minutes",
		"every funday at 08:00":                  "no day of the week",
		"every m at 08:00":                       "no day of the week",
		"every 0 days from 2026-01-01 at":        "want 1 to 366",
		"every 3 days at 08:00":                  "no day of the week",
		"every 3 years from 2026-01-01 at 08:00": "want days or months",
		"every 8h":                               "it is none",
		"every 20m from 2026-03-01T06:00+08:00":  "want whole minutes",
		"every 8h from 2026-03-01T06:00":         "how far that is from UTC",
		"once 2026-02-30 08:00":                  "not a date",
		"once 9999-02-03 08:00":                  "too far away",
		"once 2026-02-03":                        "want a day and a time",
		"cron 30 7 * *":                          "want five fields",
		"cron TZ=UTC 30 7 * *":                   "want five fields",
		"cron @every 1h":                         "want five fields",
		"cron * * * * *":                         "closer",
		"cron 0,55 * * * *":                      "closer",
		"cron 0 0 30 2 *":                        "no such day",
		"cron 61 7 * * *":                        "above maximum",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestPatternsOfDays(t *testing.T) {
	for _, c := range []struct {
		pattern  string
		from, to string
		want     string
	}{
		{"every 3 days from 2026-02-27 at 09:00", "2026-02-25", "2026-03-07", "02-27 03-02 03-05"},
		{"every 2 months from 2025-12-31 at 09:00", "2026-01-01", "2026-07-01", "02-28 04-30 06-30"},
		{"every tue, sun at 09:00", "2026-03-01", "2026-03-11", "03-01 03-03 03-08 03-10"},
		{"once 2026-03-05 09:00", "2026-03-01", "2026-03-11", "03-05"},
		{"cron 0 9 1,15 * *", "2026-03-01", "2026-04-02", "03-01 03-15 04-01"},
		{"cron 0 9 * * MON-FRI", "2026-03-06", "2026-03-11", "03-06 03-09 03-10"},
	} {
		var got []string
		for _, s := range plan(t, c.pattern, "UTC").Between(wall(day(t, c.from)), wall(day(t, c.to))) {
			got = append(got, s.Due.Format("01-02"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.pattern, got, c.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, p := range patterns {
		f.Add(p)
	}
	f.Add("cron TZ=0")
	f.Add("every 1h from 2026-03-01T06:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q is written as %q, which is read as %q, %v", text, p, again, err)
		}
		d := day(t, "2026-03-29")
		if times := p.on(d); !slices.IsSorted(times) || len(times) > 24*6 {
			t.Fatalf("%q: on %s %v", text, d, times)
		}
	})
}
