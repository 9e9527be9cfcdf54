package reports

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
)

var update = flag.Bool("update", false, "write the golden files anew")

// past is a timeline of hours, made by a function.
type past func(m vitals.Metric, at time.Time) (value float64, ok bool)

func (p past) Summaries(_ context.Context, q timeline.Query, every time.Duration) (all []timeline.Summary, _ error) {
	for at := q.From.Truncate(every); at.Before(q.To); at = at.Add(every) {
		if v, ok := p(q.Metric, at); ok && !at.Before(q.From) {
			all = append(all, timeline.Summary{At: at.UTC(), Count: 4, Sum: 4 * v, Min: v * 0.9, Max: v * 1.2})
		}
	}
	return all, nil
}

// life is a person with a bracelet, a cuff and a door that is heard. Every week is a
// little different.
func life(zone *time.Location) past {
	return func(m vitals.Metric, at time.Time) (float64, bool) {
		at = at.In(zone)
		_, week := at.ISOWeek()
		wave := math.Sin(float64(week) * 2)
		switch hour := at.Hour(); m {
		case vitals.HeartRate:
			return 71 + 2*wave, true
		case vitals.SpO2:
			return 96, true
		case vitals.StepCount:
			if hour < 7 || hour > 20 {
				return 0, true
			}
			return (220 + 15*wave) / 4, true
		case vitals.SleepDuration:
			return 425 + 15*wave - 12, hour == 7
		case vitals.BPSystolic:
			return 134 + 3*wave, hour == 8 || hour == 19
		case vitals.BPDiastolic:
			return 81 + 2*wave, hour == 8 || hour == 19
		case vitals.DoorContact:
			return 0, hour%3 == 0
		}
		return 0, false
	}
}

// from is a life that begins, ends, or changes.
func (p past) when(holds func(m vitals.Metric, at time.Time) bool) past {
	return func(m vitals.Metric, at time.Time) (float64, bool) {
		v, ok := p(m, at)
		return v, ok && holds(m, at)
	}
}

func (p past) but(metric vitals.Metric, since time.Time, by float64) past {
	return func(m vitals.Metric, at time.Time) (float64, bool) {
		v, ok := p(m, at)
		if m == metric && !at.Before(since) {
			v += by
		}
		return v, ok
	}
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// factsOf measures a week of a life.
func factsOf(t testing.TB, p past, week Week, z *time.Location) *Facts {
	t.Helper()
	days := week.Days(z)
	m, err := Measure(t.Context(), p, "r-1", Until(days.Start(6).Add(12*time.Hour), 7*(WeeksBefore+1)))
	if err != nil {
		t.Fatal(err)
	}
	return &Facts{Week: week, Name: "李秀英", Measured: m, Vitals: true, Alerts: true, Now: days.End()}
}

func TestWeeksInWords(t *testing.T) {
	t.Parallel()
	china := zone(t, "Asia/Shanghai")
	week := Week{2026, 47}
	monday := week.Days(china).Start(0)
	at := func(day, hour, minute int) time.Time {
		return monday.AddDate(0, 0, day).Add(time.Duration(hour*60+minute) * time.Minute)
	}
	fall, oxygen := Text{"Fall", "跌倒"}, Text{"Low oxygen saturation", "血氧偏低"}
	pills := []Reminder{{What: Text{"Before breakfast", "早餐前"}, Due: 7, OnTime: 6, Late: 1}, {What: Text{"At bedtime", "睡前"}, Due: 7, OnTime: 4, Skipped: 1, Miss: 2}}
	stories := map[string]func() *Facts{
		"quiet": func() *Facts {
			f := factsOf(t, life(china), week, china)
			f.Reminders = pills[:1]
			return f
		},
		"falls": func() *Facts {
			f := factsOf(t, life(china).but(vitals.BPSystolic, monday, 16).but(vitals.StepCount, monday, -30), week, china)
			f.Raised = []Alert{
				{Name: oxygen, Severity: 2, Began: at(0, 3, 12), Ended: at(0, 3, 40)},
				{Name: fall, Severity: 3, Began: at(1, 14, 5), Answered: time.Minute, Ended: at(1, 15, 0), Verdict: "true"},
				{Name: fall, Severity: 3, Began: at(4, 8, 10), Answered: time.Minute, Ended: at(4, 8, 14), Verdict: "false_alarm"},
				{Name: Text{"Battery", "电量"}, Severity: 1, Began: at(5, 8, 10)},
				{Name: fall, Severity: 3, Began: at(6, 23, 50), Answered: -1},
			}
			f.Reminders = pills
			return f
		},
		"not-worn": func() *Facts {
			return factsOf(t, life(china).when(func(m vitals.Metric, at time.Time) bool {
				return m == vitals.DoorContact || at.Before(monday.AddDate(0, 0, 1)) || !at.Before(monday.AddDate(0, 0, 6))
			}), week, china)
		},
		"cuff-alone": func() *Facts { // the bracelet lies in a drawer
			return factsOf(t, life(china).when(func(m vitals.Metric, at time.Time) bool {
				return m == vitals.DoorContact || m == vitals.BPSystolic || m == vitals.BPDiastolic || at.Before(monday.AddDate(0, 0, 1))
			}), week, china)
		},
		"summer-time": func() *Facts { // the clocks go forward on the Sunday
			berlin := zone(t, "Europe/Berlin")
			return factsOf(t, life(berlin), Week{2026, 13}, berlin)
		},
		"first": func() *Facts {
			return factsOf(t, life(china).when(func(_ vitals.Metric, at time.Time) bool { return !at.Before(monday.Add(10 * time.Hour)) }), week, china)
		},
		"nothing": func() *Facts {
			return factsOf(t, func(vitals.Metric, time.Time) (float64, bool) { return 0, false }, week, china)
		},
		"fell-silent": func() *Facts { // who was measured before
			f := factsOf(t, life(china).when(func(_ vitals.Metric, at time.Time) bool { return at.Before(monday) }), week, china)
			f.Situations = []Situation{{"hospital", at(-3, 9, 0), at(3, 16, 0)}, {"away", at(5, 9, 0), at(5, 18, 0)}}
			return f
		},
		"alerts-alone": func() *Facts {
			f := factsOf(t, life(china), week, china)
			f.Raised = []Alert{{Name: fall, Severity: 3, Began: at(1, 14, 5), Ended: at(1, 15, 0), Verdict: "test"}}
			f.See(false, true)
			return f
		},
		"vitals-alone": func() *Facts {
			f := factsOf(t, life(china), week, china)
			f.Raised, f.Reminders = []Alert{{Name: fall, Severity: 3, Began: at(1, 14, 5)}}, pills
			f.See(true, false)
			return f
		},
		"under-way": func() *Facts {
			f := factsOf(t, life(china).when(func(_ vitals.Metric, then time.Time) bool { return then.Before(at(2, 9, 0)) }), week, china)
			f.Now = at(2, 9, 0)
			return f
		},
	}
	for name, story := range stories {
		t.Run(name, func(t *testing.T) {
			f := story()
			var b strings.Builder
			for _, language := range []string{"en", "zh-CN"} {
				fmt.Fprintln(&b, f.Title().In(language))
				for _, line := range f.Words() {
					fmt.Fprintln(&b, " ", line.In(language))
				}
				fmt.Fprintln(&b)
			}
			for _, fig := range Figures(&f.Measured) {
				fmt.Fprintf(&b, "%s: known %t, %s (%s to %s) on %d days, usually %s ± %s of %d weeks, notable %t\n", fig.Metric, fig.Known, fig.Metric.Format(fig.Value),
					fig.Metric.Format(fig.Min), fig.Metric.Format(fig.Max), fig.Days, fig.Metric.Format(fig.Usual), fig.Metric.Format(fig.Spread), fig.Weeks, fig.Notable())
			}
			golden := filepath.Join("testdata", name+".golden.txt")
			if *update {
				if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), b.String()); diff != "" {
				t.Errorf("has changed (-was +is); if it should have, run with -update:\n%s", diff)
			}
		})
	}
}

