package backtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"iter"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/budget"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/vitals"
)

var update = flag.Bool("update", false, "write the golden files anew")

var shanghai = time.FixedZone("Asia/Shanghai", 8*3600)

// monday is when the period of the tests begins, by the residents' clock.
var monday = time.Date(2026, 11, 16, 0, 0, 0, 0, shanghai)

// memory is a source of what a test writes down.
type memory struct {
	residents []backtest.Resident
	said      map[string][]backtest.Message
	err       error
}

func (m *memory) Residents(context.Context) ([]backtest.Resident, error) { return m.residents, nil }

func (m *memory) Messages(_ context.Context, resident string, from, to time.Time) iter.Seq2[backtest.Message, error] {
	return func(yield func(backtest.Message, error) bool) {
		for _, said := range m.said[resident] {
			if said.Received >= from.UnixMilli() && said.Received < to.UnixMilli() && !yield(said, nil) {
				return
			}
		}
		if m.err != nil {
			yield(backtest.Message{}, m.err)
		}
	}
}

func (m *memory) watch(id string, days int, p engine.Profile) {
	p.Zone = shanghai
	m.residents = append(m.residents, backtest.Resident{ID: id, Profile: p, From: monday, To: monday.AddDate(0, 0, days)})
}

// says adds the same value once a minute, from a time on.
func (m *memory) says(id string, from time.Time, minutes int, metric vitals.Metric, n float64) {
	if m.said == nil {
		m.said = map[string][]backtest.Message{}
	}
	for i := range minutes {
		at := from.Add(time.Duration(i) * time.Minute).UnixMilli()
		s := vitals.Sample{At: at, Values: []vitals.Value{{Metric: metric, Number: n}}}
		vitals.Check(&s)
		m.said[id] = append(m.said[id], backtest.Message{Received: at, Readings: engine.Readings{Device: id + "-band", Samples: []vitals.Sample{s}}})
	}
	slices.SortStableFunc(m.said[id], func(a, b backtest.Message) int { return int(a.Received - b.Received) })
}

func set(t testing.TB, own ...string) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range own {
		more, err := rules.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		all = rules.Override(all, more)
	}
	s, err := rules.NewSet(all)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// milder is a rule of one's own in the place of hr_high: higher, and sooner.
const milder = `
id: hr_high
name: {en: Fast heart, zh: 心率偏快}
message: {en: "{value}", zh: "{value}"}
severity: warning
when: heart_rate > 115
readings: 2
clear: {when: heart_rate <= 100, for: 10m}
`

// village is three residents over a week: Li's heart is fast on four occasions,
// one of them at night and one before the period, and is once said to stand still;
// Wang falls twice; nothing happens to Chen.
func village() *memory {
	m := &memory{}
	m.watch("li", 7, engine.Profile{})
	m.watch("wang", 7, engine.Profile{})
	m.watch("chen", 7, engine.Profile{})
	for _, fast := range []struct {
		at      time.Time
		minutes int
		rate    float64
	}{
		{monday.Add(-2 * time.Hour), 30, 120}, {monday.Add(10 * time.Hour), 15, 105}, {monday.Add(34 * time.Hour), 20, 118}, {monday.Add(71 * time.Hour), 40, 125},
		{monday.Add(100 * time.Hour), 4, 130}, // too short for today's rule
	} {
		m.says("li", fast.at, fast.minutes, vitals.HeartRate, fast.rate)
		m.says("li", fast.at.Add(time.Duration(fast.minutes)*time.Minute), 15, vitals.HeartRate, 80)
	}
	m.says("li", monday.Add(120*time.Hour), 3, vitals.HeartRate, 0)
	for _, fall := range []time.Duration{20 * time.Hour, 50 * time.Hour} {
		m.says("wang", monday.Add(fall), 1, vitals.FallEvent, 1)
		m.says("wang", monday.Add(fall+time.Minute), 1, vitals.FallEvent, 0)
	}
	m.says("chen", monday, 600, vitals.HeartRate, 72)
	return m
}

func then(rule, resident string, began time.Time, lasted time.Duration, v engine.Verdict) backtest.Alert {
	a := backtest.Alert{Resident: resident, Rule: rule, Severity: rules.Warning, Began: began, Verdict: v}
	if lasted > 0 {
		a.Ended = began.Add(lasted)
	}
	return a
}

// history is what there was in the village: two of Li's alerts, one of them false,
// Wang's first fall, and an alert that was true and that neither rule gives.
func history() []backtest.Alert {
	return []backtest.Alert{
		then("hr_high", "li", monday.Add(10*time.Hour), 20*time.Minute, engine.FalseAlarm),
		then("hr_high", "li", monday.Add(34*time.Hour), 20*time.Minute, engine.TrueAlarm),
		then("fall", "wang", monday.Add(20*time.Hour), time.Hour, engine.TrueAlarm),
		then("hr_high", "chen", monday.Add(90*time.Hour), time.Hour, engine.TrueAlarm),
	}
}

