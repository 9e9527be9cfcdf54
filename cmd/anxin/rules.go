package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/anxin-care/anxin/alerts/rulebook"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/service"
	"github.com/anxin-care/anxin/internal/spelling"
	"github.com/anxin-care/anxin/store"
)

type rulesCommand struct {
	Check    rulesCheckCommand    `cmd:"" help:"Say what is wrong with files of rules."`
	List     rulesListCommand     `cmd:"" help:"List the rules, and where each comes from."`
	Show     rulesShowCommand     `cmd:"" help:"Show a rule as a file would hold it."`
	Backtest rulesBacktestCommand `cmd:"" help:"Try rules on what was heard, on recordings or on simulated residents."`
	Budget   rulesBudgetCommand   `cmd:"" help:"Say whether there are few enough alerts, and right often enough."`
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
	if err := errors.Join(rules.Guard(standard, own), rules.CheckNumber(standard, own)); err != nil {
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

// ruleSettings say where the rules are.
type ruleSettings struct{ judged }

// read returns the rules as a service with these settings judges by them. Where
// no service has ever run nobody has changed any.
func (c *ruleSettings) read(e *env) (now *rulebook.Contents, err error) {
	cfg := service.Config{RulesDir: c.RulesDir}
	if !(store.Config{Dir: c.DataDir, URL: c.DatabaseURL}).Exists() {
		book, err := service.Rulebook(nil, cfg)
		if err != nil {
			return nil, err
		}
		return book.Unchanged()
	}
	s, err := c.open(e)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	book, err := service.Rulebook(s.Records, cfg)
	if err != nil {
		return nil, err
	}
	return book.Read(e.ctx)
}

type rulesListCommand struct{ ruleSettings }

// Run lists the rules, a line for each level.
func (c *rulesListCommand) Run(e *env) error {
	now, err := c.read(e)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "RULE\tFROM\tVERSION\tSEVERITY\tNAME\tCONDITION")
	for _, entry := range now.Entries {
		r := &entry.Rule
		for _, l := range r.AllLevels() {
			severity := l.Severity.String()
			if r.Off {
				severity = "off"
			}
			fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\t%s\n", r.ID, entry.From, r.Version, severity, r.Name.EN, strings.Join(strings.Fields(l.When), " "))
		}
		if entry.Problem != "" {
			fmt.Fprintf(w, "\t\t\t\tcannot be judged by as it was changed\t%s\n", strings.Join(strings.Fields(entry.Problem), " "))
		}
	}
	return w.Flush()
}

type rulesShowCommand struct {
	ruleSettings
	ID string `arg:"" help:"The rule's id."`
}

// Run shows a rule as YAML, after a comment that says where it is from.
func (c *rulesShowCommand) Run(e *env) error {
	now, err := c.read(e)
	if err != nil {
		return err
	}
	entry, ok := now.Find(c.ID)
	if !ok {
		var known []string
		for _, entry := range now.Entries {
			known = append(known, entry.Rule.ID)
		}
		hint := ""
		if near := spelling.Nearest(c.ID, known); near != "" {
			hint = ": did you mean " + near + "?"
		}
		return fmt.Errorf("there is no rule %s%s", c.ID, hint)
	}
	text, err := yaml.Marshal(entry.Rule)
	if err != nil {
		return fmt.Errorf("show rule %s: %w", c.ID, err)
	}
	fmt.Fprintf(e.stdout, "# from: %s\n", entry.From)
	if !entry.ChangedAt.IsZero() {
		fmt.Fprintf(e.stdout, "# changed: %s by user %s: %s\n", entry.ChangedAt.Format(time.RFC3339), entry.ChangedBy, strings.Join(strings.Fields(entry.Reason), " "))
	}
	if entry.Problem != "" {
		fmt.Fprintf(e.stdout, "# the newest version cannot be judged by: %s\n", strings.Join(strings.Fields(entry.Problem), " "))
	}
	_, err = e.stdout.Write(text)
	return err
}
