package escalation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/spelling"
)

// Role is what somebody is to a resident, or in the service.
type Role string

// The roles.
const (
	TheResident Role = "resident" // over the speaker at home
	Holder      Role = "holder"   // of the duty token
	Family      Role = "family"
	Neighbours  Role = "neighbours"
	Caregivers  Role = "caregivers"
	Doctors     Role = "doctors"
	OnDuty      Role = "on duty" // by the roster
	Team        Role = "team"
	Supervisor  Role = "supervisor"
	Everyone    Role = "everyone" // of all these
	Claimer     Role = "claimer"  // whoever has the alert
	Staff       Role = "staff"    // of the service
)

var roles = []Role{TheResident, Holder, Family, Neighbours, Caregivers, Doctors, OnDuty, Team, Supervisor, Everyone, Claimer, Staff}

// ordered are those of which one can be named by the place in the order in which
// they are told: "family 1".
var ordered = []Role{Family, Neighbours, Caregivers, Doctors}

// Whom says who is to be told: the first of some groups in which there is
// anybody. In text, "holder or family 1".
type Whom []Group

// Group is the people of a role, or the Nth of them alone, from 1.
type Group struct {
	Role Role
	N    int
}

// mostNth bounds which of a role can be named.
const mostNth = 99

// ParseWhom reads what [Whom.String] writes.
func ParseWhom(text string) (Whom, error) {
	var whom Whom
	for part := range strings.SplitSeq(text, " or ") {
		g, err := parseGroup(strings.Join(strings.Fields(part), " "))
		if err != nil {
			return nil, err
		}
		if slices.Contains(whom, g) {
			return nil, fmt.Errorf("%q names %s twice", text, g)
		}
		whom = append(whom, g)
	}
	return whom, nil
}

func parseGroup(text string) (Group, error) {
	if text == "" {
		return Group{}, fmt.Errorf("somebody is missing: want one of %s", listed(roles))
	}
	g := Group{Role: Role(text)}
	if i := strings.LastIndexByte(text, ' '); i > 0 {
		if n, err := strconv.Atoi(text[i+1:]); err == nil {
			g = Group{Role: Role(text[:i]), N: n}
			if n < 1 || n > mostNth {
				return g, fmt.Errorf("%q: want a number from 1 to %d", text, mostNth)
			}
		}
	}
	if !slices.Contains(roles, g.Role) {
		names := make([]string, len(roles))
		for i, r := range roles {
			names[i] = string(r)
		}
		if hint := spelling.DidYouMean(string(g.Role), names); hint != "" {
			return g, fmt.Errorf("%q is nobody%s", g.Role, hint)
		}
		return g, fmt.Errorf("%q is nobody: want one of %s", g.Role, listed(roles))
	}
	if g.N > 0 && !slices.Contains(ordered, g.Role) {
		return g, fmt.Errorf("%q: only of %s can one be named by number", text, listed(ordered))
	}
	return g, nil
}

func listed(roles []Role) string {
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = string(r)
	}
	return strings.Join(names, ", ")
}

func (g Group) String() string {
	if g.N == 0 {
		return string(g.Role)
	}
	return fmt.Sprintf("%s %d", g.Role, g.N)
}

func (w Whom) String() string {
	parts := make([]string, len(w))
	for i, g := range w {
		parts[i] = g.String()
	}
	return strings.Join(parts, " or ")
}

// MarshalText implements [encoding.TextMarshaler].
func (w Whom) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (w *Whom) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWhom(string(text))
	return err
}

// asked says which people a step asks.
type asked struct {
	circle   *Circle
	severity rules.Severity
	claimer  string // who has the alert, as an actor
}

// all are the people whom any of several may be, each once.
func (a asked) all(whom []Whom) []Person {
	var people []Person
	for _, w := range whom {
		for _, p := range a.first(w) {
			people = add(people, p)
		}
	}
	return people
}

func add(people []Person, p Person) []Person {
	if holds(people, p.Contact) {
		return people
	}
	return append(people, p)
}

func holds(people []Person, contact string) bool {
	return slices.ContainsFunc(people, func(q Person) bool { return q.Contact == contact })
}

// first are those of the first group in which there is anybody.
func (a asked) first(w Whom) []Person {
	for _, g := range w {
		if people := a.group(g); len(people) > 0 {
			return people
		}
	}
	return nil
}

func (a asked) group(g Group) []Person {
	var people []Person
	for _, p := range a.role(g.Role) {
		if p.From <= a.severity {
			people = append(people, p)
		}
	}
	if g.N > 0 {
		if g.N > len(people) {
			return nil
		}
		return people[g.N-1 : g.N]
	}
	return people
}

func (a asked) role(r Role) []Person {
	c := a.circle
	switch r {
	case TheResident:
		return c.Resident
	case Holder:
		return one(c.Holder)
	case Family:
		return c.Family
	case Neighbours:
		return c.Neighbours
	case Caregivers:
		return c.Caregivers
	case Doctors:
		return c.Doctors
	case OnDuty:
		return c.OnDuty
	case Team:
		return c.Team
	case Supervisor:
		return one(c.Supervisor)
	case Staff:
		return c.Staff
	case Everyone:
		return c.everyone()
	case Claimer:
		if p, ok := c.person(a.claimer); ok {
			return []Person{p}
		}
	}
	return nil
}
