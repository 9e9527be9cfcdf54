package alerts

import "time"

// The night on a resident's clock, in hours: when an alert wakes somebody. They
// are the quiet hours of Anxin's clinical catalogue, section 6.
const (
	nightFrom = 22
	nightTo   = 7
)

// AtNight reports whether a moment, on a resident's clock, is in the night: from
// 22:00 to 07:00.
func AtNight(at time.Time) bool { return at.Hour() >= nightFrom || at.Hour() < nightTo }
