package rules

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/vitals"
)

// Set is the rules that are judged together. It does not change once made.
type Set struct {
	rules    []Rule
	programs []*Program
	windows  []Window
	byMetric map[vitals.Metric][]int
	clocked  map[Subject][]int
	id       string
}

// NewSet makes rules ready, or says what is wrong with each that cannot be.
func NewSet(rules []Rule) (*Set, error) {
	s := &Set{rules: slices.Clone(rules), byMetric: map[vitals.Metric][]int{}, clocked: map[Subject][]int{}}
	known := map[Window]int{}
	windows := func(w Window) int {
		i, ok := known[w]
		if !ok {
			i = len(s.windows)
			known[w] = i
			s.windows = append(s.windows, w)
		}
		return i
	}
	var errs []error
	ids := map[string]bool{}
	for _, r := range rules {
		if ids[r.ID] {
			errs = append(errs, &Refused{ID: r.ID, Reasons: []error{errors.New("id: there are two of this id")}})
		}
		ids[r.ID] = true
		p, err := r.compile(windows)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if p.Off {
			continue
		}
		i := len(s.programs)
		s.programs = append(s.programs, p)
		if p.Raised {
			continue // nothing that is heard is a reason to look at it
		}
		for _, m := range p.Metrics {
			s.byMetric[m] = append(s.byMetric[m], i)
		}
		s.clocked[p.Subject] = append(s.clocked[p.Subject], i)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	s.closeParts()
	text, err := yaml.Marshal(rules)
	if err != nil {
		return nil, fmt.Errorf("name the set of rules: %w", err)
	}
	h := fnv.New64a()
	_, _ = h.Write(text)
	s.id = fmt.Sprintf("%016x", h.Sum64())
	return s, nil
}

// closeParts gives each rule the parts of its parts, too: an alert is a part of
// the whole, not of another part. A part that is no rule of the set does nothing.
// Of rules that are parts of each other only the one that stands earlier is the
// whole: rules are written one by one, and nobody sees such a ring coming.
func (s *Set) closeParts() {
	all := make([][]string, len(s.programs))
	for i, p := range s.programs {
		all[i] = s.reached(p.Rule.Parts)
	}
	for i, p := range s.programs {
		p.Parts = slices.DeleteFunc(slices.Clone(all[i]), func(part string) bool {
			j, ok := s.Find(part)
			return ok && (j == i || j < i && slices.Contains(all[j], p.ID))
		})
	}
}

// reached are parts, their parts, and so on, each once.
func (s *Set) reached(parts []string) (all []string) {
	add := func(parts []string) {
		for _, part := range parts {
			if !slices.Contains(all, part) {
				all = append(all, part)
			}
		}
	}
	add(parts)
	for i := 0; i < len(all); i++ {
		if j, ok := s.Find(all[i]); ok {
			add(s.programs[j].Rule.Parts)
		}
	}
	return all
}

// ID names the set by what it holds: the same rules have the same.
func (s *Set) ID() string { return s.id }

// Rules are all that the set was made of, those that are off too.
func (s *Set) Rules() []Rule { return s.rules }

// Programs are the rules that are judged, in the order that they were given.
func (s *Set) Programs() []*Program { return s.programs }

// Find is the number of a rule among [Set.Programs].
func (s *Set) Find(id string) (int, bool) {
	i := slices.IndexFunc(s.programs, func(p *Program) bool { return p.ID == id })
	return i, i >= 0
}

// Windows are what must be kept about the past, by the numbers that
// [Facts.Past] is asked with.
func (s *Set) Windows() []Window { return s.windows }

// About are the numbers of the rules that a reading of the metric is a reason
// to look at.
func (s *Set) About(m vitals.Metric) []int { return s.byMetric[m] }

// Of are the numbers of the rules about one kind of subject, but for those that
// are raised.
func (s *Set) Of(subject Subject) []int { return s.clocked[subject] }
