package alerts_test

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/store/storetest"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

// setOf is the default rules after a change.
func setOf(t testing.TB, change func([]rules.Rule) []rules.Rule) *rules.Set {
	t.Helper()
	all, err := rules.Default()
	if err != nil {
		t.Fatal(err)
	}
	set, err := rules.NewSet(change(all))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func without(ids ...string) func([]rules.Rule) []rules.Rule {
	return func(all []rules.Rule) []rules.Rule {
		return slices.DeleteFunc(all, func(r rules.Rule) bool { return slices.Contains(ids, r.ID) })
	}
}

func with(r rules.Rule) func([]rules.Rule) []rules.Rule {
	return func(all []rules.Rule) []rules.Rule { return rules.Override(all, []rules.Rule{r}) }
}

// setsOfRules are some that differ in rules that are often judged.
func setsOfRules(t testing.TB) []*rules.Set {
	mild := rules.Rule{
		ID: "hr_high", Version: 2, Name: rules.Text{EN: "H", ZH: "快"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Level: rules.Level{Severity: rules.Info, When: `heart_rate >= 100 and count(heart_rate >= 90, "20m") > 1`}, Clear: rules.Clear{When: "heart_rate < 95"},
	}
	return []*rules.Set{
		setOf(t, without()), setOf(t, without("water_leak", "hr_very_high")), setOf(t, with(mild)), setOf(t, without("sos", "smoke_gas_co", "spo2_low")),
	}
}

// change has the house go on by other rules: by a call that a crash may follow,
// or, where there are crashes, by a start after one.
func (h *house) change(t *testing.T, set *rules.Set, crashes bool, fate *rand.Rand) {
	t.Helper()
	h.tick() // what was due before is judged by the old rules
	h.set = set
	start, crash := fate.IntN(3) == 0, fate.IntN(2) == 0
	if crashes && start {
		h.open()
		if err := h.judge.Tick(t.Context(), true); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := h.judge.Use(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	if crashes && crash {
		h.open()
	}
}

func TestRulesAndWhatGoesWithThemChangeTogether(t *testing.T) {
	storetest.Each(t, testRulesChangeTogether)
}

func testRulesChangeTogether(t *testing.T, db *store.DB) {
	h, ctx := newHouse(t, db), t.Context()
	h.enrol("r1")
	h.says("r1", vitals.WaterLeak, 1)
	h.now = h.now.Add(10 * time.Minute)
	fails := errors.New("no")
	err := h.judge.Use(ctx, setOf(t, without("water_leak")), func(context.Context, bun.Tx) error { return fails })
	if !errors.Is(err, fails) {
		t.Fatalf("use: %v", err)
	}
	h.tick()
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 || open[0].Rule.ID != "water_leak" {
		t.Fatalf("by rules that did not change: %+v", open)
	}
	h.open() // by the old rules, too
	done := false
	err = h.judge.Use(ctx, setOf(t, without("water_leak")), func(ctx context.Context, tx bun.Tx) error {
		done = true
		_, err := tx.NewDelete().Table("alert_comments").Where("1 = 1").Exec(ctx)
		return err
	})
	if err != nil || !done {
		t.Fatalf("use: %v", err)
	}
	id := h.list(alerts.Query{Open: true})[0].ID
	h.says("r1", vitals.WaterLeak, 0)
	h.now = h.now.Add(time.Hour)
	h.tick()
	if open := h.list(alerts.Query{Open: true}); len(open) != 1 {
		t.Fatalf("adrift: %+v", open)
	}
	if err := h.judge.Claim(ctx, id, "u1", h.now.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	h.now = h.now.Add(time.Hour)
	h.tick()
	if err := h.judge.Resolve(ctx, id, "u1", engine.TrueAlarm, "dry"); err != nil {
		t.Fatal(err)
	}
	a, err := alerts.NewAlerts(db).Get(ctx, id)
	if err != nil || a.Open() || len(a.Transitions) != 4 || a.Transitions[2].Cause != engine.ClaimExpired || len(a.Evidence.Readings) == 0 {
		t.Errorf("in the end: %+v, %v", a, err)
	}
}

// TestARuleThatChangedBetweenACrashAndTheStart has the rules folder change while
// the service is down.
func TestARuleThatChangedBetweenACrashAndTheStart(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHouse(t, db), t.Context()
		h.enrol("r1", "r2")
		h.says("r1", vitals.WaterLeak, 1)
		h.says("r2", vitals.SOSButton, 1)
		h.now = h.now.Add(10 * time.Minute)
		h.tick()
		if open := h.list(alerts.Query{Open: true}); len(open) != 2 {
			t.Fatalf("open: %+v", open)
		}
		h.set = setOf(t, without("water_leak"))
		h.open()
		h.tick()
		h.says("r1", vitals.WaterLeak, 1)
		for range 20 {
			h.now = h.now.Add(time.Hour)
			h.tick()
		}
		for _, a := range h.list(alerts.Query{Open: true}) {
			if err := h.judge.Resolve(ctx, a.ID, "u1", engine.TestAlarm, ""); err != nil {
				t.Errorf("close the alert of %s: %v", a.Rule.ID, err)
			}
		}
		if open := h.list(alerts.Query{Open: true}); len(open) > 0 {
			t.Errorf("open in the end: %+v", open)
		}
		if leaks := h.list(alerts.Query{Rule: "water_leak"}); len(leaks) != 1 {
			t.Errorf("leaks: %+v", leaks)
		}
	})
}

// TestOrphansAreAdopted loses the rules of before a start, as a version of Anxin
// might that does not know one of their words any more.
func TestOrphansAreAdopted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h, ctx := newHouse(t, db), t.Context()
		h.enrol("r1", "r2")
		h.says("r1", vitals.HeartRate, 70) // with what is written of the states
		h.says("r1", vitals.SOSButton, 1)
		h.says("r2", vitals.SOSButton, 1)
		open := h.list(alerts.Query{Open: true})
		if len(open) != 2 {
			t.Fatalf("open: %+v", open)
		}
		if err := h.judge.Claim(ctx, open[0].ID, "u1", h.now.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := db.NewUpdate().Table("engine_rules").Set("rules = ?", "[{}]").Where("id = 1").Exec(ctx); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		h.log = slog.New(slog.NewTextHandler(&log, nil))
		h.set = setOf(t, without("sos"))
		for range 2 { // once, however often it starts
			h.open()
			h.tick()
		}
		for _, want := range []string{"cannot be judged by any more", "alert=" + open[0].ID, "alert=" + open[1].ID} {
			if n := strings.Count(log.String(), want); n != 1 {
				t.Errorf("the log says %q %d times:\n%s", want, n, &log)
			}
		}
		h.now = h.now.Add(2 * time.Hour)
		h.tick()
		for _, a := range h.list(alerts.Query{Open: true}) {
			if a.Status != engine.Firing {
				t.Errorf("the claim did not run out: %+v", a)
			}
			if err := h.judge.Resolve(ctx, a.ID, "u1", engine.TrueAlarm, "dry"); err != nil {
				t.Error(err)
			}
		}
		if open := h.list(alerts.Query{Open: true}); len(open) > 0 {
			t.Errorf("open: %+v", open)
		}
	})
}

// unusual fires on a heart rate well over what is usual.
var unusual = rules.Rule{
	ID: "hr_unusual", Name: rules.Text{EN: "Unusual heart rate", ZH: "心率异常"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
	Level: rules.Level{Severity: rules.Warning, When: `heart_rate > baseline(heart_rate, "14d") + 20`}, Clear: rules.Clear{When: `heart_rate < baseline(heart_rate, "14d") + 10`},
}

func TestANewRuleKnowsThePast(t *testing.T) { storetest.Each(t, testANewRuleKnowsThePast) }

func testANewRuleKnowsThePast(t *testing.T, db *store.DB) {
	ctx := t.Context()
	past, err := timeline.OpenSQL(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { past.Close() })
	h := newHouse(t, db)
	h.enrol("r1", "r2", "r3")
	var reports []vitals.Report
	for at := h.now.AddDate(0, 0, -14); at.Before(h.now); at = at.Add(time.Hour) {
		for i, resident := range []string{"r1", "r2"} {
			value := vitals.Value{Metric: vitals.HeartRate, Number: 55 + 25*float64(i)}
			if at.Hour() == 12 { // what is not fit for rules
				value = vitals.Value{Metric: vitals.HeartRate, Number: 250, Marks: vitals.Implausible}
			}
			reports = append(reports, vitals.Report{
				Device: "d" + resident, Residents: []string{resident}, Received: at.UnixMilli(), Samples: []vitals.Sample{{At: at.UnixMilli(), Values: []vitals.Value{value}}},
			})
		}
	}
	if err := past.Append(ctx, reports, 1); err != nil {
		t.Fatal(err)
	}
	warm := func(want int) {
		t.Helper()
		if n, err := h.judge.Warm(ctx, past); err != nil || n != want {
			t.Fatalf("%d residents were warmed, want %d: %v", n, want, err)
		}
	}
	if n, err := h.judge.Warm(ctx, past); err != nil || n != 0 {
		t.Errorf("before it is settled %d residents were warmed: %v", n, err)
	}
	h.tick()
	warm(3)
	warm(0)
	h.set = setOf(t, with(unusual))
	if err := h.judge.Use(ctx, h.set); err != nil {
		t.Fatal(err)
	}
	warm(3)
	warm(0)
	h.open() // what was recalled is not recalled again
	h.tick()
	warm(0)
	for _, resident := range []string{"r1", "r2", "r3"} {
		h.now = h.now.Add(time.Minute)
		h.says(resident, vitals.HeartRate, 85)
	}
	open := h.list(alerts.Query{Open: true})
	if len(open) != 1 || open[0].Rule.ID != unusual.ID || open[0].Resident != "r1" {
		t.Fatalf("open: %+v", open)
	}
	h.enrol("r1", "r2", "r3", "r4")
	warm(1)
	h.open() // from the state of before, hearing all again
	h.tick()
	if again := h.list(alerts.Query{}); !reflect.DeepEqual(again, open) {
		t.Errorf("after a crash %+v, want %+v", again, open)
	}
}

// BenchmarkWarm warms residents by 30 days of a heart rate each minute.
func BenchmarkWarm(b *testing.B) {
	const residents, days = 100, 30
	ctx := b.Context()
	past, err := timeline.OpenSQL(ctx, b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	defer past.Close()
	h := newHouse(b, storetest.Open(b, storetest.SQLite(b)))
	names := make([]string, residents)
	for i := range names {
		names[i] = "r" + string(rune('A'+i/26)) + string(rune('a'+i%26))
	}
	seq := uint64(0)
	for at := h.now.AddDate(0, 0, -days); at.Before(h.now); {
		var reports []vitals.Report
		for range 60 {
			for _, name := range names {
				reports = append(reports, vitals.Report{Device: "d" + name, Residents: []string{name}, Received: at.UnixMilli(), Samples: []vitals.Sample{
					{At: at.UnixMilli(), Values: []vitals.Value{{Metric: vitals.HeartRate, Number: 60 + float64(at.Minute())}}},
				}})
			}
			at = at.Add(time.Minute)
		}
		seq++
		if err := past.Append(ctx, reports, seq); err != nil {
			b.Fatal(err)
		}
	}
	h.enrol(names...)
	h.tick()
	if _, err := h.judge.Warm(ctx, past); err != nil {
		b.Fatal(err)
	}
	for i := 0; b.Loop(); i++ {
		r := unusual
		r.Level.When = `heart_rate > baseline(heart_rate, "30d") + 20 and count(heart_rate > ` + string(rune('0'+i%10)) + `, "30d") > 2`
		if err := h.judge.Use(ctx, setOf(b, with(r))); err != nil {
			b.Fatal(err)
		}
		if n, err := h.judge.Warm(ctx, past); err != nil || n != residents {
			b.Fatalf("%d warmed: %v", n, err)
		}
	}
}

func TestAStepNamesTheRuleItWasJudgedBy(t *testing.T) { storetest.Each(t, testAStepNamesTheRule) }

func testAStepNamesTheRule(t *testing.T, db *store.DB) {
	h := newHouse(t, db)
	h.enrol("r1")
	r := rules.Rule{
		ID: "hr_of_ours", Version: 1, Name: rules.Text{EN: "H", ZH: "快"}, Message: rules.Text{EN: "{value}", ZH: "{value}"},
		Level: rules.Level{Severity: rules.Info, When: "heart_rate >= 60"}, Clear: rules.Clear{When: "heart_rate < 55"},
	}
	if err := h.judge.Use(t.Context(), setOf(t, with(r))); err != nil {
		t.Fatal(err)
	}
	h.says("r1", vitals.HeartRate, 70)
	r.Version, r.Severity = 2, rules.Warning
	if err := h.judge.Use(t.Context(), setOf(t, with(r))); err != nil {
		t.Fatal(err)
	}
	h.says("r1", vitals.HeartRate, 71)
	list := h.list(alerts.Query{Rule: "hr_of_ours"})
	if len(list) != 1 {
		t.Fatalf("%d alerts", len(list))
	}
	a, err := alerts.NewAlerts(h.db).Get(t.Context(), list[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	var versions []int
	for _, step := range a.Transitions {
		versions = append(versions, step.Version)
	}
	if !slices.Equal(versions, []int{1, 2}) || a.Transitions[1].Cause != engine.Worsened {
		t.Errorf("its steps were judged by versions %v", versions)
	}
}
