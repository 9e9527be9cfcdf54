package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/anxin-care/anxin/internal/spelling"
)

// Mistake is what is wrong with one of the things that were said of a resident.
type Mistake struct {
	Name    string // of the threshold or the condition
	Message string // "is not above spo2.very_low, which is 92"
}

// CheckLimits finds all that is wrong with a resident's own thresholds, beside
// those of their conditions and the defaults.
func CheckLimits(own map[string]float64, has func(condition string) bool) []Mistake {
	var wrong []Mistake
	known := Limits()
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if _, ok := packLimits.Defaults[name]; !ok {
			wrong = append(wrong, Mistake{name, "is no threshold" + spelling.DidYouMean(name, known)})
		}
	}
	for _, s := range packLimits.Scales {
		wrong = append(wrong, s.check(own, has)...)
	}
	return firstOfEach(wrong)
}

func (s scale) check(own map[string]float64, has func(condition string) bool) []Mistake {
	var wrong []Mistake
	below, lower := "", 0.0
	for _, name := range s.Limits {
		v, _ := Limit(name, own, has)
		_, its := own[name]
		_, itsBelow := own[below]
		switch {
		case its && !(v >= s.From && v <= s.To): // NaN is neither
			wrong = append(wrong, Mistake{name, fmt.Sprintf("%v is not believable: want %v to %v", v, s.From, s.To)})
		case its && below != "" && v <= lower:
			wrong = append(wrong, Mistake{name, fmt.Sprintf("%v is not above %s, which is %v", v, below, lower)})
		case itsBelow && v <= lower:
			wrong = append(wrong, Mistake{below, fmt.Sprintf("%v is not below %s, which is %v", lower, name, v)})
		}
		below, lower = name, v
	}
	return wrong
}

// firstOfEach leaves one mistake for each name, ordered by name.
func firstOfEach(wrong []Mistake) []Mistake {
	slices.SortStableFunc(wrong, func(a, b Mistake) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(wrong, func(a, b Mistake) bool { return a.Name == b.Name })
}

// ConditionsOf are those that the rules ask for or that have thresholds of their
// own, in the order of the alphabet. They are all that it makes a difference to
// know of a resident.
func ConditionsOf(all []Rule) ([]string, error) {
	known := Conditions()
	for _, r := range all {
		p, err := r.compile(func(Window) int { return 0 })
		if err != nil {
			return nil, err
		}
		known = append(known, p.Conditions...)
	}
	slices.Sort(known)
	return slices.Compact(known), nil
}

// CheckConditions finds those that are not known.
func CheckConditions(conditions, known []string) []Mistake {
	var wrong []Mistake
	for _, c := range conditions {
		if !slices.Contains(known, c) {
			wrong = append(wrong, Mistake{c, "no rule asks for it" + spelling.DidYouMean(c, known)})
		}
	}
	return wrong
}