// TestWhatIsNotSharedIsNotSaid looks that words made for somebody who may not see
// something hold none of it.
func TestWhatIsNotSharedIsNotSaid(t *testing.T) {
	t.Parallel()
	china := zone(t, "Asia/Shanghai")
	f := factsOf(t, life(china), Week{2026, 47}, china)
	f.Raised = []Alert{{Name: Text{"Fall", "跌倒"}, Severity: 3, Began: f.Now.Add(-time.Hour)}}
	f.Reminders = []Reminder{{What: Text{"Pill", "药"}, Due: 2, Miss: 2}}
	f.See(false, false)
	for _, line := range f.Words() {
		for _, secret := range []string{"Fall", "跌倒", "Pill", "药", "eart", "心率", "teps", "步", "leep", "睡"} {
			if strings.Contains(line.EN+line.ZH, secret) {
				t.Errorf("%q is in %q", secret, line)
			}
		}
	}
	if figures := Figures(&f.Measured); len(figures) > 0 {
		t.Errorf("figures %v", figures)
	}
}

func TestNoiseIsNoNews(t *testing.T) {
	t.Parallel()
	before := []float64{70, 74, 71, 69, 73, 72, 70, 75}
	middle, spread := usual(before)
	if middle != 71.5 || math.Abs(spread-3.5*1.5/0.6745) > 1e-9 {
		t.Errorf("usual %v ± %v", middle, spread)
	}
	for _, v := range before {
		if math.Abs(v-middle) > spread {
			t.Errorf("%v of its own weeks is news", v)
		}
	}
	if _, spread := usual([]float64{70, 70, 70, 70}); spread != 0 {
		t.Errorf("spread %v of the same", spread) // the floor of the metric counts then
	}
}

// Steps are counted by the day: a week's least and most are those of a day, whatever one
// reading says.
func TestStepsRangeOverDays(t *testing.T) {
	t.Parallel()
	china := zone(t, "Asia/Shanghai")
	facts := factsOf(t, life(china), Week{2026, 47}, china)
	for _, f := range Figures(&facts.Measured) {
		if f.Metric == vitals.StepCount && (f.Min > f.Value || f.Max < f.Value || f.Min <= 0) {
			t.Errorf("%g to %g, and %g on an average day", f.Min, f.Max, f.Value)
		}
	}
}
