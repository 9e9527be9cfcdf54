package records

import (
	"time"

	"github.com/anxin-care/anxin/internal/zones"
)

// Hours are a part of every day, in minutes since midnight on the clock on the
// wall. They end on the next day when To is not after From.
type Hours struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// UsualQuiet are the quiet hours of who has said nothing of them: the night, and
// a nap after lunch. They are our choice; no guideline names any.
func UsualQuiet() []Hours { return []Hours{{22 * 60, 7 * 60}, {12*60 + 30, 14 * 60}} }

// QuietHours are the contact's own, or the usual ones.
func (c Contact) QuietHours() []Hours {
	if c.Quiet == nil {
		return UsualQuiet()
	}
	return c.Quiet
}

// QuietUntil is when the quiet hours that t lies in end, and the zero time when
// t lies in none.
func (c Contact) QuietUntil(t time.Time) time.Time {
	var until time.Time
	zone := c.Zone()
	hours := c.QuietHours()
	// One span may end in another; more than all of them in turn say nothing new.
	for range len(hours) + 1 {
		ends := latestEnd(hours, t, zone)
		if ends.IsZero() {
			break
		}
		t, until = ends, ends
	}
	return until
}

// latestEnd is the latest end of those hours that t lies in.
func latestEnd(hours []Hours, t time.Time, zone *time.Location) (ends time.Time) {
	y, m, d := t.In(zone).Date()
	for _, h := range hours {
		for _, day := range []int{d - 1, d} {
			from, to := h.on(y, m, day, zone)
			if !t.Before(from) && t.Before(to) && to.After(ends) {
				ends = to
			}
		}
	}
	return ends
}

// on is when the hours of a day begin and end.
func (h Hours) on(year int, month time.Month, day int, zone *time.Location) (from, to time.Time) {
	end := h.To
	if end <= h.From {
		end += 24 * 60
	}
	return zones.Wall(year, month, day, h.From, zone), zones.Wall(year, month, day, end, zone)
}
