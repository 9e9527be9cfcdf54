package rules

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/vitals"
)

// fieldInfo is how a field is written and what it comes to.
type fieldInfo struct {
	field Field
	kind  kind
	grows bool // with the time that passes
}

var fields = map[string]fieldInfo{
	"resident.age":                {ResidentAge, number, false},
	"resident.asleep":             {ResidentAsleep, boolean, false},
	"resident.at_home":            {ResidentAtHome, boolean, false},
	"resident.since_waking":       {ResidentSinceWaking, duration, true},
	"resident.overdue":            {ResidentOverdue, duration, true},
	"device.silent":               {DeviceSilent, duration, true},
	"resident.late_critical":      {ResidentLateCritical, boolean, false},
	"resident.since_late_finding": {ResidentSinceLate, duration, true},
	"device.interval":             {DeviceInterval, duration, false},
	"device.heard":                {DeviceHeard, boolean, false},
	"device.age":                  {DeviceAge, duration, true},
	"device.safety":               {DeviceSafety, boolean, false},
	"device.battery_days":         {DeviceBatteryDays, number, false},
	"home.silent":                 {HomeSilent, duration, true},
	"home.interval":               {HomeInterval, duration, false},
	"home.devices":                {HomeDevices, number, false},
}

// groups are names for whichever of several metrics was measured last.
var groups = map[string][]vitals.Metric{
	"glucose":       {vitals.GlucoseRandom, vitals.GlucoseFasting, vitals.Glucose2hPostprandial, vitals.GlucoseCGM},
	"glucose_meter": {vitals.GlucoseRandom, vitals.GlucoseFasting, vitals.Glucose2hPostprandial},
}

func (c *compiler) group(n ast.Node, of []vitals.Metric) term {
	for _, m := range of {
		c.uses(m)
	}
	newest := func(l *Look) vitals.Metric {
		last, found := int64(math.MinInt64), of[0]
		for _, m := range of {
			if at, ok := l.MeasuredAt(m); ok && at > last {
				last, found = at, m
			}
		}
		return found
	}
	return term{node: n, kind: number, metric: of[0], newest: newest, value: func(l *Look) (float64, bool) { return l.Value(newest(l)) }}
}

// name is a metric, or a group of them.
func (c *compiler) name(n *ast.IdentifierNode) (term, error) {
	if of, ok := groups[n.Value]; ok {
		return c.group(n, of), nil
	}
	m, ok := vitals.ParseMetric(n.Value)
	if !ok {
		return term{}, c.wrong(n, "there is no metric %s%s", n.Value, c.suggest(n.Value))
	}
	c.uses(m)
	return metricTerm(n, m), nil
}

func metricTerm(n ast.Node, m vitals.Metric) term {
	t := term{node: n, kind: number, metric: m, value: func(l *Look) (float64, bool) { return l.Value(m) }}
	if len(m.Info().Words) > 0 {
		t.kind = word
	}
	return t
}

// suggest names the metric or field that was perhaps meant.
func (c *compiler) suggest(name string) string {
	var known []string
	for _, m := range vitals.Metrics() {
		known = append(known, m.String())
	}
	known = slices.AppendSeq(known, maps.Keys(fields))
	known = slices.AppendSeq(known, maps.Keys(functions))
	known = slices.AppendSeq(known, maps.Keys(groups))
	return spelling.DidYouMean(name, known)
}

// member is a field, or a part of what a call comes to.
func (c *compiler) member(n *ast.MemberNode) (term, error) {
	property, ok := n.Property.(*ast.StringNode)
	if !ok || n.Optional {
		return term{}, c.wrong(n, "this has no place in a condition")
	}
	switch of := n.Node.(type) {
	case *ast.IdentifierNode:
		name := of.Value + "." + property.Value
		if name == "resident.conditions" {
			return term{node: n, kind: list}, nil
		}
		f, ok := fields[name]
		if !ok {
			return term{}, c.wrong(n, "there is no %s%s", name, c.suggest(name))
		}
		c.planned = c.planned || f.field == ResidentOverdue
		c.late = c.late || f.field == ResidentSinceLate
		c.silence = c.silence || f.field == DeviceSilent || f.field == HomeSilent
		return fieldTerm(n, f), nil
	case *ast.CallNode:
		return c.call(of, property.Value)
	}
	return term{}, c.wrong(n, "this has no place in a condition")
}

func fieldTerm(n ast.Node, f fieldInfo) term {
	t := term{node: n, kind: f.kind, grows: f.grows, value: func(l *Look) (float64, bool) { return l.Field(f.field) }}
	if f.kind == boolean {
		t.truth = func(l *Look) Truth {
			v, ok := l.Field(f.field)
			if !ok {
				return Unknown
			}
			return truth(v != 0)
		}
	}
	return t
}

// Metrics of NEWS2, whose readings are a reason to score again.
var scored = []vitals.Metric{
	vitals.RespiratoryRate, vitals.SpO2, vitals.SupplementalOxygen, vitals.BPSystolic, vitals.HeartRate,
	vitals.Consciousness, vitals.BodyTemperature,
}

// metric reads the metric that an argument names.
func (c *compiler) metric(n ast.Node) (vitals.Metric, error) {
	id, ok := n.(*ast.IdentifierNode)
	if !ok {
		return 0, c.wrong(n, "want a metric")
	}
	m, ok := vitals.ParseMetric(id.Value)
	if !ok {
		return 0, c.wrong(n, "there is no metric %s%s", id.Value, c.suggest(id.Value))
	}
	c.uses(m)
	return m, nil
}

// span reads an argument that is a length of time.
func (c *compiler) span(n ast.Node) (Span, error) {
	s, ok := n.(*ast.StringNode)
	if !ok {
		return 0, c.wrong(n, "want a length of time in quotes, such as \"30m\"")
	}
	span, err := ParseSpan(s.Value)
	if err != nil {
		return 0, c.wrong(n, "%v", err)
	}
	if span <= 0 {
		return 0, c.wrong(n, "want a length of time over 0")
	}
	return span, nil
}

// one of a few texts.
func (c *compiler) choice(n ast.Node, of ...string) (string, error) {
	s, ok := n.(*ast.StringNode)
	if !ok || !slices.Contains(of, s.Value) {
		meant := ""
		if ok {
			meant = spelling.DidYouMean(s.Value, of)
		}
		return "", c.wrong(n, "want one of \"%s\"%s", strings.Join(of, "\", \""), meant)
	}
	return s.Value, nil
}
