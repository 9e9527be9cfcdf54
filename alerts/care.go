package alerts

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/vitals"
)

// CheckCare finds what the rules do not understand of a resident's care. Besides
// those that are given it asks the default ones, which somebody may have put
// others in the place of.
func CheckCare(c records.Care, all []rules.Rule) ([]store.Field, error) {
	standard, err := rules.Default()
	if err != nil {
		return nil, err
	}
	known, err := rules.ConditionsOf(slices.Concat(standard, all))
	if err != nil {
		return nil, fmt.Errorf("ask the rules for conditions: %w", err)
	}
	var wrong []store.Field
	for _, m := range rules.CheckConditions(c.Conditions, known) {
		wrong = append(wrong, store.Field{Path: "conditions", Message: fmt.Sprintf("%q: %s", m.Name, m.Message)})
	}
	has := func(name string) bool { return slices.Contains(c.Conditions, name) }
	for _, m := range rules.CheckLimits(c.Limits, has) {
		wrong = append(wrong, store.Field{Path: "limits." + m.Name, Message: m.Message})
	}
	for _, name := range slices.Sorted(maps.Keys(c.Planned)) {
		if message := checkPlanned(name); message != "" {
			wrong = append(wrong, store.Field{Path: "planned." + name, Message: message})
		}
	}
	return wrong, nil
}

// checkPlanned says why a metric cannot be measured by plan, "" when it can.
func checkPlanned(name string) string {
	var known []string
	for _, m := range vitals.Metrics() {
		if of := m.Info(); of.Subject == vitals.OfResident && of.Kind == vitals.Level {
			known = append(known, m.String())
		}
	}
	if slices.Contains(known, name) {
		return ""
	}
	if _, ok := vitals.ParseMetric(name); ok {
		return "is nothing that is measured of a resident by plan"
	}
	if near := spelling.Nearest(name, known); near != "" {
		return "is no metric: did you mean " + near + "?"
	}
	return "is no metric"
}

// Remembered is how long after its end a situation still belongs to a profile:
// longer than any rule looks back for somebody who moves.
const Remembered = 3 * 24 * time.Hour

// ProfileOf is what the engine is told of a resident: who that is, the care, and
// the situations in the order in which they were set.
func ProfileOf(r records.Resident, care records.Care, situations []records.Situation) Profile {
	p := Profile{
		TimeZone: r.TimeZone, BirthDate: r.BirthDate.String(), Conditions: care.Conditions, Limits: care.Limits, Scale2: care.Scale2.Made(),
	}
	for name, every := range care.Planned {
		// A metric that is not known any more is nothing to wait for.
		if m, ok := vitals.ParseMetric(name); ok {
			if p.Planned == nil {
				p.Planned = map[vitals.Metric]rules.Span{}
			}
			p.Planned[m] = rules.Span(every)
		}
	}
	for _, s := range situations {
		if p.Situations == nil {
			p.Situations = map[rules.Situation]int64{}
		}
		p.Situations[rules.Situation(s.Kind)] = s.End().UnixMilli()
	}
	return p
}