func run(t *testing.T, cfg backtest.Config) *backtest.Report {
	t.Helper()
	r, err := backtest.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReport(t *testing.T) {
	r := run(t, backtest.Config{Source: village(), Rules: set(t, milder), Today: set(t), Then: history()})
	for language, golden := range map[string]string{"en": "testdata/report.en.golden", "zh-CN": "testdata/report.zh.golden"} {
		var b strings.Builder
		if err := r.Text(&b, language); err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if b.String() != string(want) {
			t.Errorf("%s has changed; if that is meant: go test ./alerts/backtest -update\n%s", golden, b.String())
		}
	}
}

// What nobody has judged is neither kept nor exceeded.
func TestBudgetWithoutVerdicts(t *testing.T) {
	watched := budget.Watched{"li": 28 * 24 * time.Hour}
	fall := budget.Alert{Resident: "li", Rule: "fall", Severity: rules.Critical}
	known, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		alerts   []budget.Alert
		language string
		want     []string
	}{
		"nothing":           {nil, "en", []string{"Alert budget: kept\n", "0.00     ≤ 1              kept", "-  ≥ 50 %  nothing to judge"}},
		"nobody has judged": {[]budget.Alert{fall}, "en", []string{"Alert budget: kept, as far as critical alerts have a verdict\n", "-     ≤ 1  no verdict yet", "-  ≥ 50 %  no verdict yet"}},
		"in Chinese":        {[]budget.Alert{fall}, "zh-CN", []string{"尚无判定", "按规则：跌倒（fall） 1。"}},
	} {
		standing := budget.Of(test.alerts, watched)
		var b strings.Builder
		if err := backtest.BudgetText(&b, &standing, known, test.language); err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s: no %q in\n%s", name, want, b.String())
			}
		}
	}
}

func ruleOf(t *testing.T, r *backtest.Report, id string) backtest.RuleTrial {
	t.Helper()
	for _, rule := range r.Rules {
		if rule.ID == id {
			return rule
		}
	}
	t.Fatalf("the report has no rule %s", id)
	return backtest.RuleTrial{}
}

func TestFiguresBesideTodayAndThen(t *testing.T) {
	r := run(t, backtest.Config{Source: village(), Rules: set(t, milder), Today: set(t), Then: history()})
	hr := ruleOf(t, r, "hr_high")
	// Of today's: not the one before the period, and not the short one.
	if hr.Today == nil || hr.Today.Alerts != 3 || hr.Today.Night != 1 || hr.Today.Then.False != 1 || hr.Today.Then.True != 1 || hr.Today.Then.New != 1 || hr.Today.Then.MissedTrue != 1 {
		t.Errorf("today's hr_high: %+v", hr.Today)
	}
	if hr.Try.Alerts != 3 || hr.Try.Then.True != 1 || hr.Try.Then.SparedFalse != 1 || hr.Try.Then.New != 2 || hr.Try.Residents != 1 || hr.Try.Night != 2 || hr.Try.Then.MissedTrue != 1 {
		t.Errorf("the milder hr_high: %+v", hr.Try)
	}
	if hr.Plain == nil || hr.Plain.Readings != 20+40+4 || hr.Plain.Runs != 3 {
		t.Errorf("the plain threshold of 115: %+v", hr.Plain)
	}
	if fall := ruleOf(t, r, "fall"); fall.Try.Alerts != 2 || fall.Try.Then.True != 1 || fall.Plain != nil {
		t.Errorf("two falls: %+v, %+v", fall.Try, fall.Plain)
	}
	if r.Unfit["heart_rate"] != 3 || r.Residents != 3 || r.ResidentWeeks != 3 {
		t.Errorf("unfit %v, %d residents, %.1f weeks", r.Unfit, r.Residents, r.ResidentWeeks)
	}
	if want := []backtest.Share{{Resident: "li", Alerts: 3}, {Resident: "wang", Alerts: 2}}; !reflect.DeepEqual(r.Worst, want) {
		t.Errorf("most alerts: %+v", r.Worst)
	}
	if r.Budget.True != 1 || r.Budget.Critical != 2 {
		t.Errorf("budget: %+v", r.Budget)
	}
	if !slices.Contains(r.NotJudged, "home_dark") {
		t.Errorf("not judged: %v", r.NotJudged)
	}
	text, err := json.Marshal(r)
	if err != nil || !strings.Contains(string(text), `"missed_true":1`) {
		t.Errorf("%s, %v", text, err)
	}
}

// What is open when the period begins is no alert of it, and hides none after.
func TestWhatBeganBefore(t *testing.T) {
	m := &memory{}
	m.watch("li", 2, engine.Profile{})
	m.says("li", monday.Add(-30*time.Minute), 60, vitals.HeartRate, 110)
	m.says("li", monday.Add(30*time.Minute), 20, vitals.HeartRate, 80)
	m.says("li", monday.Add(20*time.Hour), 20, vitals.HeartRate, 110)
	hr := ruleOf(t, run(t, backtest.Config{Source: m, Rules: set(t)}), "hr_high")
	if hr.Try.OpenBefore != 1 || hr.Try.Alerts != 1 || hr.Try.OpenAtEnd != 1 || hr.Try.Night != 0 || hr.Plain.Readings != 30+20 {
		t.Errorf("%+v, %+v", hr.Try, hr.Plain)
	}
}

