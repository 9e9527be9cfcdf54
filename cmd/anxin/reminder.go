package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/alerts/reminders"
	"github.com/anxin-care/anxin/alerts/reminders/timetable"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/vitals"
)

type reminderCommand struct {
	Add       reminderAdd       `cmd:"" help:"Remind a resident of something; prints the id."`
	List      reminderList      `cmd:"" help:"List what a resident is to do, and when."`
	Show      reminderShow      `cmd:"" help:"Show a reminder."`
	Stop      reminderStop      `cmd:"" help:"Take a reminder away; what has been is kept."`
	Stock     reminderStock     `cmd:"" help:"Say how much of a medicine there is."`
	Today     reminderToday     `cmd:"" help:"List what is due on a day, and what became of it."`
	Done      reminderDone      `cmd:"" help:"Say that something was done."`
	Skip      reminderSkip      `cmd:"" help:"Say that something is not to be done, and why."`
	Adherence reminderAdherence `cmd:"" help:"Show how reminders went by week."`
	Presets   reminderPresets   `cmd:"" help:"List reminders as they usually are."`
}

type reminderAdd struct {
	stores
	Resident string `arg:"" help:"Resident id."`
	What     string `arg:"" optional:"" help:"What is to be done, in the words that people hear; that of the preset."`

	Preset   string         `help:"Begin with one of those that presets lists, such as bp_twice_a_day."`
	Kind     reminders.Kind `help:"medication, measurement, appointment, drinking, exercise, follow_up, charge, battery, device_test, recheck or check_in."`
	Schedule string         `help:"Such as \"daily at 08:00, 20:00\"; docs/reminders.md has all forms."`
	Note     string         `help:"What belongs to it; of a medicine its own text."`
	Start    string         `help:"Its first day, as 2026-12-01."`
	End      string         `help:"Its last day."`
	Days     timetable.Days `help:"not_holidays or working_days; default every day."`

	Dose         string         `help:"How much of a medicine, such as \"1 tablet\"."`
	Food         reminders.Food `help:"before, with or after the meal."`
	TimeCritical bool           `help:"A medicine that does harm when it is late."`
	Left         float64        `help:"How much of the medicine there is."`
	PerDose      float64        `help:"How much of it goes in a dose."`
	RefillAt     float64        `help:"How little asks for more."`
	Refill       string         `help:"Who is to get more: a contact's id, or the name of one around the resident."`

	Metric   []string      `help:"What is measured, such as bp_systolic; again for more."`
	Readings int           `help:"How many readings within ten minutes are one measurement."`
	Window   time.Duration `help:"Until how long after it is due a measurement is in time, or an answer to a check-in is waited for."`
	Device   string        `help:"What it is about, or the only device that shows that it was done."`
	Helper   string        `help:"The contact who is told where the resident has neither a speaker nor a telephone."`
}

func (c *reminderAdd) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := c.reminder()
	if err != nil {
		return err
	}
	warnings, err := s.ReminderCheck().Check(e.ctx, r)
	if err != nil {
		return err
	}
	if r, err = s.Reminders.Create(e.ctx, r, ""); err != nil {
		return err
	}
	for _, warning := range warnings {
		fmt.Fprintln(e.stderr, "warning:", warning)
	}
	_, err = fmt.Fprintln(e.stdout, r.ID)
	return err
}

// reminder is what was asked for, over what a preset says.
func (c *reminderAdd) reminder() (r reminders.Reminder, err error) {
	var p reminders.Preset
	if c.Preset != "" {
		if p, err = presetNamed(c.Preset); err != nil {
			return r, err
		}
	}
	if c.Kind == "" && p.Kind == "" {
		return r, errors.New("say what kind of reminder it is: give --kind, or begin with a --preset")
	}
	r = reminders.Reminder{
		Resident: c.Resident, Kind: cmp.Or(c.Kind, p.Kind), What: cmp.Or(c.What, p.Title.EN), Note: c.Note, Days: c.Days, Dose: c.Dose, Food: cmp.Or(c.Food, p.Food),
		TimeCritical: c.TimeCritical, Metrics: p.Metrics, Readings: cmp.Or(c.Readings, p.Readings), Window: cmp.Or(c.Window, p.Window), Device: c.Device, Helper: c.Helper,
	}
	if schedule := cmp.Or(c.Schedule, p.Schedule); schedule != "" {
		if r.Schedule, err = timetable.Parse(schedule); err != nil {
			return r, err
		}
	}
	if r.Start, err = records.ParseDate(c.Start); err != nil {
		return r, fmt.Errorf("start: %w", err)
	}
	if r.End, err = records.ParseDate(c.End); err != nil {
		return r, fmt.Errorf("end: %w", err)
	}
	for i, name := range c.Metric {
		if i == 0 {
			r.Metrics = nil
		}
		m, ok := vitals.ParseMetric(name)
		if !ok {
			return r, fmt.Errorf("there is no metric %q", name)
		}
		r.Metrics = append(r.Metrics, m)
	}
	if c.PerDose != 0 || c.Left != 0 || c.RefillAt != 0 || c.Refill != "" {
		r.Stock = &reminders.Stock{Left: c.Left, PerDose: c.PerDose, RefillAt: c.RefillAt, Refill: c.Refill}
	}
	return r, nil
}

