package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/records"
)

// judged are the settings of commands that say what rules go by.
type judged struct {
	stores
	RulesDir string `name:"rules-dir" env:"ANXIN_RULES_DIR" type:"path" help:"The service's folder of rules of your own: they may ask for conditions of their own."`
}

func (j *judged) open(e *env) (*service.Service, error) {
	return j.openWith(e, service.Config{RulesDir: j.RulesDir})
}

type residentSet struct {
	judged
	ID             string                `arg:"" help:"Resident id."`
	Condition      []string              `help:"A condition that the resident has, such as copd; again for more."`
	Limit          map[string]float64    `help:"A threshold of the resident's own, such as spo2.low=90."`
	Scale2By       string                `name:"scale-2-by" help:"The clinician who decided on NEWS2 scale 2, for an oxygen target of 88 to 92 %."`
	Scale2On       string                `name:"scale-2-on" help:"When that was, as 2026-11-20; default today."`
	Plan           map[string]rules.Span `help:"How often a metric is to be measured, such as bp_systolic=12h."`
	Called         *string               `help:"What the resident is called aloud at home; empty for the name."`
	Phone          *string               `help:"A number of the resident's own; empty for none."`
	HomePhone      *string               `name:"home-phone" help:"The number of the telephone of the home where the resident lives; empty for none."`
	NeighboursCall *bool                 `name:"neighbours-call" help:"Neighbours who are called about the resident are told the home's number, too."`
	Remove         []string              `help:"What is no longer so, by its name: a condition, a limit, a metric that was planned, or scale_2."`
	Reason         string                `help:"Why it changes."`
}

// Run changes what is said and leaves the rest as it is.
func (c *residentSet) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := c.identify(e, s); err != nil {
		return err
	}
	before, err := s.Care.Care(e.ctx, c.ID)
	if err != nil {
		return err
	}
	care := before.Care
	for _, name := range c.Remove {
		if err := without(&care, name); err != nil {
			return fmt.Errorf("resident %q: %w", c.ID, err)
		}
	}
	if err := c.add(&care); err != nil {
		return err
	}
	after, err := s.Care.SetCare(e.ctx, c.ID, care, records.Change{Reason: c.Reason, From: &before.Version})
	if err != nil {
		return err
	}
	return printCare(e.stdout, after)
}

// identify changes how the resident is called, aloud and by telephone.
func (c *residentSet) identify(e *env, s *service.Service) error {
	if c.Called == nil && c.Phone == nil && c.HomePhone == nil && c.NeighboursCall == nil {
		return nil
	}
	r, err := s.Residents.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	if c.Called != nil || c.Phone != nil {
		if c.Called != nil {
			r.Called = *c.Called
		}
		if c.Phone != nil {
			r.Phone = *c.Phone
		}
		if _, err := s.Residents.Update(e.ctx, r); err != nil {
			return err
		}
	}
	if c.HomePhone == nil && c.NeighboursCall == nil {
		return nil
	}
	if r.HomeID == "" {
		return fmt.Errorf("resident %q lives in no home that is known", c.ID)
	}
	h, err := s.Registry.Home(e.ctx, r.HomeID)
	if err != nil {
		return err
	}
	if c.HomePhone != nil {
		h.Phone = *c.HomePhone
	}
	if c.NeighboursCall != nil {
		h.ForNeighbours = *c.NeighboursCall
	}
	_, err = s.Registry.SetHomePhone(e.ctx, h.ID, h.Phone, h.ForNeighbours)
	return err
}

func (c *residentSet) add(care *records.Care) error {
	care.Conditions = slices.Concat(care.Conditions, c.Condition)
	if care.Limits == nil {
		care.Limits = map[string]float64{}
	}
	maps.Copy(care.Limits, c.Limit)
	if care.Planned == nil {
		care.Planned = map[string]time.Duration{}
	}
	for metric, every := range c.Plan {
		care.Planned[metric] = time.Duration(every)
	}
	switch {
	case c.Scale2By != "":
		care.Scale2 = records.Decision{By: c.Scale2By, On: records.DateOf(time.Now())}
	case c.Scale2On != "":
		return errors.New("--scale-2-on needs --scale-2-by: scale 2 is a clinician's decision")
	}
	if c.Scale2On != "" {
		var err error
		if care.Scale2.On, err = records.ParseDate(c.Scale2On); err != nil {
			return fmt.Errorf("scale-2-on: %w", err)
		}
	}
	return nil
}

