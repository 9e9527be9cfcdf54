package rules

import (
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// limits are the thresholds by name, with their defaults and what the packs of
// conditions put in their place.
type limits struct {
	Defaults   map[string]float64            `yaml:"defaults"`
	Conditions map[string]map[string]float64 `yaml:"conditions"`
	Scales     []scale                       `yaml:"scales"`
}

// scale is thresholds of the same thing, lowest first, and what they may be.
type scale struct {
	From   float64  `yaml:"from"`
	To     float64  `yaml:"to"`
	Limits []string `yaml:"limits"`
}

// packLimits is read once at the start: the file is part of the program.
var packLimits = func() limits {
	text, err := pack.ReadFile("pack/limits.yaml")
	if err != nil {
		panic(err)
	}
	var l limits
	if err := yaml.Unmarshal(text, &l); err != nil {
		panic(err)
	}
	for condition, own := range l.Conditions {
		for name := range own {
			if _, ok := l.Defaults[name]; !ok {
				panic(fmt.Sprintf("limits.yaml: condition %s sets %s, which has no default", condition, name))
			}
		}
	}
	for _, s := range l.Scales {
		for _, name := range s.Limits {
			if _, ok := l.Defaults[name]; !ok {
				panic(fmt.Sprintf("limits.yaml: scales hold %s, which has no default", name))
			}
		}
	}
	return l
}()

// conditionLimit is what a condition puts in the place of a default.
type conditionLimit struct {
	condition string
	value     float64
}

// byCondition are those of each threshold, in the order of the alphabet.
var byCondition = func() map[string][]conditionLimit {
	by := map[string][]conditionLimit{}
	for _, condition := range Conditions() {
		for name, v := range packLimits.Conditions[condition] {
			by[name] = append(by[name], conditionLimit{condition, v})
		}
	}
	return by
}()

// Limits are the names of all thresholds.
func Limits() []string { return slices.Sorted(maps.Keys(packLimits.Defaults)) }

// Conditions are those that have thresholds of their own.
func Conditions() []string { return slices.Sorted(maps.Keys(packLimits.Conditions)) }

// Limit is a threshold for somebody: their own, else that of one of their
// conditions (the one that comes first in the alphabet, when several have it),
// else the default. It is false for a name that is none.
func Limit(name string, own map[string]float64, has func(condition string) bool) (float64, bool) {
	if v, ok := own[name]; ok {
		return v, true
	}
	for _, by := range byCondition[name] {
		if has(by.condition) {
			return by.value, true
		}
	}
	v, ok := packLimits.Defaults[name]
	return v, ok
}