func presetNamed(name string) (reminders.Preset, error) {
	var names []string
	for _, p := range reminders.Presets() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if near := spelling.Nearest(name, names); near != "" {
		return reminders.Preset{}, fmt.Errorf("there is no preset %s: did you mean %s?", name, near)
	}
	return reminders.Preset{}, fmt.Errorf("there is no preset %s: presets lists them", name)
}

type reminderList struct {
	stores
	Resident string `arg:"" help:"Resident id."`
}

func (c *reminderList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if _, err := s.Residents.Get(e.ctx, c.Resident); err != nil {
		return err
	}
	all, err := s.Reminders.List(e.ctx, c.Resident)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tKIND\tWHAT\tWHEN\tLEFT")
	for _, r := range all {
		left := ""
		if r.Stock != nil {
			left = fmt.Sprintf("%g", r.Stock.Left)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, r.Kind, r.What, scheduleOf(&r), left)
	}
	return w.Flush()
}

// scheduleOf is when a reminder is due, in words.
func scheduleOf(r *reminders.Reminder) string {
	return cmp.Or(r.Schedule.String(), "15 minutes after a low glucose")
}

// oneReminder is what commands about one reminder ask for.
type oneReminder struct {
	stores
	Resident string `arg:"" help:"Resident id."`
	ID       string `arg:"" help:"Reminder id."`
}

type reminderShow struct{ oneReminder }

func (c *reminderShow) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	r, err := s.Reminders.Get(e.ctx, c.Resident, c.ID)
	if err != nil {
		return err
	}
	var metrics []string
	for _, m := range r.Metrics {
		metrics = append(metrics, m.String())
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	line := func(name string, value any) {
		if text := fmt.Sprint(value); text != "" && text != "0" && text != "0s" && text != "false" {
			fmt.Fprintf(w, "%s\t%s\n", name, text)
		}
	}
	line("what", r.What)
	line("kind", r.Kind)
	line("when", scheduleOf(&r))
	line("start", r.Start)
	line("end", r.End)
	line("days", r.Days)
	line("dose", r.Dose)
	line("food", r.Food)
	line("time-critical", r.TimeCritical)
	line("metrics", strings.Join(metrics, ", "))
	line("readings", r.Readings)
	line("window", r.Window)
	line("device", r.Device)
	line("helper", r.Helper)
	if st := r.Stock; st != nil {
		fmt.Fprintf(w, "stock\t%g left, %g a dose, more at %g from %s\n", st.Left, st.PerDose, st.RefillAt, st.Refill)
	}
	line("note", r.Note)
	line("version", r.Version)
	if !r.EndedAt.IsZero() {
		line("ended", r.EndedAt.Format(time.RFC3339))
	}
	return w.Flush()
}

type reminderStop struct{ oneReminder }

func (c *reminderStop) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Reminders.End(e.ctx, c.Resident, c.ID, "")
}

type reminderStock struct {
	oneReminder
	Left float64 `arg:"" help:"How much there is."`
}

func (c *reminderStock) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Reminders.SetStock(e.ctx, c.Resident, c.ID, c.Left, "")
	return err
}

type reminderToday struct {
	stores
	Resident []string `arg:"" optional:"" help:"Resident ids; default all."`
	Day      string   `help:"On the residents' clocks, as 2026-12-01; default today."`
}

func (c *reminderToday) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	day, err := records.ParseDate(c.Day)
	if err != nil {
		return fmt.Errorf("day: %w", err)
	}
	residents, err := residentsOf(e.ctx, s, c.Resident)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tRESIDENT\tDUE\tWHAT\tSTATUS")
	for _, r := range residents {
		on := day
		if on.IsZero() {
			on = records.DateOf(time.Now().In(r.Zone()))
		}
		all, err := s.Reminders.OnDay(e.ctx, r.ID, on)
		if err != nil {
			return err
		}
		var ids []string
		for _, o := range all {
			ids = append(ids, o.Reminder)
		}
		of, err := s.Reminders.Reminders(e.ctx, ids...)
		if err != nil {
			return err
		}
		for _, o := range all {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", o.ID, o.Resident, o.Due.In(o.Zone).Format("15:04"), of[o.Reminder].What, becameOf(&o))
		}
	}
	return w.Flush()
}

