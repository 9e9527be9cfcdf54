package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/devices"
)

type deviceReattribute struct {
	stores
	Device   string    `arg:"" help:"Device id."`
	From     time.Time `required:"" help:"Since when, as 2026-11-03T08:00:00Z."`
	To       time.Time `help:"Until when; left out when it goes on."`
	Resident string    `xor:"wearer" help:"Id of the resident who wore it."`
	Nobody   bool      `xor:"wearer" help:"Nobody wore it: its readings are put aside."`
	Why      string    `help:"How you know; kept with what was said before."`
	Preview  bool      `help:"Only say what would move."`
}

// Run implements the command. What follows is the service's to do: one that runs
// beside it, or the next one to start.
func (c *deviceReattribute) Run(e *env) error {
	if c.Resident == "" && !c.Nobody {
		return errors.New("say who wore it with --resident, or --nobody")
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	said := devices.Worn{Device: c.Device, Resident: c.Resident, From: c.From, To: c.To, Why: c.Why}
	seen, err := s.Registry.Foresee(e.ctx, said)
	if err != nil {
		return err
	}
	if err := s.OpenTimeline(e.ctx); err != nil {
		return err
	}
	end := seen.To
	if seen.GoesOn {
		end = time.Time{}
	}
	would, err := alerts.NewAlerts(s.Records).Foresee(e.ctx, s.Timeline, &seen, end)
	if err != nil {
		return err
	}
	if err := printReattribution(e, &seen, would); err != nil || c.Preview {
		return err
	}
	said.Was = &seen.Was
	made, err := s.Registry.Correct(e.ctx, said)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "correction %d is noted; the service carries it out as soon as it runs\n", made.Number)
	return err
}

func printReattribution(e *env, c *devices.Correction, out alerts.Reattribution) error {
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "from\t%s\n", named(c.Was))
	fmt.Fprintf(w, "to\t%s\n", named(c.Resident))
	for _, metric := range slices.Sorted(maps.Keys(out.Readings)) {
		fmt.Fprintf(w, "%s\t%d\n", metric, out.Readings[metric])
	}
	if out.Hours > 0 {
		fmt.Fprintf(w, "hourly summaries\t%d\n", out.Hours)
	}
	if out.Mixed > 0 {
		fmt.Fprintf(w, "hourly summaries that stay, for part of them is from outside\t%d\n", out.Mixed)
	}
	fmt.Fprintf(w, "alerts that were not theirs\t%d\n", len(out.NotTheirs))
	for _, found := range out.Found {
		fmt.Fprintf(w, "found at the right one\t%s\t%s\t%s\n", found.Began.Format(time.RFC3339), found.Severity, found.Rule)
	}
	return w.Flush()
}

func named(resident string) string {
	if resident == "" {
		return "nobody"
	}
	return resident
}

type deviceWearings struct {
	stores
	Device string `arg:"" help:"Device id."`
}

// Run implements the command.
func (c *deviceWearings) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	all, err := s.Registry.Wearings(e.ctx, c.Device)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for _, one := range all {
		from, to := "first reading", "now"
		if one.From.After(devices.FirstReading()) {
			from = one.From.Format(time.RFC3339)
		}
		if !one.To.IsZero() {
			to = one.To.Format(time.RFC3339)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", one.Resident, from, to)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	corrections, err := s.Registry.Corrections(e.ctx, c.Device)
	if err != nil {
		return err
	}
	for i := range corrections {
		one := &corrections[i]
		fmt.Fprintf(e.stdout, "\ncorrection %d of %s, %s: from %s to %s: %s\n", one.Number, one.MadeAt.Format(time.RFC3339), one.Step,
			one.From.Format(time.RFC3339), one.To.Format(time.RFC3339), one.Why)
		var out alerts.Reattribution
		if err := json.Unmarshal(one.Outcome, &out); err != nil {
			return err
		}
		if err := printReattribution(e, one, out); err != nil {
			return err
		}
	}
	return nil
}
