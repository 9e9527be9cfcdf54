package store

import "time"

// Millis is a time as the tables keep it, in Unix milliseconds; 0, which is
// kept as NULL, for the zero time.
func Millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Time is the time, in UTC, that [Millis] made ms of.
func Time(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Now is the time, as exact as the tables keep it.
func Now() time.Time { return Time(time.Now().UnixMilli()) }
