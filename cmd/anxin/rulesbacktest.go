package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/backtest/recordings"
	"github.com/anxin-care/anxin/alerts/backtest/simulated"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/internal/service"
)

// timelineFlags say where the timeline and the rules of a service are.
type timelineFlags struct {
	ruleSettings
	InfluxURL    string `name:"influx-url" env:"ANXIN_INFLUX_URL" help:"InfluxDB of the timeline; unset, SQL."`
	InfluxToken  string `name:"influx-token" env:"ANXIN_INFLUX_TOKEN" help:"Token (2.x), or user:password (1.8)."`
	InfluxOrg    string `name:"influx-org" env:"ANXIN_INFLUX_ORG" help:"Organisation (2.x)."`
	InfluxBucket string `name:"influx-bucket" env:"ANXIN_INFLUX_BUCKET" default:"anxin" help:"Bucket (2.x), or database (1.8)."`
}

// open opens the records, beside a service that may be running.
func (c *timelineFlags) open(e *env) (*service.Service, error) {
	return c.openWith(e, service.Config{
		InfluxURL: c.InfluxURL, InfluxToken: c.InfluxToken, InfluxOrg: c.InfluxOrg, InfluxBucket: c.InfluxBucket, RulesDir: c.RulesDir,
	})
}

type rulesBacktestCommand struct {
	timelineFlags
	Rule  []string `type:"existingfile" placeholder:"FILE" help:"A file of rules to try; again for more. Without any, the rules of today are tried."`
	Rules string   `type:"existingdir" placeholder:"DIR" help:"A folder of rules to try."`
	ID    []string `name:"id" placeholder:"ID" help:"Only the rule of this id; again for more."`

	Resident []string `placeholder:"ID" help:"Only this resident; again for more."`
	From     string   `help:"A day, 2026-11-01, or a time with its zone; default four weeks before the end."`
	To       string   `help:"The end, which is not part of it; default now."`

	Recordings string `type:"existingdir" placeholder:"DIR" xor:"source" help:"Try them on recordings of that folder instead."`
	Simulated  *int   `placeholder:"N" xor:"source" help:"Try them on so many simulated residents instead."`
	Days       int    `default:"30" help:"For how many days residents are simulated."`
	Seed       uint64 `default:"1" help:"Another seed simulates other people."`
	Episodes   bool   `help:"Let something happen to each simulated resident, and say whether an alert found it."`

	WarmUp   time.Duration `name:"warm-up" help:"How long before the period the rules begin to hear; default their longest window, at most 30 days, and 7 days for simulated residents."`
	JSON     bool          `name:"json" help:"Write the report as JSON."`
	List     bool          `help:"List each alert, too."`
	Language string        `enum:"en,zh-CN" default:"en" help:"Language of the report, en or zh-CN."`
}

const (
	// backtestWeeks is how long the period is when nothing is said.
	backtestWeeks = 4
	// simulatedWarmUp is long enough for simulated people's rhythm, and not as long
	// as the period itself.
	simulatedWarmUp = 7 * 24 * time.Hour
	// garbage makes the collector run less often: a backtest throws away much, and
	// keeps little. It takes a third of the time otherwise.
	garbage = 400
)

// simulatedFrom is when simulated people's time begins: always the same, so that
// the same seed gives the same report.
func simulatedFrom() time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600)) }

// tried is what a backtest writes as JSON.
type tried struct {
	*backtest.Report
	Episodes []simulated.Found `json:"episodes,omitempty"`
	Each     []backtest.Alert  `json:"each,omitempty"`
}

// Run tries the rules and writes the report.
func (c *rulesBacktestCommand) Run(e *env) error {
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	own, err := c.own()
	if err != nil {
		return err
	}
	var out tried
	switch {
	case c.Simulated != nil:
		out, err = c.onSimulated(e, own)
	case c.Recordings != "":
		out.Report, err = c.onRecordings(e, own)
	default:
		out.Report, err = c.onTimeline(e, own)
	}
	if err != nil {
		return err
	}
	if c.List {
		out.Each = out.Alerts
	}
	if c.JSON {
		w := json.NewEncoder(e.stdout)
		w.SetIndent("", "  ")
		return w.Encode(out)
	}
	if err := out.Text(e.stdout, c.Language); err != nil {
		return err
	}
	if len(out.Episodes) > 0 {
		fmt.Fprintln(e.stdout)
		if err := simulated.Text(e.stdout, out.Episodes, c.Language); err != nil {
			return err
		}
	}
	if c.List {
		return out.ListText(e.stdout, c.Language)
	}
	return nil
}

