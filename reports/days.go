package reports

import (
	"time"

	"github.com/anxin-care/anxin/timeline"
)

// Period is some days of a resident's clock.
type Period struct {
	// First is some moment of the first day, in the resident's zone.
	First time.Time
	N     int // days
}

// Until is the period of n days up to and with the day of t, in t's zone.
func Until(t time.Time, n int) Period {
	y, m, d := t.Date()
	return Period{time.Date(y, m, d-n+1, 12, 0, 0, 0, t.Location()), n}
}

// Start is when day i begins; that of day N is the period's end. A day is 23 or 25
// hours long when the clocks change.
func (p Period) Start(i int) time.Time {
	y, m, d := p.First.Date()
	return time.Date(y, m, d+i, 0, 0, 0, 0, p.First.Location())
}

// End is when the period ends.
func (p Period) End() time.Time { return p.Start(p.N) }

// Hours is how long day i is.
func (p Period) Hours(i int) float64 { return p.Start(i + 1).Sub(p.Start(i)).Hours() }

// Day is which day holds t, and false when none does.
func (p Period) Day(t time.Time) (int, bool) {
	y, m, d := t.In(p.First.Location()).Date()
	fy, fm, fd := p.First.Date()
	i := int(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Sub(time.Date(fy, fm, fd, 0, 0, 0, 0, time.UTC)).Hours() / 24)
	return i, i >= 0 && i < p.N
}

// Moment is where t is in the period, in days: 1.5 is the middle of the second.
func (p Period) Moment(t time.Time) float64 {
	i, _ := p.Day(t)
	return float64(i) + t.Sub(p.Start(i)).Hours()/p.Hours(i)
}

// Day is what a day's readings of one metric come to. Without readings, Count is 0.
type Day struct {
	Count         int
	Sum, Min, Max float64
	Hours         int // in which there was a reading
}

// Mean is the mean of the day's readings.
func (d Day) Mean() float64 { return d.Sum / float64(max(1, d.Count)) }

// step is the length of the windows that days are made of. They are aligned to hours of
// UTC: where a zone is off by a part of an hour, the half hour about midnight counts to
// the day that has the most of it.
const step = time.Hour

// Fold makes days of hours.
func (p Period) Fold(hours []timeline.Summary) []Day {
	days := make([]Day, p.N)
	for _, h := range hours {
		i, ok := p.Day(h.At.Add(step / 2))
		if !ok || h.Count == 0 {
			continue
		}
		d := &days[i]
		if d.Count == 0 {
			d.Min, d.Max = h.Min, h.Max
		}
		d.Count, d.Sum, d.Hours = d.Count+h.Count, d.Sum+h.Sum, d.Hours+1
		d.Min, d.Max = min(d.Min, h.Min), max(d.Max, h.Max)
	}
	return days
}
