package main

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
)

type rulesBudgetCommand struct {
	stores
	Resident []string `placeholder:"ID" help:"Only this resident; again for more."`
	Weeks    int      `default:"4" help:"The last so many weeks."`
	JSON     bool     `name:"json" help:"Write it as JSON."`
	Language string   `enum:"en,zh-CN" default:"en" help:"Language of the report, en or zh-CN."`
}

// Run puts the alerts of the last weeks beside the budget.
func (c *rulesBudgetCommand) Run(e *env) error {
	if c.Weeks < 1 {
		return errors.New("weeks: want 1 or more")
	}
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer s.Close()
	for _, id := range c.Resident {
		if _, err := s.Residents.Get(e.ctx, id); err != nil {
			return err
		}
	}
	now := time.Now()
	b, err := s.Trials().Budget(e.ctx, c.Resident, now.AddDate(0, 0, -7*c.Weeks), now)
	if err != nil {
		return err
	}
	if c.JSON {
		w := json.NewEncoder(e.stdout)
		w.SetIndent("", "  ")
		return w.Encode(b)
	}
	known, err := s.Trials().Rules(e.ctx)
	if err != nil {
		return err
	}
	return backtest.BudgetText(e.stdout, &b, known, c.Language)
}
