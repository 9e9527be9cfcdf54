package reports

import (
	"math"
	"slices"

	"github.com/anxin-care/anxin/vitals"
)

// Figure is what a metric comes to in a week, beside what is usual for the same person.
type Figure struct {
	Metric vitals.Metric
	// Days is on how many days it was measured well enough to count, Known that these
	// are enough to say what the week was like: only then Value, the mean of the days,
	// is of use. Min and Max are the week's least and most, with all days.
	Days     int
	Known    bool
	Value    float64
	Min, Max float64
	Readings int
	// Weeks is how many of the weeks before it is compared with, 0 while they are too
	// few. Usual is their median, and Spread how far from it a week may be for this
	// person without being news.
	Weeks         int
	Usual, Spread float64
	// Expected is set where it was measured in most of the weeks before.
	Expected bool
}

// Change is how far the week is from what is usual.
func (f *Figure) Change() float64 { return f.Value - f.Usual }

// Compared reports whether there is something to compare the week with.
func (f *Figure) Compared() bool { return f.Known && f.Weeks > 0 }

// Notable reports whether the week lies outside of the person's own spread.
func (f *Figure) Notable() bool { return f.Compared() && math.Abs(f.Change()) > f.Spread }

const (
	// WeeksBefore is how many weeks before one it is compared with, leastWeeks how many
	// of them must be known.
	WeeksBefore, leastWeeks = 8, 4
	// wornDays is on how many days what is measured all the time must have been measured,
	// to make a week of it: so studies with worn step counters do (Troiano 2008,
	// doi:10.1249/mss.0b013e31815a51b3).
	wornDays = 4
	// wholeDay is how many hours with readings make a day in any case. A day of somebody
	// who is measured in fewer hours counts from half as many on as such a day usually
	// has: the mean or sum of a smaller part of it would not be that of a day.
	wholeDay = 10
)

// farAway is the modified z-score from which Iglewicz and Hoaglin (How to Detect and
// Handle Outliers, 1993) call a value an outlier; zOfMAD makes one of a distance in
// median absolute deviations.
const farAway, zOfMAD = 3.5, 0.6745

// habit is how a metric makes a week's figure.
type habit struct {
	value func(Day) float64 // a day's
	days  int               // that make a week
	// floor is the smallest change worth a word, whatever the spread; share the same as
	// a part of what is usual. They are our choice, to be read over by a clinician: about
	// what such devices may differ by themselves.
	floor, share float64
}

func sum(d Day) float64  { return d.Sum }
func most(d Day) float64 { return d.Max }

// habits are those of the metrics in a week's figures, in their order.
var habits = []struct {
	metric vitals.Metric
	habit
}{
	{vitals.HeartRate, habit{Day.Mean, wornDays, 5, 0}},
	{vitals.BPSystolic, habit{Day.Mean, 2, 8, 0}},
	{vitals.BPDiastolic, habit{Day.Mean, 2, 5, 0}},
	{vitals.SpO2, habit{Day.Mean, wornDays, 2, 0}},
	{vitals.RespiratoryRate, habit{Day.Mean, wornDays, 2, 0}},
	{vitals.BodyTemperature, habit{Day.Mean, 2, 0.3, 0}},
	{vitals.GlucoseFasting, habit{Day.Mean, 2, 1, 0}},
	{vitals.Glucose2hPostprandial, habit{Day.Mean, 2, 1, 0}},
	{vitals.GlucoseRandom, habit{Day.Mean, 2, 1, 0}},
	{vitals.GlucoseCGM, habit{Day.Mean, wornDays, 1, 0}},
	{vitals.BodyWeight, habit{Day.Mean, 1, 1, 0}},
	{vitals.StepCount, habit{sum, wornDays, 500, 0.2}},
	{vitals.SleepDuration, habit{most, wornDays, 45, 0}},
}

// Figures are those of the last week of what was measured, beside the weeks before in
// it. What was never measured has none.
func Figures(m *Measured) (figures []Figure) {
	for _, h := range habits {
		days, ok := m.Of[h.metric]
		if !ok {
			continue
		}
		last := len(days) - 7
		hours := hoursOf(days)
		f := h.week(days[last:], hours)
		f.Metric = h.metric
		if h.metric == vitals.StepCount {
			f.Min, f.Max = sums(days[last:])
		}
		var before []float64
		for from := last - 7; from >= 0; from -= 7 {
			if w := h.week(days[from:from+7], hours); w.Known {
				before = append(before, w.Value)
			}
		}
		f.Expected = 2*len(before) > last/7
		if len(before) >= leastWeeks {
			f.Weeks = len(before)
			f.Usual, f.Spread = usual(before)
			f.Spread = max(f.Spread, h.floor, h.share*f.Usual)
		}
		if f.Readings > 0 || f.Expected {
			figures = append(figures, f)
		}
	}
	return figures
}

// hoursOf is in how many hours a day of a metric must have readings, to count.
func hoursOf(days []Day) int {
	var hours []float64
	for _, d := range days {
		if d.Count > 0 {
			hours = append(hours, float64(d.Hours))
		}
	}
	if len(hours) == 0 {
		return 1
	}
	return int(min(wholeDay, math.Ceil(median(hours)/2)))
}

// week is what seven days come to, without the weeks before.
func (h habit) week(days []Day, hours int) (f Figure) {
	total := 0.0
	for _, d := range days {
		if d.Count == 0 {
			continue
		}
		if f.Readings == 0 {
			f.Min, f.Max = d.Min, d.Max
		}
		f.Readings += d.Count
		f.Min, f.Max = min(f.Min, d.Min), max(f.Max, d.Max)
		if d.Hours >= hours {
			f.Days++
			total += h.value(d)
		}
	}
	if f.Known = f.Days >= h.days; f.Known {
		f.Value = total / float64(f.Days)
	}
	return f
}

// sums are the least and the most that days with readings come to.
func sums(days []Day) (least, greatest float64) {
	first := true
	for _, d := range days {
		if d.Count == 0 {
			continue
		}
		if first {
			least, first = d.Sum, false
		}
		least, greatest = min(least, d.Sum), max(greatest, d.Sum)
	}
	return least, greatest
}

// usual is the median of some values, and how far from it one is no outlier.
func usual(values []float64) (middle, spread float64) {
	middle = median(values)
	away := make([]float64, len(values))
	for i, v := range values {
		away[i] = math.Abs(v - middle)
	}
	return middle, farAway * median(away) / zOfMAD
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}
