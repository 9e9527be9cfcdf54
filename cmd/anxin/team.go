package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

type teamCommand struct {
	Add    teamAdd    `cmd:"" help:"Add a team of staff; prints the id."`
	Shift  teamShift  `cmd:"" help:"Put a member on the weekly roster."`
	Roster teamRoster `cmd:"" help:"Show who is on duty in the next days, and when nobody is."`
	List   teamList   `cmd:"" help:"List teams."`
}

type teamAdd struct {
	stores
	Name       string   `arg:"" help:"Name of the team, not a person's."`
	ID         string   `help:"Letters, digits and hyphens; default one is made up."`
	TimeZone   string   `default:"Asia/Shanghai" help:"In which its shifts are meant."`
	Supervisor string   `help:"Contact id."`
	Member     []string `help:"Contact id of a member; again for more."`
	Resident   []string `help:"Resident id of whom they look after; again for more."`
}

func (c *teamAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, id := range c.Resident {
		if err := e.note(s, changes(records.Status, id)); err != nil {
			return err
		}
	}
	team, err := s.People.AddTeam(e.ctx, records.TeamFile{
		Team: records.Team{ID: c.ID, Name: c.Name, Supervisor: c.Supervisor, TimeZone: c.TimeZone}, Members: c.Member, Residents: c.Resident,
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, team.ID)
	return err
}

type teamShift struct {
	stores
	Team    string   `arg:"" help:"Team id."`
	Contact string   `arg:"" help:"Contact id of a member."`
	Day     []string `enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday" default:"monday,tuesday,wednesday,thursday,friday,saturday,sunday" help:"Day of the week on which it begins; again for more; default all."`
	From    string   `required:"" help:"When it begins, such as 20:00."`
	To      string   `required:"" help:"When it ends; on the next day when that is not after --from."`
}

func (c *teamShift) Run(e *env) error {
	hours, err := records.ParseHours(c.From, c.To)
	if err != nil {
		return err
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	team, err := s.People.Team(e.ctx, c.Team)
	if err != nil {
		return err
	}
	if !slices.Contains(team.Members, c.Contact) {
		return fmt.Errorf("%q is not in team %s: its members are %s", c.Contact, c.Team, strings.Join(team.Members, ", "))
	}
	return s.People.ChangeShifts(e.ctx, c.Team, func(all []records.Shift) []records.Shift {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if slices.ContainsFunc(c.Day, func(name string) bool { return strings.EqualFold(name, day.String()) }) {
				all = append(all, records.Shift{Contact: c.Contact, Weekday: day, Hours: hours})
			}
		}
		return all
	})
}

type teamRoster struct {
	stores
	Team string `arg:"" help:"Team id."`
	Days int    `default:"7" help:"How many days, from now on."`
}

func (c *teamRoster) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	from := time.Now().Truncate(time.Minute)
	to := from.AddDate(0, 0, c.Days)
	roster, err := s.People.Roster(e.ctx, c.Team, from, to)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, stretch := range roster.Stretches(from, to) {
		who, err := names(e, s, stretch.OnDuty)
		if err != nil {
			return err
		}
		if stretch.Override {
			who += "\tnot by the week"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", stretch.From.In(roster.Zone).Format("Mon "+clock), stretch.To.In(roster.Zone).Format("Mon "+clock), who)
	}
	return w.Flush()
}

// names are those of contacts.
func names(e *env, s *service.Service, contacts []string) (string, error) {
	if len(contacts) == 0 {
		return "NOBODY", nil
	}
	var list []string
	for _, id := range contacts {
		contact, err := s.People.Contact(e.ctx, id)
		if err != nil {
			return "", err
		}
		list = append(list, contact.Name)
	}
	return strings.Join(list, ", "), nil
}

type teamList struct{ stores }

func (c *teamList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	teams, err := s.People.Teams(e.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tMEMBERS\tRESIDENTS")
	for _, t := range teams {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\n", t.ID, t.Name, len(t.Members), len(t.Residents))
	}
	return w.Flush()
}