// without takes something out of a care. What is not there cannot be: perhaps it
// is misspelt, and what was meant would stay.
func without(care *records.Care, name string) error {
	i := slices.Index(care.Conditions, name)
	_, limit := care.Limits[name]
	_, planned := care.Planned[name]
	switch {
	case i >= 0:
		care.Conditions = slices.Delete(care.Conditions, i, i+1)
	case limit:
		delete(care.Limits, name)
	case planned:
		delete(care.Planned, name)
	case name == "scale_2" && care.Scale2.Made():
		care.Scale2 = records.Decision{}
	default:
		return fmt.Errorf("nothing was said of %s", name)
	}
	return nil
}

func printCare(out io.Writer, v records.CareVersion) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, condition := range v.Conditions {
		fmt.Fprintf(w, "condition\t%s\n", condition)
	}
	for _, name := range slices.Sorted(maps.Keys(v.Limits)) {
		fmt.Fprintf(w, "limit\t%s\t%v\n", name, v.Limits[name])
	}
	if v.Scale2.Made() {
		fmt.Fprintf(w, "scale 2\tdecided by %s\t%s\n", v.Scale2.By, v.Scale2.On)
	}
	for _, metric := range slices.Sorted(maps.Keys(v.Planned)) {
		fmt.Fprintf(w, "planned\t%s\tevery %s\n", metric, rules.Span(v.Planned[metric]))
	}
	return w.Flush()
}

type residentShow struct {
	stores
	ID string `arg:"" help:"Resident id."`
}

func (c *residentShow) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Residents.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	care, err := s.Care.Care(e.ctx, c.ID)
	if err != nil {
		return err
	}
	situations, err := s.Care.Situations(e.ctx, c.ID)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "resident\t%s\t%s\n", r.ID, r.Name)
	zone := r.Zone()
	for _, one := range situations {
		fmt.Fprintf(w, "%s\tuntil %s\t%s\n", one.Kind, one.Until.In(zone).Format(clock), one.Note)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return printCare(e.stdout, care)
}

// clock is how times of a resident's day are written and read.
const clock = "2006-01-02T15:04"

type residentSituation struct {
	stores
	ID    string `arg:"" help:"Resident id."`
	Kind  string `arg:"" enum:"away,hospital,visitors" help:"away, hospital or visitors."`
	Until string `xor:"until" required:"" help:"When it ends by itself, by the resident's clock, such as 2026-12-01T18:00; at most 90 days ahead."`
	Note  string `help:"Such as where to, or with whom."`
	End   bool   `xor:"until" required:"" help:"It ends now."`
}

func (c *residentSituation) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	kind := records.SituationKind(c.Kind)
	if c.End {
		return s.Care.EndSituation(e.ctx, c.ID, kind, "")
	}
	r, err := s.Residents.Get(e.ctx, c.ID)
	if err != nil {
		return err
	}
	until, err := readClock(c.Until, r.TimeZone)
	if err != nil {
		return fmt.Errorf("until: %w", err)
	}
	set, err := s.Care.SetSituation(e.ctx, records.Situation{Resident: c.ID, Kind: kind, Until: until, Note: c.Note})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s until %s\n", set.Kind, set.Until.In(until.Location()).Format(clock))
	return err
}

// readClock reads a time by the clock of a zone, or one that names its own.
func readClock(text, timeZone string) (time.Time, error) {
	zone, err := time.LoadLocation(timeZone)
	if err != nil {
		return time.Time{}, err
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	t, err := time.ParseInLocation(clock, text, zone)
	if err != nil {
		return t, fmt.Errorf("%q is not a time such as 2026-12-01T18:00", text)
	}
	return t, nil
}
