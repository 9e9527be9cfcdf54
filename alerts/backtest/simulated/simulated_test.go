package simulated_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/backtest/simulated"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/simulate"
)

// begin is midnight on the residents' clock.
var begin = time.Date(2026, 6, 1, 0, 0, 0, 0, time.FixedZone("", 8*3600))

func defaults(t testing.TB) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func try(t testing.TB, residents, days int, seed uint64, happens []simulated.Happening) *backtest.Report {
	t.Helper()
	source, err := simulated.New(residents, seed, begin, begin.AddDate(0, 0, days), happens...)
	if err != nil {
		t.Fatal(err)
	}
	r, err := backtest.Run(t.Context(), backtest.Config{Source: source, Rules: defaults(t), Truth: simulated.Truth(happens), WarmUp: 2 * 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// size is how many residents are tried for how many days: few in the tests of
// every day, those of the promise when ANXIN_BACKTEST is "full".
func size() (residents, days int) {
	if os.Getenv("ANXIN_BACKTEST") == "full" {
		return 100, 30
	}
	return 20, 8
}

// TestHealthyResidentsAreWithinTheBudget is the promise that nobody is called for
// nothing.
func TestHealthyResidentsAreWithinTheBudget(t *testing.T) {
	residents, days := size()
	r := try(t, residents, days, 1, nil)
	if r.All.Critical > 0 || !r.Budget.Within || len(r.Budget.Over) > 0 {
		var b strings.Builder
		_ = r.Text(&b, "en")
		t.Errorf("%d critical alerts, within the budget: %t\n%s", r.All.Critical, r.Budget.Within, b.String())
	}
	if want := residents * days * 24 * 60; r.Messages < want {
		t.Errorf("only %d messages, want more than %d", r.Messages, want)
	}
	if hr := r.Rules[slices.IndexFunc(r.Rules, func(r backtest.RuleTrial) bool { return r.ID == "hr_low" })]; hr.Plain.Readings < 10 {
		t.Errorf("nothing was near a threshold: %+v", hr.Plain)
	}
}

// TestEpisodesAreFound is the promise that whom something happens to is found.
func TestEpisodesAreFound(t *testing.T) {
	residents, days := size()
	to := begin.AddDate(0, 0, days)
	happens, err := simulated.Befall(residents, 1, begin, to)
	if err != nil {
		t.Fatal(err)
	}
	r := try(t, residents, days, 1, happens)
	found := simulated.Find(happens, r.Alerts)
	of := 0
	for _, f := range found {
		of += f.Of
		if f.Found != f.Of {
			t.Errorf("%s: %d of %d found, missed %v", f.Kind, f.Found, f.Of, f.Missed)
		}
		t.Logf("%+v", f)
	}
	if len(found) != len(simulated.Kinds()) || of != residents {
		t.Errorf("%d episodes of %d kinds befell %d residents", of, len(found), residents)
	}
	if r.Budget.False > 0 || r.Budget.True < residents/2 {
		t.Errorf("%d critical alerts are true, %d false: %+v", r.Budget.True, r.Budget.False, r.Budget.Rules)
	}
}

func TestTextOfEpisodes(t *testing.T) {
	found := []simulated.Found{{Kind: simulate.Fall, Of: 2, Found: 2}, {Kind: simulate.Fever, Of: 3, Found: 2, Median: 203 * time.Minute, Missed: []string{"sim-r7"}}}
	for language, want := range map[string]string{
		"en":    "Episodes of fall: 2 of 2 found, half of them at once.\nEpisodes of fever: 2 of 3 found, half of them within 3 h 23 min. Missed: sim-r7.\n",
		"zh-CN": "模拟事件“跌倒”：发现2/2次，半数即时。\n模拟事件“发热”：发现2/3次，半数在3 小时 23 分内。漏报：sim-r7。\n",
	} {
		var b strings.Builder
		if err := simulated.Text(&b, found, language); err != nil || b.String() != want {
			t.Errorf("%s: %v\n got %s\nwant %s", language, err, b.String(), want)
		}
	}
}

func TestTruthGoesByWhatHappened(t *testing.T) {
	episode, err := simulate.NewEpisode(simulate.Hypoxia, begin)
	if err != nil {
		t.Fatal(err)
	}
	truth := simulated.Truth([]simulated.Happening{{Resident: "a", Episode: episode}})
	for _, test := range []struct {
		resident, rule string
		severity       rules.Severity
		after          time.Duration
		want           engine.Verdict
	}{
		{"a", "spo2_very_low", rules.Critical, 5 * time.Minute, engine.TrueAlarm},
		{"a", "hr_high", rules.Warning, 5 * time.Minute, engine.TrueAlarm},
		{"a", "fall", rules.Critical, 5 * time.Minute, engine.FalseAlarm}, // not what happened
		{"a", "spo2_very_low", rules.Critical, -time.Minute, engine.FalseAlarm},
		{"a", "spo2_very_low", rules.Critical, 6 * time.Hour, engine.FalseAlarm},
		{"b", "spo2_very_low", rules.Critical, 5 * time.Minute, engine.FalseAlarm},
		{"b", "bp_high_home_avg", rules.Warning, 5 * time.Minute, ""},
	} {
		a := backtest.Alert{Resident: test.resident, Rule: test.rule, Severity: test.severity, Began: begin.Add(test.after)}
		if got := truth(a); got != test.want {
			t.Errorf("%+v is %q, want %q", test, got, test.want)
		}
	}
}

// What a seed gives is always the same.
func TestTheSameSeedGivesTheSame(t *testing.T) {
	one, other := try(t, 4, 2, 3, nil), try(t, 4, 2, 3, nil)
	if one.Readings != other.Readings || !slices.Equal(one.Alerts, other.Alerts) {
		t.Errorf("%d readings and %d alerts, then %d and %d", one.Readings, len(one.Alerts), other.Readings, len(other.Alerts))
	}
}

// BenchmarkBacktest tries the default rules on ten residents over 30 days.
func BenchmarkBacktest(b *testing.B) {
	days := 0
	for b.Loop() {
		r := try(b, 10, 30, 1, nil)
		days += r.Residents * 30
	}
	b.ReportMetric(float64(days)/b.Elapsed().Seconds(), "resident-days/s")
}