// becameOf is what became of an occurrence, in words.
func becameOf(o *reminders.Occurrence) string {
	switch {
	case o.Status == reminders.Done && o.OnTime:
		return "done at " + o.DoneAt.In(o.Zone).Format("15:04")
	case o.Status == reminders.Done:
		return "done late, at " + o.DoneAt.In(o.Zone).Format("15:04")
	case o.Untold() && o.Open():
		return "due: nobody could be told"
	case o.Untold():
		return "missed: nobody could be told"
	case o.Status == reminders.Told && o.Told == 1:
		return "told once"
	case o.Status == reminders.Told:
		return fmt.Sprintf("told %d times", o.Told)
	case o.Reason != "":
		return string(o.Status) + ": " + o.Reason
	}
	return string(o.Status)
}

// residentsOf are residents by their ids, all when none is named.
func residentsOf(ctx context.Context, s *service.Service, ids []string) (some []records.Resident, err error) {
	if len(ids) == 0 {
		return s.Residents.List(ctx, records.ResidentQuery{})
	}
	for _, id := range ids {
		r, err := s.Residents.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		some = append(some, r)
	}
	return some, nil
}

// oneOccurrence is what commands about one occurrence ask for.
type oneOccurrence struct {
	stores
	Resident string `arg:"" help:"Resident id."`
	ID       string `arg:"" help:"What is due, as today lists it."`
}

type reminderDone struct {
	oneOccurrence
	At string `help:"When it was done, by the resident's clock, such as 2026-12-01T08:05; default now."`
}

func (c *reminderDone) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	at := time.Now()
	if c.At != "" {
		r, err := s.Residents.Get(e.ctx, c.Resident)
		if err != nil {
			return err
		}
		if at, err = readClock(c.At, r.TimeZone); err != nil {
			return fmt.Errorf("at: %w", err)
		}
		if at.After(time.Now().Add(time.Minute)) {
			return fmt.Errorf("at: %s is in the future", c.At)
		}
	}
	o, err := s.Reminders.Finish(e.ctx, c.Resident, c.ID, reminders.Finish{At: at})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, becameOf(&o))
	return err
}

type reminderSkip struct {
	oneOccurrence
	Reason string `arg:"" help:"Why."`
}

func (c *reminderSkip) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	was, err := s.Reminders.OfTelling(e.ctx, c.Resident, c.ID)
	if err != nil {
		return err
	}
	if was.Settled() {
		return fmt.Errorf("there is nothing to skip: it was %s already", becameOf(&was))
	}
	o, err := s.Reminders.Skip(e.ctx, c.Resident, c.ID, reminders.Skip{Reason: c.Reason})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, becameOf(&o))
	return err
}

type reminderAdherence struct {
	stores
	Resident string `arg:"" help:"Resident id."`
	Weeks    int    `default:"8" help:"How many weeks back."`
}

func (c *reminderAdherence) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	if c.Weeks < 1 || c.Weeks > 53 {
		return fmt.Errorf("weeks: %d: want 1 to 53", c.Weeks)
	}
	if _, err := s.Residents.Get(e.ctx, c.Resident); err != nil {
		return err
	}
	weeks, err := s.Reminders.Adherence(e.ctx, c.Resident, time.Now().AddDate(0, 0, -7*(c.Weeks-1)))
	if err != nil {
		return err
	}
	var ids []string
	for _, week := range weeks {
		ids = append(ids, week.Reminder)
	}
	of, err := s.Reminders.Reminders(e.ctx, ids...)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "WEEK\tWHAT\tDONE\tDUE\tIN TIME\tLATE\tSKIPPED\tMISSED")
	for _, week := range weeks {
		done := "-"
		if share, ok := week.Share(); ok {
			done = fmt.Sprintf("%.0f %%", 100*share)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%d\n", week.Monday, of[week.Reminder].What, done, week.Due, week.OnTime, week.Late, week.Skipped, week.Missed)
	}
	return w.Flush()
}

type reminderPresets struct{}

func (c *reminderPresets) Run(e *env) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PRESET\tKIND\tWHAT\tWHEN")
	for _, p := range reminders.Presets() {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Name, p.Kind, p.Title.EN, cmp.Or(p.Schedule, "15 minutes after a low glucose"))
	}
	return w.Flush()
}
