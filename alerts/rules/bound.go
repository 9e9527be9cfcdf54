package rules

import "github.com/anxin-care/anxin/vitals"

// Bound is a [Comparison] of a condition, with what is compared.
type Bound struct {
	Comparison

	actual, limit func(*Look) (float64, bool)
	// newest is the metric of a group that was measured last; nil for no group.
	newest func(*Look) vitals.Metric
}

// Comparison is of a metric, or of one number about its past, with a limit: what
// can be drawn as a line beside the readings.
type Comparison struct {
	Metric vitals.Metric
	// Fn is "" for the newest value, else "avg", "min" or "max" over Span.
	Fn   string
	Span Span
	Op   string // "<", "<=", ">", ">=", "==" or "!="
}

// Of is what was compared at one moment, what it came to, and the limit; false
// when one of these is not known.
func (b Bound) Of(f Facts) (c Comparison, actual, limit float64, ok bool) {
	l := &Look{Facts: f}
	actual, known := b.actual(l)
	limit, knownToo := b.limit(l)
	c = b.Comparison
	if b.newest != nil {
		c.Metric = b.newest(l)
	}
	return c, actual, limit, known && knownToo
}

// Passed reports whether a value is on the side of the limit that the
// comparison asks for.
func (c Comparison) Passed(actual, limit float64) bool { return compares(actual, c.Op, limit) }

// mirrored is the comparison read from its other side.
var mirrored = map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}

// bound notes a comparison of a metric with what is none.
func (c *compiler) bound(left, right term, op string) {
	if left.kind != number {
		return
	}
	if left.metric == 0 && right.metric != 0 {
		left, right, op = right, left, mirrored[op]
	}
	if left.metric == 0 || right.metric != 0 {
		return
	}
	c.bounds = append(c.bounds, Bound{Comparison{Metric: left.metric, Fn: left.fn, Span: left.span, Op: op}, left.value, right.value, left.newest})
}
