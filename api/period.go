package api

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/anxin-care/anxin/timeline"
)

// ahead is how far from now the newest reading may be: a device's clock is
// believed up to there (ingest/clock.go).
const ahead = 2 * time.Minute

// period reads from and to; the default is the last 24 hours and all that is
// newer.
func (a *API) period(from, to string) (q timeline.Query, err error) {
	now := a.now().UTC()
	q.From, q.To = now.Add(-24*time.Hour), now.Add(ahead+time.Millisecond)
	if to != "" {
		if q.To, err = parseTime(to); err != nil {
			return q, invalid("query.to", to, err.Error())
		}
		q.From = q.To.Add(-24 * time.Hour)
	}
	if from != "" {
		if q.From, err = parseTime(from); err != nil {
			return q, invalid("query.from", from, err.Error())
		}
	}
	if !q.From.Before(q.To) {
		return q, invalid("query.from", from, "from must be before to")
	}
	return q, nil
}

func parseTime(s string) (t time.Time, err error) {
	if ms, intErr := strconv.ParseInt(s, 10, 64); intErr == nil {
		t = time.UnixMilli(ms).UTC()
	} else {
		// A + that a client forgot to escape arrives as a space.
		t, err = time.Parse(time.RFC3339, strings.ReplaceAll(s, " ", "+"))
		t = t.UTC()
	}
	// RFC 3339, in which the answer says it again, has four digits for the year.
	if err != nil || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, errors.New("not a time: want 2026-11-23T08:00:00Z or Unix milliseconds")
	}
	return t, nil
}

// longestWindow keeps a window's length within a [time.Duration].
const longestWindow = 36_500 * 24 * time.Hour

// parseWindow reads a duration of whole milliseconds, days and weeks too.
func parseWindow(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	for suffix, length := range map[string]time.Duration{"d": 24 * time.Hour, "w": 7 * 24 * time.Hour} {
		if number, ok := strings.CutSuffix(s, suffix); ok {
			var n int
			n, err = strconv.Atoi(number)
			d = time.Duration(min(n, int(longestWindow/length)+1)) * length
		}
	}
	if err != nil || d < time.Second || d > longestWindow || d%time.Millisecond != 0 {
		return 0, errors.New("not a window: want 30s, 5m, 1h, 1d or 1w")
	}
	return d, nil
}
