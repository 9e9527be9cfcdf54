package rules

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr/ast"

	"github.com/anxin-care/anxin/vitals"
)

// function makes a term of a call. Part is what follows it, as in
// news2().red; "" for nothing.
type function func(c *compiler, n *ast.CallNode, part string) (term, error)

// functions are those of conditions. It is filled at the start, since the
// functions look it up for what to suggest.
var functions map[string]function

func init() {
	functions = map[string]function{
		"avg": windowed("avg", average), "min": least("min", math.Min, func(p Past) float64 { return p.Min }),
		"max": least("max", math.Max, func(p Past) float64 { return p.Max }),
		"sum": windowed("", func(p Past) (float64, bool) { return p.Sum, p.Count > 0 }), "delta": windowed("", difference),
		"slope": windowed("", slope), "days": windowed("", func(p Past) (float64, bool) { return float64(p.Days), true }),
		"daily": windowed("", func(p Past) (float64, bool) { return p.Sum / float64(max(p.Days, 1)), p.Days > 0 }),
		"count": count, "baseline": baseline, "age": age, "silent": silent, "news2": score, "threshold": limit,
		"hour": hour, "active": active, "episode": episode, "usual": usual,
	}
}

func (c *compiler) call(n *ast.CallNode, part ...string) (term, error) {
	id, ok := n.Callee.(*ast.IdentifierNode)
	if !ok {
		return term{}, c.wrong(n, "this has no place in a condition")
	}
	f, ok := functions[id.Value]
	if !ok {
		return term{}, c.wrong(n, "there is no function %s%s", id.Value, c.suggest(id.Value))
	}
	return f(c, n, strings.Join(part, "."))
}

// arguments checks how many there are, and that no part is asked for.
func (c *compiler) arguments(n *ast.CallNode, part string, least, most int) error {
	name := n.Callee.(*ast.IdentifierNode).Value
	switch {
	case part != "":
		return c.wrong(n, "%s() has no .%s", name, part)
	case len(n.Arguments) < least || len(n.Arguments) > most:
		return c.wrong(n, "%s() has %d arguments, want %s", name, len(n.Arguments), usage[name])
	}
	return nil
}

var usage = map[string]string{
	"avg": `avg(metric, "1h")`, "min": `min(metric, "1h")`, "max": `max(metric, "1h")`, "sum": `sum(metric, "1h")`,
	"delta": `delta(metric, "1h")`, "slope": `slope(metric, "1h")`, "days": `days(metric, "7d")`, "daily": `daily(metric, "7d")`,
	"count": `count(metric, "1h") or count(metric >= 160, "1h")`, "baseline": `baseline(metric, "14d")`,
	"age": "age(metric)", "silent": `silent(metric, "26h")`, "news2": "news2()", "threshold": `threshold("spo2.low")`,
	"hour": "hour()", "active": `active("5m")`, "episode": `episode("bathroom")`, "usual": `usual("quiet")`,
}

// windowed is a function of what is kept of a metric's window. Fn names one that
// gives a value of the metric, "" one that gives another number.
func windowed(fn string, of func(Past) (float64, bool)) function {
	return func(c *compiler, n *ast.CallNode, part string) (term, error) {
		if err := c.arguments(n, part, 2, 2); err != nil {
			return term{}, err
		}
		m, span, err := c.metricAndSpan(n)
		if err != nil {
			return term{}, err
		}
		t := c.past(n, Window{Metric: m, Span: span}, of)
		if fn != "" {
			t.metric, t.fn, t.span = m, fn, span
		}
		return t, nil
	}
}

func (c *compiler) metricAndSpan(n *ast.CallNode) (vitals.Metric, Span, error) {
	m, err := c.metric(n.Arguments[0])
	if err != nil {
		return 0, 0, err
	}
	span, err := c.span(n.Arguments[1])
	return m, span, err
}

func (c *compiler) past(n ast.Node, w Window, of func(Past) (float64, bool)) term {
	i := c.windows(w)
	return term{node: n, kind: number, timed: true, value: func(l *Look) (float64, bool) {
		p := l.Past(i)
		if p.Count > 0 {
			l.recheck(p.Expires)
		}
		return of(p)
	}}
}

func average(p Past) (float64, bool) { return p.Sum / float64(max(p.Count, 1)), p.Count > 0 }

