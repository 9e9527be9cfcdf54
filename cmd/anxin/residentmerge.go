package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/records/duplicates"
)

// residentMove says where somebody lives.
type residentMove struct {
	stores
	ID     string  `arg:"" help:"Resident id."`
	Home   string  `arg:"" optional:"" help:"Id of the home; one that is not there is made. Nothing for a home that is not known."`
	Room   *string `help:"Room in the home."`
	Reason string  `help:"Why they move."`
}

// Run moves a resident: from then on, what the devices of the home measure is theirs.
func (c *residentMove) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Residents.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if err := s.EnsureHome(e.ctx, devices.Home{ID: c.Home, Name: c.Home, TimeZone: r.TimeZone}); err != nil {
		return err
	}
	r.HomeID = c.Home
	if c.Room != nil {
		r.Room = *c.Room
	}
	if r, err = s.Residents.Correct(e.ctx, r, records.Change{Reason: c.Reason}); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s lives at %q now\n", r.ID, r.HomeID)
	return err
}

// residentCorrect corrects who somebody is.
type residentCorrect struct {
	stores
	ID        string  `arg:"" help:"Resident id."`
	Name      *string `help:"The person's name."`
	BirthDate *string `help:"As 1941-03-05; empty for one that is not known."`
	Sex       *string `help:"female, male, other or unknown."`
	TimeZone  *string `help:"Such as Asia/Shanghai."`
	Language  *string `help:"Such as zh-CN."`
	Reason    string  `help:"Why it changes."`
}

// Run keeps what is said of a resident; what was said before stays as a version.
func (c *residentCorrect) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Residents.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if c.BirthDate != nil {
		if r.BirthDate, err = records.ParseDate(*c.BirthDate); err != nil {
			return fmt.Errorf("birth date: %w", err)
		}
	}
	for field, to := range map[*string]*string{&r.Name: c.Name, (*string)(&r.Sex): c.Sex, &r.TimeZone: c.TimeZone, &r.Language: c.Language} {
		if to != nil {
			*field = *to
		}
	}
	_, err = s.Residents.Correct(e.ctx, r, records.Change{Reason: c.Reason})
	return err
}

// errDuplicate: somebody like that is there already.
var errDuplicate = errors.New("there may be a file of this person already; when none of these is the same person, name each with --not-duplicate-of")

// refuseDuplicates says who may be there already, if anybody.
func refuseDuplicates(out io.Writer, found []duplicates.Candidate) error {
	if len(found) == 0 {
		return nil
	}
	for _, c := range found {
		if _, err := fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", c.Resident, c.Person.Name, c.Person.Birth, reasonsOf(c)); err != nil {
			return err
		}
	}
	return errDuplicate
}

func reasonsOf(c duplicates.Candidate) string {
	said := make([]string, len(c.Reasons))
	for i, reason := range c.Reasons {
		said[i] = strings.ReplaceAll(string(reason), "_", " ")
	}
	return strings.Join(said, ", ")
}

type residentDuplicates struct {
	stores
	Limit int `default:"100" help:"At most so many."`
}

// Run lists residents who may be one person, two in a line.
func (c *residentDuplicates) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	pairs, err := s.Duplicates.Pairs(e.ctx, c.Limit)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if _, err := fmt.Fprintf(e.stdout, "%s\t%s\t%.0f bits\t%s\n", p.One.Resident, p.Other.Resident, p.One.Bits, reasonsOf(p.One)); err != nil {
			return err
		}
	}
	return nil
}
