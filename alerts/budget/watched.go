package budget

import "time"

// Watched is for how long each resident was watched over, those without any alert
// too: what all counts of alerts are divided by.
type Watched map[string]time.Duration

// Add adds a resident in a period: from its beginning, or from since when they are
// watched over where that is later, to its end. A zero since is always.
func (w Watched) Add(resident string, since, from, to time.Time) {
	if since.After(from) {
		from = since
	}
	w[resident] = max(0, to.Sub(from))
}

// Weeks are the weeks of all residents together.
func (w Watched) Weeks() float64 { return w.whole().Hours() / week.Hours() }

// PerWeek is how many of so many alerts there were a resident and week.
func (w Watched) PerWeek(alerts int) float64 { return rate(alerts, w.whole(), week) }

func (w Watched) whole() (whole time.Duration) {
	for _, d := range w {
		whole += d
	}
	return whole
}

// rate is how many there are in a unit of the time watched. A shorter time counts
// as one unit: one alert on the first day is not seven a week.
func rate(n int, watched, unit time.Duration) float64 {
	return float64(n) * unit.Hours() / max(watched, unit).Hours()
}
