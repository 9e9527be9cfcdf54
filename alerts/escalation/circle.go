package escalation

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Person is somebody who can be told, as far as it matters who is.
type Person struct {
	// Contact is the id of the contact.
	Contact string
	// User is who signs in as this person, "" when nobody does.
	User string
	// From is the mildest severity that the person wants to hear of; 0 for all.
	From rules.Severity
}

// Circle is who can be told about a resident, a home or a device at a moment.
type Circle struct {
	// Resident is told over the speaker at home.
	Resident []Person
	// Family, Neighbours, Caregivers and Doctors are in the order in which they are
	// told.
	Family, Neighbours, Caregivers, Doctors []Person
	// Holder has the duty token: "I have Mother until 20:00"; nil for nobody.
	Holder *Person
	// OnDuty are on the roster now, Team is everybody of the team.
	OnDuty, Team []Person
	// Supervisor is the team's; nil for none.
	Supervisor *Person
	// Staff run the service.
	Staff []Person
}

// Circles knows who can be told.
type Circles interface {
	// Circles are those of what alerts are about, at a moment, as they are in db: the
	// transaction that decides. What is not there any more has an empty one.
	Circles(ctx context.Context, db bun.IDB, about []About, at time.Time) (map[About]Circle, error)
}

// About is whom or what an alert is about: a resident, or else a home, or a device
// in it.
type About struct{ Resident, Home, Device string }

// everyone is each person of the circle who is not of the service's staff.
func (c *Circle) everyone() []Person {
	return slices.Concat(c.Resident, one(c.Holder), c.Family, c.OnDuty, c.Neighbours, c.Caregivers, c.Doctors, c.Team, one(c.Supervisor))
}

// helps reports whether any of some contacts is somebody else than the resident.
func (c *Circle) helps(contacts []string) bool {
	return slices.ContainsFunc(contacts, func(contact string) bool { return !holds(c.Resident, contact) })
}

func one(p *Person) []Person {
	if p == nil {
		return nil
	}
	return []Person{*p}
}

// person is the one who acts under an id: a user's, or "contact:" and the
// contact's for somebody who does not sign in.
func (c *Circle) person(by string) (Person, bool) {
	everyone := append(c.everyone(), c.Staff...)
	i := slices.IndexFunc(everyone, func(p Person) bool { return p.is(by) })
	if i < 0 {
		return Person{}, false
	}
	return everyone[i], true
}

// Has reports whether the one who acts under an id, a user's, or "contact:" and the
// contact's, is around or of the service's staff.
func (c *Circle) Has(by string) bool {
	_, ok := c.person(by)
	return ok
}

// byContact is what somebody who does not sign in acts under, before the id of
// the contact.
const byContact = "contact:"

// is reports whether the person acts under an id.
func (p Person) is(by string) bool {
	return by != "" && (p.User == by || byContact+p.Contact == by)
}
