package zones

import "time"

// Wall is the moment at which the clock on the wall in zone shows that many
// minutes after midnight of a day; 24 hours are midnight of the next. A time
// that the clock leaps over is the moment of its leap, one that it shows twice
// the first of the two. So a later time is never an earlier moment, and what ends
// when another begins leaves no gap in any night.
func Wall(year int, month time.Month, day, minute int, zone *time.Location) time.Time {
	shown := time.Date(year, month, day, 0, minute, 0, 0, time.UTC) // the clock's face
	t := time.Date(year, month, day, 0, minute, 0, 0, zone)
	begins, ends := t.ZoneBounds()
	switch face := face(t); {
	case face.After(shown): // leapt over: t is shown as it would have been before
		return begins.In(zone)
	case face.Before(shown):
		return ends.In(zone)
	}
	if begins.IsZero() {
		return t
	}
	_, before := begins.Add(-time.Second).Zone()
	if first := shown.Add(-time.Duration(before) * time.Second); first.Before(begins) {
		return first.In(zone)
	}
	return t
}

// face is what the clock on the wall shows at t, as a time in UTC.
func face(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