// own are the rules of the files and the folder.
func (c *rulesBacktestCommand) own() ([]rules.Rule, error) {
	var own []rules.Rule
	if c.Rules != "" {
		all, err := rules.ReadFolder(os.DirFS(c.Rules))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Rules, err)
		}
		own = all
	}
	for _, file := range c.Rule {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		all, err := rules.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		own = rules.Override(own, all)
	}
	if len(own) == 0 && (c.Rules != "" || len(c.Rule) > 0) {
		return nil, errors.New("there are no rules in what was named")
	}
	return backtest.Choose(own, idsAmong(own, c.ID))
}

// idsAmong leaves the ids alone when there are rules to choose among.
func idsAmong(own []rules.Rule, ids []string) []string {
	if len(own) == 0 {
		return nil
	}
	return ids
}

func (c *rulesBacktestCommand) onTimeline(e *env, own []rules.Rule) (*backtest.Report, error) {
	request := backtest.Request{Residents: c.Resident, Rules: own, IDs: c.ID, WarmUp: c.WarmUp}
	var err error
	if request.From, request.To, err = period(c.From, c.To, backtestWeeks*7*24*time.Hour); err != nil {
		return nil, err
	}
	s, err := c.open(e)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	for _, id := range c.Resident {
		if _, err := s.Residents.Get(e.ctx, id); err != nil {
			return nil, err
		}
	}
	if err := s.OpenTimeline(e.ctx); err != nil {
		return nil, err
	}
	return s.Trials().Try(e.ctx, request)
}

// sets are the rules to try, and those to compare them with, where the timeline is
// not asked.
func (c *rulesBacktestCommand) sets(e *env, own []rules.Rule) (try, today *rules.Set, err error) {
	now, err := c.read(e)
	if err != nil {
		return nil, nil, err
	}
	request := backtest.Request{Rules: own, IDs: c.ID}
	return request.Sets(now.Rules())
}

func (c *rulesBacktestCommand) onRecordings(e *env, own []rules.Rule) (*backtest.Report, error) {
	r, err := recordings.Read(os.DirFS(c.Recordings))
	if err != nil {
		return nil, err
	}
	try, today, err := c.sets(e, own)
	if err != nil {
		return nil, err
	}
	return backtest.Run(e.ctx, backtest.Config{Source: r, Rules: try, Today: today, WarmUp: c.WarmUp})
}

func (c *rulesBacktestCommand) onSimulated(e *env, own []rules.Rule) (out tried, err error) {
	residents := *c.Simulated
	switch {
	case residents < 1:
		return out, errors.New("simulated: want 1 resident or more")
	case c.Days < 1:
		return out, errors.New("days: want 1 or more")
	}
	from := simulatedFrom()
	if c.From != "" {
		if from, err = parseMoment(c.From); err != nil {
			return out, err
		}
	}
	to := from.AddDate(0, 0, c.Days)
	var happens []simulated.Happening
	if c.Episodes {
		if happens, err = simulated.Befall(residents, c.Seed, from, to); err != nil {
			return out, err
		}
	}
	source, err := simulated.New(residents, c.Seed, from, to, happens...)
	if err != nil {
		return out, err
	}
	cfg := backtest.Config{Source: source, Truth: simulated.Truth(happens), WarmUp: c.WarmUp}
	if cfg.WarmUp == 0 {
		cfg.WarmUp = simulatedWarmUp
	}
	if cfg.Rules, cfg.Today, err = c.sets(e, own); err != nil {
		return out, err
	}
	if out.Report, err = backtest.Run(e.ctx, cfg); err != nil {
		return out, err
	}
	out.Episodes = simulated.Find(happens, out.Alerts)
	return out, nil
}

// period reads the two ends; the default is what is named before now.
func period(from, to string, long time.Duration) (begin, end time.Time, err error) {
	end = time.Now()
	if to != "" {
		if end, err = parseMoment(to); err != nil {
			return begin, end, err
		}
	}
	begin = end.Add(-long)
	if from != "" {
		if begin, err = parseMoment(from); err != nil {
			return begin, end, err
		}
	}
	if !begin.Before(end) {
		return begin, end, errors.New("from must be before to")
	}
	return begin, end, nil
}

// parseMoment reads a day, which begins at midnight of the machine's zone, or a
// time.
func parseMoment(s string) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, time.Local); err == nil {
		return t, nil
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(s))
	if err != nil {
		return t, fmt.Errorf("%q is no time: want 2026-11-01, or 2026-11-01T08:00:00+08:00", s)
	}
	return t, nil
}
