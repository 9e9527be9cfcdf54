package web

import (
	"strings"
	"testing"

	"github.com/anxin-care/anxin/records/healthfile"
)

// Whatever is wrong in a file, each language says in its own words what is wanted.
func TestEachFieldOfTheFileSaysWhatItWants(t *testing.T) {
	for _, l := range loaded(t) {
		for _, k := range healthfile.Kinds() {
			for _, f := range healthfile.Fields(k) {
				if f.Type == healthfile.YesOrNo {
					continue // a tick is never wrong
				}
				says := l.wanted(FileField{Name: f.Name, Type: string(f.Type), Needed: f.Needed, Longest: f.Longest})
				if says == "" || strings.HasPrefix(says, "file.wrong_") || strings.Contains(says, "{") || strings.Contains(says, " 0 ") {
					t.Errorf("%s, %s of %s: %q", l.Tag, f.Name, k, says)
				}
			}
		}
	}
}

// The schedule of a medicine is told in words, as that of its reminder is.
func TestAScheduleOnFileIsSaidInWords(t *testing.T) {
	fields := []FileField{{Name: "schedule", Type: "line"}}
	for schedule, want := range map[string]string{
		"daily at 08:00, 20:00":    "每天 08:00, 20:00",
		"every mon, thu at 09:00":  "周一、周四 09:00",
		"Daily at 8:00,20:00":      "每天 08:00, 20:00",
		"every 3 days at midnight": "every 3 days at midnight",
		"":                         "",

		"every 3 days from 2026-03-01 at 09:00":   "从 2026-03-01 起每 3 天 09:00",
		"every 1 months from 2026-03-31 at 09:00": "从 2026-03-31 起每月 09:00",
		"every 8h from 2026-03-01T06:00+08:00":    "从 2026-03-01 06:00 起每 8 小时",
	} {
		if got := loaded(t)[1].said(fields, "schedule", map[string][]string{"schedule": {schedule}}); got != want {
			t.Errorf("%s: %q, want %q", schedule, got, want)
		}
	}
}
