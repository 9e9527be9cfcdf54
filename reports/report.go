package reports

import (
	"time"

	"github.com/anxin-care/anxin/vitals"
)

// Report is what is known of some days of a resident, to be read and printed.
type Report struct {
	// Measured are the days; a part that the reader may not see is not there.
	Measured       Measured
	Vitals, Alerts bool
	// Limits are those of the resident by metric, where the reader may see what the
	// rules go by.
	Limits map[vitals.Metric][]Limit
	// Pressures are the newest of the period, the oldest of these first; MorePressures
	// says that there were others before.
	Pressures     []Pressure
	MorePressures bool
	Weights       []Weight
	Raised        []Alert
	// MoreRaised says that there were others before.
	MoreRaised bool
	Reminders  []Adherence
	Situations []Situation
	// Since is when the resident was taken in: of the days before, nothing is known.
	Since time.Time
	Now   time.Time
}

// Limit is a threshold of the alert rules: a lower one, or an upper.
type Limit struct {
	Lower bool
	Value float64
}

// Pressure is one measuring of the blood pressure.
type Pressure struct {
	At                  time.Time
	Systolic, Diastolic float64
}

// Weight is one weighing.
type Weight struct {
	At    time.Time
	Value float64 // kg
}

// Adherence is how a reminder went week by week, the oldest first.
type Adherence struct {
	What  Text
	Weeks []ReminderWeek
}

// ReminderWeek is how a reminder went in a week.
type ReminderWeek struct {
	Week
	Reminder
}

const (
	// trendDays and trendPoints are how long and how often something is measured before
	// a line is drawn through it.
	trendDays, trendPoints = 7, 3
)

// Trend is the straight line through weighings that lies nearest to all of them (least
// squares), at the first and the last; false while they are too few.
func Trend(p Period, all []Weight) (first, last float64, ok bool) {
	n := float64(len(all))
	if len(all) < trendPoints || p.Moment(all[len(all)-1].At)-p.Moment(all[0].At) < trendDays {
		return 0, 0, false
	}
	var sx, sy, sxx, sxy float64
	for _, w := range all {
		x := p.Moment(w.At)
		sx, sy, sxx, sxy = sx+x, sy+w.Value, sxx+x*x, sxy+x*w.Value
	}
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	at := func(w Weight) float64 { return sy/n + slope*(p.Moment(w.At)-sx/n) }
	return at(all[0]), at(all[len(all)-1]), true
}