func difference(p Past) (float64, bool) { return p.Last - p.First, p.Count > 1 }

// slope is that of the straight line through the readings, an hour.
func slope(p Past) (float64, bool) {
	n := float64(p.Count)
	d := n*p.SumTT - p.SumT*p.SumT
	if p.Count < 2 || d <= 0 {
		return 0, false
	}
	return (n*p.SumTimes - p.SumT*p.Sum) / d * 3600, true
}

// least is min or max: of a metric's window, or of two terms.
func least(fn string, of func(a, b float64) float64, past func(Past) float64) function {
	overTime := windowed(fn, func(p Past) (float64, bool) { return past(p), p.Count > 0 })
	return func(c *compiler, n *ast.CallNode, part string) (term, error) {
		if len(n.Arguments) == 2 {
			_, isMetric := n.Arguments[0].(*ast.IdentifierNode)
			_, isText := n.Arguments[1].(*ast.StringNode)
			if !isMetric || !isText {
				return c.ofTwo(n, of)
			}
		}
		return overTime(c, n, part)
	}
}

func (c *compiler) ofTwo(n *ast.CallNode, of func(a, b float64) float64) (term, error) {
	left, err := c.term(n.Arguments[0])
	if err != nil {
		return term{}, err
	}
	right, err := c.term(n.Arguments[1])
	if err != nil {
		return term{}, err
	}
	if left, right, err = c.spans(left, right); err != nil {
		return term{}, err
	}
	if left.kind != right.kind || left.kind != number && left.kind != duration {
		return term{}, c.wrong(n, "%s and %s cannot be compared", left.kind, right.kind)
	}
	return term{node: n, kind: left.kind, timed: left.timed || right.timed, value: func(l *Look) (float64, bool) {
		a, known := left.value(l)
		b, knownToo := right.value(l)
		return of(a, b), known && knownToo
	}}, nil
}

// count counts readings, all or those that fulfil a comparison.
func count(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 2, 2); err != nil {
		return term{}, err
	}
	w := Window{}
	if comparison, ok := n.Arguments[0].(*ast.BinaryNode); ok {
		m, err := c.metric(comparison.Left)
		if err != nil {
			return term{}, err
		}
		right, err := c.term(comparison.Right)
		if err != nil {
			return term{}, err
		}
		_, right, err = c.alike(metricTerm(comparison.Left, m), right)
		if err != nil {
			return term{}, err
		}
		if right.constant == nil && right.limit == "" || !slices.Contains([]string{"==", "!=", "<", "<=", ">", ">="}, comparison.Operator) {
			return term{}, c.wrong(comparison, "want a metric compared with a fixed number or word, or with a threshold")
		}
		w.Metric, w.Only, w.Limit = m, comparison.Operator, right.limit
		if w.Limit == "" {
			w.Bound, _ = right.value(nil)
		}
	} else {
		m, err := c.metric(n.Arguments[0])
		if err != nil {
			return term{}, err
		}
		w.Metric = m
	}
	span, err := c.span(n.Arguments[1])
	if err != nil {
		return term{}, err
	}
	w.Span = span
	return c.past(n, w, func(p Past) (float64, bool) { return float64(p.Count), true }), nil
}

// longestByHour bounds what is kept for a baseline by the hour.
const longestByHour = Span(31 * 24 * time.Hour)

// leastOfBaseline is on how many days a baseline must stand.
const leastOfBaseline = 3

// baseline is the resident's own past before today: its mean or spread
// (standard deviation), of all hours or of this one. One of too few days is not
// known.
func baseline(c *compiler, n *ast.CallNode, part string) (term, error) {
	of, byHour := average, false
	switch part {
	case "", "mean":
	case "hour":
		byHour = true
	case "spread", "hour_spread":
		byHour = part == "hour_spread"
		of = func(p Past) (float64, bool) {
			mean, ok := average(p)
			return math.Sqrt(max(0, p.Squares/float64(max(p.Count, 1))-mean*mean)), ok
		}
	default:
		return term{}, c.wrong(n, "baseline() has .mean, .spread, .hour and .hour_spread, no .%s", part)
	}
	if err := c.arguments(n, "", 2, 2); err != nil {
		return term{}, err
	}
	m, span, err := c.metricAndSpan(n)
	if err != nil {
		return term{}, err
	}
	if byHour && span > longestByHour {
		return term{}, c.wrong(n, "a baseline by the hour goes back %s at most", longestByHour)
	}
	return c.past(n, Window{Metric: m, Span: span, Before: true, ByHour: byHour}, func(p Past) (float64, bool) {
		v, ok := of(p)
		return v, ok && p.Days >= leastOfBaseline
	}), nil
}

