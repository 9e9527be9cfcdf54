package reminders

import "time"

// quietHours are those of the day in which nothing is said aloud that can wait:
// the night, and the nap after noon (clinical catalogue, section 6).
var quietHours = []struct{ from, to time.Duration }{
	{-2 * time.Hour, 7 * time.Hour},
	{12*time.Hour + 30*time.Minute, 14 * time.Hour},
	{22 * time.Hour, 31 * time.Hour},
}

// afterQuiet is a moment, or the end of the quiet hours that it is in.
func afterQuiet(at time.Time, zone *time.Location) time.Time {
	local := at.In(zone)
	clock := time.Duration(local.Hour())*time.Hour + time.Duration(local.Minute())*time.Minute + time.Duration(local.Second())*time.Second
	for _, q := range quietHours {
		if q.from <= clock && clock < q.to {
			return time.Date(local.Year(), local.Month(), local.Day(), 0, 0, int(q.to/time.Second), 0, zone).In(at.Location())
		}
	}
	return at
}
