package panels

import (
	"cmp"
	"slices"
)

// Point is one thing on which the experts spoke: their answers, or a change that one
// of them at least would make.
type Point struct {
	// Change is one of those about it; nil for the answers.
	Change *Change `json:"change,omitempty"`
	// Sides are the ways in which they would have it, most experts first.
	Sides []Side `json:"sides"`
}

// Side is one way to have it, and who would.
type Side struct {
	// Value is an [Answer], or how it would be after a change; "" with Leave for those
	// who would leave it as it is.
	Value   string   `json:"value,omitempty"`
	Leave   bool     `json:"leave,omitempty"`
	Experts []string `json:"experts"` // users, in the order in which they sit
}

// Agreed reports whether all would have it the same way.
func (p *Point) Agreed() bool { return len(p.Sides) < 2 }

// Points puts opinions beside each other: first the answers, then each thing that
// somebody would change, in the order in which it first came up. Who says nothing
// of it would leave it.
func Points(opinions []Opinion) []Point {
	if len(opinions) == 0 {
		return nil
	}
	points := []Point{{}}
	for i := range opinions {
		points[0].add(string(opinions[i].View.Answer), false, opinions[i].Expert)
	}
	at := map[string]int{}
	for i := range opinions {
		for k := range opinions[i].View.Changes {
			c := &opinions[i].View.Changes[k]
			if _, known := at[c.same()]; !known {
				at[c.same()] = len(points)
				points = append(points, Point{Change: c})
			}
		}
	}
	for name, i := range at {
		for k := range opinions {
			o := &opinions[k]
			of := slices.IndexFunc(o.View.Changes, func(c Change) bool { return c.same() == name })
			if of < 0 {
				points[i].add("", true, o.Expert)
			} else {
				points[i].add(o.View.Changes[of].After(), false, o.Expert)
			}
		}
	}
	for i := range points {
		slices.SortStableFunc(points[i].Sides, func(a, b Side) int { return cmp.Compare(len(b.Experts), len(a.Experts)) })
	}
	return points
}

// Disagree reports whether there is a point on which they are not of one mind.
func Disagree(points []Point) bool {
	return slices.ContainsFunc(points, func(p Point) bool { return !p.Agreed() })
}

func (p *Point) add(value string, leave bool, expert string) {
	for i := range p.Sides {
		if p.Sides[i].Value == value && p.Sides[i].Leave == leave {
			p.Sides[i].Experts = append(p.Sides[i].Experts, expert)
			return
		}
	}
	p.Sides = append(p.Sides, Side{Value: value, Leave: leave, Experts: []string{expert}})
}
