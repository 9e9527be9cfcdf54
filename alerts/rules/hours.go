package rules

import (
	"fmt"
	"time"
)

// Hours are a part of the day on the resident's clock, such as "22:00-06:00".
// They may go over midnight. The zero value is the whole day.
type Hours struct {
	// From and To are minutes after midnight; To is not part of it.
	From, To int
}

// ParseHours reads what [Hours.String] writes.
func ParseHours(text string) (Hours, error) {
	var h1, m1, h2, m2 int
	n, err := fmt.Sscanf(text+"\n", "%02d:%02d-%02d:%02d\n", &h1, &m1, &h2, &m2)
	if err != nil || n != 4 || len(text) != len("22:00-06:00") || h1 > 23 || h2 > 23 || m1 > 59 || m2 > 59 || h1*60+m1 == h2*60+m2 {
		return Hours{}, fmt.Errorf("%q are no hours of the day: want such as 22:00-06:00", text)
	}
	return Hours{From: h1*60 + m1, To: h2*60 + m2}, nil
}

func (h Hours) String() string {
	if h == (Hours{}) {
		return ""
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", h.From/60, h.From%60, h.To/60, h.To%60)
}

// IsZero reports whether it is the whole day.
func (h Hours) IsZero() bool { return h == Hours{} }

// MarshalText implements [encoding.TextMarshaler].
func (h Hours) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (h *Hours) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*h = Hours{}
		return nil
	}
	*h, err = ParseHours(string(text))
	return err
}

// Include reports whether a moment of the local clock is among them.
func (h Hours) Include(local time.Time) bool {
	minute := local.Hour()*60 + local.Minute()
	switch {
	case h.From == h.To:
		return true
	case h.From < h.To:
		return minute >= h.From && minute < h.To
	}
	return minute >= h.From || minute < h.To
}

// Next is when they next begin or end after a moment of the local clock; the
// zero time for the whole day. Where the clock is set forward or back, it is
// the moment that the clock then shows.
func (h Hours) Next(local time.Time) time.Time {
	if h.From == h.To {
		return time.Time{}
	}
	var next time.Time
	for day := range 2 {
		for _, minute := range [2]int{h.From, h.To} {
			at := time.Date(local.Year(), local.Month(), local.Day()+day, minute/60, minute%60, 0, 0, local.Location())
			if at.After(local) && (next.IsZero() || at.Before(next)) {
				next = at
			}
		}
	}
	return next
}
