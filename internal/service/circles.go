package service

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/escalation"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
)

// circles tells the escalation who can be told.
type circles struct{ people *records.People }

// Circles implements [escalation.Circles].
func (c circles) Circles(ctx context.Context, db bun.IDB, about []escalation.About, at time.Time) (map[escalation.About]escalation.Circle, error) {
	var residents, homes []string
	for _, a := range about {
		if a.Resident != "" {
			residents = append(residents, a.Resident)
		} else {
			homes = append(homes, a.Home) // "" for a device that is in none
		}
	}
	var ofResidents map[string]records.Circle
	if len(residents) > 0 { // naming none would ask for all
		var err error
		if ofResidents, err = c.people.Circles(ctx, db, at, residents...); err != nil {
			return nil, err
		}
	}
	ofHomes, err := c.people.HomeCircles(ctx, db, at, homes...)
	if err != nil {
		return nil, err
	}
	staff, err := c.people.ServiceStaff(ctx, db)
	if err != nil {
		return nil, err
	}
	all := make(map[escalation.About]escalation.Circle, len(about))
	for _, a := range about {
		found := ofHomes[a.Home]
		if a.Resident != "" {
			found = ofResidents[a.Resident]
		}
		all[a] = circleOf(&found, staff)
	}
	return all, nil
}

func circleOf(c *records.Circle, staff []records.Contact) escalation.Circle {
	out := escalation.Circle{OnDuty: persons(c.OnDuty), Team: persons(c.Staff), Staff: persons(staff)}
	if c.Supervisor != nil {
		out.Supervisor = &persons([]records.Contact{*c.Supervisor})[0]
	}
	if c.Holder != nil {
		out.Holder = &persons([]records.Contact{*c.Holder})[0]
	}
	of := map[records.Relation]*[]escalation.Person{
		records.AsResident: &out.Resident, records.AsFamily: &out.Family, records.AsManager: &out.Family, records.AsNeighbour: &out.Neighbours,
		records.AsCaregiver: &out.Caregivers, records.AsDoctor: &out.Doctors,
	}
	for _, m := range c.Members {
		if m.Withheld {
			continue
		}
		if list, ok := of[m.Relation]; ok {
			*list = append(*list, escalation.Person{Contact: m.ID, User: m.User, From: rules.Severity(m.From)})
		}
	}
	return out
}

func persons(contacts []records.Contact) []escalation.Person {
	list := make([]escalation.Person, len(contacts))
	for i, c := range contacts {
		list[i] = escalation.Person{Contact: c.ID, User: c.User}
	}
	return list
}
