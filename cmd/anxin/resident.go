package main

import (
	"cmp"
	"fmt"
	"text/tabwriter"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/likeness"
)

type residentCommand struct {
	Add       residentAdd        `cmd:"" help:"Add a resident; prints the id."`
	List      residentList       `cmd:"" help:"List residents."`
	Show      residentShow       `cmd:"" help:"Show what the rules go by of a resident."`
	Set       residentSet        `cmd:"" help:"Say what the rules go by of a resident: conditions, limits, plans."`
	Move      residentMove       `cmd:"" help:"Say where a resident lives from now on."`
	Correct   residentCorrect    `cmd:"" help:"Correct who a resident is; what was said before stays as a version."`
	Dup       residentDuplicates `cmd:"" name:"duplicates" help:"List residents who may be one person. Files are merged on the pages, or over the API."`
	Export    residentExport     `cmd:"" help:"Write a copy of all that is kept of a resident: a zip of JSON, CSV and documents."`
	Erase     residentErase      `cmd:"" help:"Erase all that is kept of a resident, and prove it. It cannot be undone."`
	Erasures  residentErasures   `cmd:"" help:"List residents who were erased, with the proofs."`
	Situation residentSituation  `cmd:"" help:"Say that a resident is away, in hospital or has visitors, until when."`
}

type residentAdd struct {
	judged
	Name      string `arg:"" help:"The person's name."`
	ID        string `name:"id" help:"Letters, digits and hyphens; default one is made up."`
	Home      string `help:"Id of the home; one that is not there is made."`
	Room      string `help:"Room in the home."`
	Called    string `help:"What they are called aloud at home, such as 李奶奶; default the name."`
	Phone     string `help:"A number of their own, such as 13800138000; those who are called about them are told it."`
	BirthDate string `help:"As 1941-03-05."`
	Sex       string `enum:"female,male,other,unknown" default:"unknown" help:"female, male, other or unknown."`
	TimeZone  string `help:"Where they live; default that of the home, or Asia/Shanghai."`
	Language  string `help:"Such as zh-CN."`

	Condition []string `help:"A condition that the resident has, such as copd; again for more."`

	NotDuplicateOf []string `help:"A resident who was found to be perhaps the same person, and is not; again for more."`
}

// defaultTimeZone is that of whom, and of what home, nothing else is said.
const defaultTimeZone = "Asia/Shanghai"

func (c *residentAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r := records.Resident{
		ID: c.ID, Name: c.Name, HomeID: c.Home, Room: c.Room, Called: c.Called, Phone: c.Phone, Sex: records.Sex(c.Sex), TimeZone: c.TimeZone, Language: c.Language,
	}
	if c.BirthDate != "" {
		if r.BirthDate, err = records.ParseDate(c.BirthDate); err != nil {
			return fmt.Errorf("birth date: %w", err)
		}
	}
	found, err := s.Duplicates.Find(e.ctx, likeness.Person{Name: r.Name, Birth: r.BirthDate, Sex: r.Sex, Home: r.HomeID}, c.NotDuplicateOf...)
	if err != nil {
		return err
	}
	if err := refuseDuplicates(e.stdout, found); err != nil {
		return err
	}
	home := devices.Home{ID: c.Home, Name: c.Home, TimeZone: cmp.Or(c.TimeZone, defaultTimeZone)}
	if err := s.EnsureHome(e.ctx, home); err != nil {
		return err
	}
	if c.Home == "" {
		r.TimeZone = home.TimeZone
	}
	r, err = s.Residents.Create(e.ctx, r, s.Care.With(records.Care{Conditions: c.Condition}, records.Change{}), s.Duplicates.With(c.NotDuplicateOf, records.Change{}))
	if err != nil {
		return err
	}
	if err := e.note(s, changes(records.Everything, r.ID)); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, r.ID)
	return err
}

type residentList struct{ stores }

func (c *residentList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	residents, err := s.Residents.List(e.ctx, records.ResidentQuery{})
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tNAME\tHOME\tPHONE")
	for _, r := range residents {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Name, r.HomeID, r.Phone)
	}
	return w.Flush()
}
