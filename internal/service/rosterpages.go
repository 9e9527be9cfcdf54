package service

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/web"
)

// lookAhead is how far ahead gaps of a roster are told.
const lookAhead = 7 * 24 * time.Hour

func (p people) Teams(ctx context.Context, user web.User) ([]web.Team, error) {
	if err := p.arranges(ctx, user); err != nil {
		return nil, err
	}
	teams, err := p.s.People.Teams(ctx)
	if err != nil {
		return nil, err
	}
	var shown []web.Team
	now := time.Now()
	for _, t := range teams {
		roster, err := p.Roster(ctx, user, t.ID, now, now.Add(lookAhead))
		if err != nil {
			return nil, err
		}
		line := web.Team{ID: t.ID, Name: t.Name, OnDuty: roster.Stretches[0].OnDuty, Zone: roster.Zone}
		if len(roster.Stretches) > 1 {
			line.Until = roster.Stretches[0].To
		}
		line.Gap = slices.ContainsFunc(roster.Stretches, func(s web.Stretch) bool { return len(s.OnDuty) == 0 })
		shown = append(shown, line)
	}
	return shown, nil
}

func (p people) Roster(ctx context.Context, user web.User, team string, from, to time.Time) (web.Roster, error) {
	if err := p.arranges(ctx, user); err != nil {
		return web.Roster{}, err
	}
	t, err := p.s.People.Team(ctx, team)
	if err != nil {
		return web.Roster{}, said(err)
	}
	roster, err := p.s.People.Roster(ctx, team, from, to)
	if err != nil {
		return web.Roster{}, said(err)
	}
	// By name, so that those who are on the roster are called by theirs.
	named := map[string]web.Person{}
	shown := web.Roster{Team: web.Person{ID: t.ID, Name: t.Name}, Zone: roster.Zone}
	for _, id := range t.Members {
		c, err := p.s.People.Contact(ctx, id)
		if err != nil {
			return web.Roster{}, said(err)
		}
		named[id] = pagePerson(c)
		shown.Members = append(shown.Members, named[id])
	}
	slices.SortFunc(shown.Members, func(a, b web.Person) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	for _, s := range roster.Shifts {
		from, to := s.Clocks()
		shown.Shifts = append(shown.Shifts, web.Shift{ID: s.ID, Person: named[s.Contact], Weekday: s.Weekday, Hours: web.Hours{From: from, To: to}})
	}
	for _, o := range roster.Overrides {
		shown.Overrides = append(shown.Overrides, web.Override{ID: o.ID, Person: named[o.Contact], From: o.From, To: o.To, Reason: o.Reason})
	}
	for _, s := range roster.Stretches(from, to) {
		stretch := web.Stretch{From: s.From, To: s.To, Override: s.Override}
		for _, id := range s.OnDuty {
			stretch.OnDuty = append(stretch.OnDuty, named[id])
		}
		shown.Stretches = append(shown.Stretches, stretch)
	}
	return shown, nil
}

func (p people) JoinTeam(ctx context.Context, user web.User, team, contact string) error {
	if err := p.manages(ctx, user); err != nil {
		return err
	}
	return said(p.s.People.JoinTeam(ctx, team, contact))
}

func (p people) LeaveTeam(ctx context.Context, user web.User, team, contact string) error {
	if err := p.manages(ctx, user); err != nil {
		return err
	}
	return said(p.s.People.LeaveTeam(ctx, team, contact))
}

// changeShifts changes the weekly roster of a team.
func (p people) changeShifts(ctx context.Context, user web.User, team string, change func([]records.Shift) []records.Shift) error {
	if err := p.arranges(ctx, user); err != nil {
		return err
	}
	return said(p.s.People.ChangeShifts(ctx, team, change))
}

func (p people) AddShifts(ctx context.Context, user web.User, team string, shifts []web.Shift) error {
	var more []records.Shift
	for _, s := range shifts {
		hours, err := records.ParseHours(s.From, s.To)
		if err != nil {
			return web.RefusedHours
		}
		more = append(more, records.Shift{Contact: s.Person.ID, Weekday: s.Weekday, Hours: hours})
	}
	return p.changeShifts(ctx, user, team, func(all []records.Shift) []records.Shift { return append(all, more...) })
}

func (p people) RemoveShift(ctx context.Context, user web.User, team, shift string) error {
	return p.changeShifts(ctx, user, team, func(all []records.Shift) []records.Shift {
		return slices.DeleteFunc(all, func(s records.Shift) bool { return s.ID == shift })
	})
}

func (p people) AddOverride(ctx context.Context, user web.User, team string, o web.Override) error {
	if err := p.arranges(ctx, user); err != nil {
		return err
	}
	_, err := p.s.People.AddOverride(ctx, team, records.Override{Contact: o.Person.ID, From: o.From, To: o.To, SetBy: user.ID, Reason: o.Reason})
	return said(err)
}

func (p people) RemoveOverride(ctx context.Context, user web.User, team, override string) error {
	if err := p.arranges(ctx, user); err != nil {
		return err
	}
	return said(p.s.People.RemoveOverride(ctx, team, override))
}
