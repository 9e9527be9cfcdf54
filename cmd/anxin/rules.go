package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/anxin-care/anxin/alerts/rules"
)

type rulesCommand struct {
	Check rulesCheckCommand `cmd:"" help:"Say what is wrong with files of rules."`
	List  rulesListCommand  `cmd:"" help:"List the default rules."`
}

type rulesCheckCommand struct {
	Files []string `arg:"" name:"file" help:"YAML files of rules."`
}

// Run reads the files as a running service would, beside the default rules. Its
// error is all that is wrong.
func (c *rulesCheckCommand) Run(e *env) error {
	var own []rules.Rule
	var wrong []error
	for _, file := range c.Files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		read, err := rules.Parse(text)
		if err == nil {
			_, err = rules.NewSet(read)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", file, err))
			continue
		}
		own = append(own, read...)
	}
	if err := errors.Join(wrong...); err != nil {
		return err
	}
	standard, err := rules.Default()
	if err != nil {
		return err
	}
	if _, err := rules.NewSet(rules.Override(standard, own)); err != nil {
		return err
	}
	replaced := 0
	for _, r := range own {
		for _, s := range standard {
			if s.ID == r.ID {
				replaced++
			}
		}
	}
	fmt.Fprintf(e.stdout, "%d rules are well formed, %d of them in place of default ones\n", len(own), replaced)
	return nil
}

type rulesListCommand struct{}

// Run lists the default rules.
func (c *rulesListCommand) Run(e *env) error {
	all, err := rules.Default()
	if err != nil {
		return err
	}
	set, err := rules.NewSet(all)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tSEVERITY\tNAME\tCONDITION")
	for _, p := range set.Programs() {
		for _, l := range p.Levels {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.ID, l.Severity, p.Name.EN, strings.Join(strings.Fields(l.When), " "))
		}
	}
	return w.Flush()
}
