package backtest

import (
	"slices"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

// Plain is what a rule's first comparison alone would have given, as a plain
// threshold on single readings.
type Plain struct {
	// Readings are all that are beyond the threshold, Runs the times that it was
	// crossed.
	Readings int `json:"readings"`
	Runs     int `json:"runs"`
}

// thresholds are the plain ones of a set of rules.
type thresholds struct {
	all      []rules.Plain
	of       []int // whose rule each is
	byMetric map[vitals.Metric][]int
}

func plainOf(set *rules.Set) *thresholds {
	t := &thresholds{byMetric: map[vitals.Metric][]int{}}
	for _, i := range set.Of(rules.OfResident) {
		p, ok := set.Programs()[i].Plain()
		if !ok {
			continue
		}
		for _, m := range p.Metrics {
			t.byMetric[m] = append(t.byMetric[m], len(t.all))
		}
		t.all, t.of = append(t.all, p), append(t.of, i)
	}
	return t
}

// crossings count for one resident.
type crossings struct {
	*thresholds
	bounds []float64
	known  []bool
	over   []bool
	counts []Plain
}

// of a resident: a rule that is not for them has no threshold for them either.
func (t *thresholds) crossings(set *rules.Set, r *Resident) *crossings {
	n := len(t.all)
	c := &crossings{thresholds: t, bounds: make([]float64, n), known: make([]bool, n), over: make([]bool, n), counts: make([]Plain, n)}
	has := func(condition string) bool { return slices.Contains(r.Profile.Conditions, condition) }
	for i, p := range t.all {
		if set.Programs()[t.of[i]].Residents.Includes(r.ID, has) {
			c.bounds[i], c.known[i] = p.BoundFor(r.Profile.Limits, has)
		}
	}
	return c
}

// take counts the readings of a message that are fit for rules.
func (c *crossings) take(m *Message) {
	for i := range m.Samples {
		for _, v := range m.Samples[i].Values {
			if v.Marks.Unfit() {
				continue
			}
			for _, n := range c.byMetric[v.Metric] {
				if !c.known[n] {
					continue
				}
				over := c.all[n].Over(v.Metric.Round(v.Number), c.bounds[n])
				if over {
					c.counts[n].Readings++
					if !c.over[n] {
						c.counts[n].Runs++
					}
				}
				c.over[n] = over
			}
		}
	}
}
