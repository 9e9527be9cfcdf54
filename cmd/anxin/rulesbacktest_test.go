package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/internal/influxtest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// backtested is the part of a report that the tests look at.
type backtested struct {
	Residents int `json:"residents"`
	Messages  int `json:"messages"`
	All       struct {
		Alerts   int `json:"alerts"`
		Critical int `json:"critical"`
	} `json:"all"`
	Rules []struct {
		ID    string `json:"id"`
		Try   struct{ Alerts int }
		Today *struct{ Alerts int }
		Plain *struct{ Readings, Runs int }
	} `json:"rules"`
	Budget   budget.Standing `json:"budget"`
	Episodes []struct {
		Kind      string
		Of, Found int
	} `json:"episodes"`
	Each []struct{ Resident, Rule string } `json:"each"`
}

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out, errs bytes.Buffer
	err := run(t.Context(), args, &out, &errs)
	return out.String(), err
}

func backtestJSON(t *testing.T, args ...string) backtested {
	t.Helper()
	out, err := command(t, append([]string{"rules", "backtest", "--json"}, args...)...)
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	var r backtested
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return r
}

// higher is a rule to try in the place of hr_high.
const higher = `
id: hr_high
name: {en: Fast heart, zh: 心率偏快}
message: {en: "{value}", zh: "{value}"}
severity: warning
when: heart_rate > 130
readings: 3
for: 10m
clear: {when: heart_rate <= 95, for: 10m}
`

func ruleFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "hr.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// twoWithFastHearts is a data folder with the readings of a week: Li's heart goes
// at 120 for half an hour on three days, Wang's on none.
func twoWithFastHearts(t *testing.T, store timeline.Store, dir string) (from time.Time) {
	t.Helper()
	for _, id := range []string{"li", "wang"} {
		if _, err := command(t, "resident", "add", id, "--id", id, "--data-dir", dir); err != nil {
			t.Fatal(err)
		}
	}
	from = time.Date(2026, 11, 2, 0, 0, 0, 0, time.FixedZone("", 8*3600))
	var reports []vitals.Report
	for at := from; at.Before(from.AddDate(0, 0, 7)); at = at.Add(2 * time.Minute) {
		for _, id := range []string{"li", "wang"} {
			rate := 75.0
			if id == "li" && at.Sub(from).Hours() < 72 && at.Hour() == 15 && at.Minute() < 30 {
				rate = 120
			}
			reports = append(reports, vitals.Report{Device: id + "-band", Residents: []string{id}, Received: at.UnixMilli(), Samples: []vitals.Sample{
				{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: rate}}},
			}})
		}
	}
	if err := store.Append(t.Context(), reports, 1); err != nil {
		t.Fatal(err)
	}
	return from
}

func TestBacktestOnTheTimeline(t *testing.T) {
	dir := folder(t).Dir
	store, err := timeline.OpenSQL(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close() // open all the while, as by a running service
	from := twoWithFastHearts(t, store, dir)
	testBacktestOnTheTimeline(t, from, "--data-dir", dir)
}

func TestBacktestOnInfluxDB(t *testing.T) {
	server := influxtest.New(t)
	store, err := timeline.OpenInflux(t.Context(), timeline.InfluxConfig{URL: server.URL, Bucket: "anxin"})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	dir := folder(t).Dir
	from := twoWithFastHearts(t, store, dir)
	testBacktestOnTheTimeline(t, from, "--data-dir", dir, "--influx-url", server.URL)
}

func testBacktestOnTheTimeline(t *testing.T, from time.Time, where ...string) {
	period := append([]string{"--from", from.Format(time.RFC3339), "--to", from.AddDate(0, 0, 7).Format(time.RFC3339)}, where...)
	r := backtestJSON(t, append([]string{"--id", "hr_high", "--list"}, period...)...)
	if r.Residents != 2 || len(r.Rules) != 1 || r.Rules[0].Try.Alerts != 3 || r.Rules[0].Today != nil || r.Rules[0].Plain.Readings != 45 || r.Rules[0].Plain.Runs != 3 {
		t.Errorf("hr_high: %+v", r)
	}
	if len(r.Each) != 3 || r.Each[0].Resident != "li" {
		t.Errorf("each: %+v", r.Each)
	}
	r = backtestJSON(t, append([]string{"--rule", ruleFile(t, higher)}, period...)...)
	if len(r.Rules) != 1 || r.Rules[0].Try.Alerts != 0 || r.Rules[0].Today == nil || r.Rules[0].Today.Alerts != 3 {
		t.Errorf("a higher hr_high: %+v", r.Rules)
	}
	r = backtestJSON(t, append([]string{"--resident", "wang"}, period...)...)
	if r.Residents != 1 || r.All.Alerts != 0 || len(r.Rules) < 50 {
		t.Errorf("all rules on Wang: %+v", r)
	}
	text, err := command(t, append([]string{"rules", "backtest", "--id", "hr_high", "--language", "zh-CN"}, period...)...)
	if err != nil || !strings.Contains(text, "2位长者") || !strings.Contains(text, "hr_high") {
		t.Errorf("%v\n%s", err, text)
	}
	for what, args := range map[string][]string{
		"there is no rule hr_hihg": {"--id", "hr_hihg"},
		`resident "nobody"`:        {"--resident", "nobody"},
		"is no time":               {"--from", "yesterday"},
		"from must be before to":   {"--from", "2026-11-09", "--to", "2026-11-02"},
		"1:14":                     {"--rule", ruleFile(t, strings.Replace(higher, "130", "spo3", 1))},
	} {
		if _, err := command(t, append([]string{"rules", "backtest"}, append(args, where...)...)...); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v: %v, want %q in it", args, err, what)
		}
	}
}

func TestBacktestOnRecordingsAndSimulatedResidents(t *testing.T) {
	r := backtestJSON(t, "--recordings", "../../alerts/backtest/recordings/testdata")
	if r.Residents != 4 || r.Messages < 30 {
		t.Errorf("recordings: %+v", r)
	}
	r = backtestJSON(t, "--simulated", "7", "--days", "4", "--episodes")
	if r.Residents != 7 || len(r.Episodes) == 0 || r.Budget.False > 0 {
		t.Errorf("simulated: %+v", r)
	}
	for _, e := range r.Episodes {
		if e.Found != e.Of {
			t.Errorf("%+v", e)
		}
	}
	for _, none := range []string{"0", "-1"} {
		if _, err := command(t, "rules", "backtest", "--simulated="+none); err == nil || !strings.Contains(err.Error(), "simulated: want 1 resident or more") {
			t.Errorf("--simulated=%s: %v", none, err)
		}
	}
	text, err := command(t, "rules", "backtest", "--simulated", "1", "--days", "1", "--episodes")
	if err != nil || !strings.Contains(text, "1 residents") || !strings.Contains(text, "Episodes of ") {
		t.Errorf("%v\n%s", err, text)
	}
}

func TestBudgetCommand(t *testing.T) {
	dir := folder(t).Dir
	if _, err := command(t, "resident", "add", "Li", "--id", "li", "--data-dir", dir); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, "rules", "budget", "--json", "--data-dir", dir)
	var b budget.Standing
	if err != nil || json.Unmarshal([]byte(out), &b) != nil || b.Residents != 1 || !b.Within || b.ResidentWeeks > 0.01 {
		t.Errorf("%v\n%s", err, out)
	}
	text, err := command(t, "rules", "budget", "--data-dir", dir)
	if err != nil || !strings.HasPrefix(text, "Alert budget: kept\n") {
		t.Errorf("%v\n%s", err, text)
	}
}