// age is the time since a metric was measured.
func age(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 1, 1); err != nil {
		return term{}, err
	}
	m, err := c.metric(n.Arguments[0])
	if err != nil {
		return term{}, err
	}
	return ageTerm(n, m), nil
}

func ageTerm(n ast.Node, m vitals.Metric) term {
	return term{node: n, kind: duration, grows: true, value: func(l *Look) (float64, bool) {
		at, ok := l.MeasuredAt(m)
		return float64(max(0, l.Now()-at)) / 1000, ok
	}}
}

// silent reports that a metric was not measured for so long; of one that never
// was it is unknown. Written as age it would be true of a resident without such
// a device.
func silent(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 2, 2); err != nil {
		return term{}, err
	}
	m, span, err := c.metricAndSpan(n)
	if err != nil {
		return term{}, err
	}
	limit := constant(n.Arguments[1], duration, float64(span.Milliseconds())/1000)
	since := term{node: n, kind: duration, grows: true, value: func(l *Look) (float64, bool) {
		at, ok := l.MeasuredAt(m)
		return float64(max(0, l.Now()-max(at, l.DeafUntil()))) / 1000, ok
	}}
	return c.compare(&ast.BinaryNode{Operator: ">="}, since, limit)
}

// score is NEWS2: the total, .total, or .red.
func score(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, "", 0, 0); err != nil {
		return term{}, err
	}
	for _, m := range scored {
		c.uses(m)
	}
	switch part {
	case "", "total":
		return fieldTerm(n, fieldInfo{News2Total, number, false}), nil
	case "red":
		return fieldTerm(n, fieldInfo{News2Red, boolean, false}), nil
	}
	return term{}, c.wrong(n, "news2() has .total and .red, no .%s", part)
}

func limit(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 1, 1); err != nil {
		return term{}, err
	}
	name, err := c.choice(n.Arguments[0], Limits()...)
	if err != nil {
		return term{}, err
	}
	return term{node: n, kind: number, limit: name, value: func(l *Look) (float64, bool) { return l.Limit(name) }}, nil
}

// hour is the hour of the resident's local clock.
func hour(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 0, 0); err != nil {
		return term{}, err
	}
	return term{node: n, kind: number, timed: true, value: func(l *Look) (float64, bool) {
		l.recheck(l.NextHour())
		return l.Field(Hour)
	}}, nil
}

func active(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 1, 1); err != nil {
		return term{}, err
	}
	span, err := c.span(n.Arguments[0])
	if err != nil {
		return term{}, err
	}
	c.lives = true
	return term{node: n, kind: boolean, truth: func(l *Look) Truth { return truth(l.Active(span.Milliseconds())) }}, nil
}

func episodeNames() []string {
	names := make([]string, 0, len(episodes))
	for name := range episodes {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// episode is how long an episode has lasted; 0 when there is none.
func episode(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 1, 1); err != nil {
		return term{}, err
	}
	name, err := c.choice(n.Arguments[0], episodeNames()...)
	if err != nil {
		return term{}, err
	}
	e := episodes[name]
	c.lives = true
	return term{node: n, kind: duration, grows: true, value: func(l *Look) (float64, bool) {
		start, open, known := l.Episode(e)
		if !known {
			return 0, false
		}
		if !open {
			return math.Inf(-1), true // less than any, and not growing towards one
		}
		return float64(l.Now()-start) / 1000, true
	}}, nil
}

// usual is how long the resident's own episodes last at most; 0 until it is
// known.
func usual(c *compiler, n *ast.CallNode, part string) (term, error) {
	if err := c.arguments(n, part, 1, 1); err != nil {
		return term{}, err
	}
	name, err := c.choice(n.Arguments[0], episodeNames()...)
	if err != nil {
		return term{}, err
	}
	e := episodes[name]
	return term{node: n, kind: duration, value: func(l *Look) (float64, bool) {
		span, _ := l.Usual(e)
		return float64(span) / 1000, true
	}}, nil
}