// Who came in the middle of the period was watched over from then on, or from the
// first reading that was brought along.
func TestResidentWeeksBeginWithTheResident(t *testing.T) {
	for name, test := range map[string]struct {
		since time.Duration // after the beginning
		first time.Duration
		days  float64
	}{
		"here before": {-time.Hour, 2 * 24 * time.Hour, 7}, "came later": {4 * 24 * time.Hour, 5 * 24 * time.Hour, 3}, "brought along": {9 * 24 * time.Hour, 5 * 24 * time.Hour, 2},
	} {
		m := &memory{}
		m.watch("li", 7, engine.Profile{})
		m.residents[0].Since = monday.Add(test.since)
		m.says("li", monday.Add(test.first), 60, vitals.HeartRate, 110)
		r := run(t, backtest.Config{Source: m, Rules: set(t)})
		if got := r.ResidentWeeks * 7; math.Abs(got-test.days) > 0.001 || r.Budget.ResidentWeeks != r.ResidentWeeks {
			t.Errorf("%s: watched over for %v days, want %v", name, got, test.days)
		}
		if r.All.PerWeek != 1 || r.Budget.PerWeek != 1 {
			t.Errorf("%s: one alert is %v and %v a week", name, r.All.PerWeek, r.Budget.PerWeek)
		}
	}
}

// A silent device is found where it is known that it should speak, a dark home is
// one alert, and two who share it are told once.
func TestDevicesOfAHome(t *testing.T) {
	m := &memory{}
	for _, id := range []string{"li", "chen"} {
		m.watch(id, 1, engine.Profile{})
		who := &m.residents[len(m.residents)-1]
		who.Home = "h1"
		for _, device := range []string{"air", "hub"} {
			who.Equipment.Devices = append(who.Equipment.Devices, engine.Expected{ID: device, Every: (10 * time.Minute).Milliseconds()})
		}
		who.Equipment.Zone = shanghai
		m.says(id, monday.Add(-time.Hour), 5*60, vitals.RoomTemperature, 21)
		for i := range m.said[id] {
			m.said[id][i].Device = []string{"air", "hub"}[i%2]
		}
	}
	r := run(t, backtest.Config{Source: m, Rules: set(t)})
	if dark := ruleOf(t, r, "home_dark"); dark.Try.Alerts != 1 || len(r.NotJudged) != 0 {
		t.Errorf("%+v; not judged %v", dark.Try, r.NotJudged)
	}
	if offline := ruleOf(t, r, "device_offline"); offline.Try.Alerts != 0 {
		t.Errorf("beside the dark home: %+v", offline.Try)
	}
}

func TestTruthOfASource(t *testing.T) {
	truth := func(a backtest.Alert) engine.Verdict {
		if a.Resident == "wang" {
			return engine.FalseAlarm
		}
		return ""
	}
	r := run(t, backtest.Config{Source: village(), Rules: set(t), Truth: truth, Then: history()[2:3]})
	if r.Budget.True != 1 || r.Budget.False != 1 || r.Budget.PPV == nil || *r.Budget.PPV != 0.5 {
		t.Errorf("%+v", r.Budget)
	}
}

func TestItEndsWithItsContextAndItsSource(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := backtest.Run(ctx, backtest.Config{Source: village(), Rules: set(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	broken := village()
	broken.err = errors.New("no disk")
	if _, err := backtest.Run(t.Context(), backtest.Config{Source: broken, Rules: set(t)}); !errors.Is(err, broken.err) || !strings.Contains(err.Error(), "resident ") {
		t.Errorf("of a broken source: %v", err)
	}
}

// Residents are tried in any order and by any number of workers to the same end.
func TestTheSameByAnyNumberOfWorkers(t *testing.T) {
	one := run(t, backtest.Config{Source: village(), Rules: set(t), Workers: 1})
	many := run(t, backtest.Config{Source: village(), Rules: set(t), Workers: 8})
	if !reflect.DeepEqual(one, many) {
		t.Errorf("one worker\n%+v\nmany\n%+v", one, many)
	}
}

func TestWarmUpIsTheLongestWindow(t *testing.T) {
	if got := backtest.WarmUp(set(t)); got != 30*24*time.Hour {
		t.Errorf("of the default rules: %s", got)
	}
	parse := func(text string) *rules.Set {
		all, err := rules.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		s, err := rules.NewSet(all)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if got := backtest.WarmUp(parse(milder), nil); got != 24*time.Hour {
		t.Errorf("without a window: %s", got)
	}
	weekly := strings.Replace(milder, "heart_rate > 115", `avg(heart_rate, "7d") > 90`, 1)
	if got := backtest.WarmUp(parse(milder), parse(weekly)); got != 7*24*time.Hour {
		t.Errorf("with one of a week: %s", got)
	}
}
