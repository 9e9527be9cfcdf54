package panels_test

import (
	"slices"
	"testing"
	"time"

	"github.com/anxin-care/anxin/records/panels"
	"github.com/anxin-care/anxin/vitals"
)

func TestPoints(t *testing.T) {
	t.Parallel()
	says := func(answer panels.Answer, changes ...panels.Change) panels.View {
		return panels.View{Answer: answer, Changes: changes}
	}
	of := func(kind panels.ChangeKind, target, to string) panels.Change {
		return panels.Change{Kind: kind, Target: target, To: to}
	}
	weigh := panels.Change{Kind: panels.OfReminder, Reminder: &panels.Reminder{Kind: "measurement", What: "Weight", Schedule: "daily at 07:00"}}
	refer := panels.Change{Kind: panels.Referral, Errand: &panels.Errand{To: "Cardiology", What: "24-hour blood pressure"}}
	sbp := "bp.high.systolic"
	for _, tc := range []struct {
		name  string
		views []panels.View
		en    []string
		zh    []string
	}{
		{name: "nobody"},
		{
			name: "one mind", views: []panels.View{says(panels.WouldLeave), says(panels.WouldLeave)},
			en: []string{"Two would leave it as it is."}, zh: []string{"两位专家建议维持不变。"},
		},
		{
			name: "two and one", views: []panels.View{says(panels.WouldChange, of(panels.OfLimit, sbp, "150")), says(panels.WouldLeave), says(panels.WouldChange, of(panels.OfLimit, sbp, "150"))},
			en: []string{"Two would change something, one would leave it as it is.", "Two would lower the upper limit of systolic pressure from 160 to 150, one would leave it."},
			zh: []string{"两位专家建议作出调整，一位专家建议维持不变。", "两位专家建议将收缩压上限从 160 下调至 150，一位专家建议不变。"},
		},
		{
			name: "each another way", views: []panels.View{says(panels.WouldChange, of(panels.OfLimit, sbp, "170")), says(panels.Unsure, of(panels.OfLimit, sbp, ""))},
			en: []string{"One would change something, one is not sure.", "One would raise the upper limit of systolic pressure from 160 to 170, one would go back to the usual value of the upper limit of systolic pressure, 160."},
			zh: []string{"一位专家建议作出调整，一位专家不确定。", "一位专家建议将收缩压上限从 160 上调至 170，一位专家建议收缩压上限恢复通用值 160。"},
		},
		{
			name: "conditions and plans", views: []panels.View{says(panels.WouldChange, of(panels.OfCondition, "copd", "on"), of(panels.OfPlan, "spo2", "1d")), says(panels.WouldChange, of(panels.OfCondition, "copd", "on"))},
			en: []string{"Two would change something.", "Two would have the rules go by COPD.", "One would measure oxygen saturation every day, one would leave it."},
			zh: []string{"两位专家建议作出调整。", "两位专家建议让规则按“慢性阻塞性肺疾病”判断。", "一位专家建议每天测量一次血氧，一位专家建议不变。"},
		},
		{
			name: "new things", views: []panels.View{says(panels.WouldChange, weigh), says(panels.WouldRefer, weigh, refer)},
			en: []string{"One would change something, one would have somebody else see the resident.", "Two would remind of Weight, daily at 07:00.", "One would leave it, one would refer to Cardiology: 24-hour blood pressure."},
			zh: []string{"一位专家建议作出调整，一位专家建议转介。", "两位专家建议增加提醒：Weight, daily at 07:00。", "一位专家建议不变，一位专家建议转介至Cardiology：24-hour blood pressure。"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var opinions []panels.Opinion
			for i, v := range tc.views {
				opinions = append(opinions, panels.Opinion{Expert: string(rune('a' + i)), View: v})
			}
			var en, zh []string
			for range 5 { // whatever the order of a map
				en, zh = nil, nil
				for _, p := range panels.Points(opinions) {
					words := p.Words("", "160")
					en, zh = append(en, words.EN), append(zh, words.ZH)
				}
				if !slices.Equal(en, tc.en) || !slices.Equal(zh, tc.zh) {
					t.Fatalf("got  %q\nwant %q\ngot  %q\nwant %q", en, tc.en, zh, tc.zh)
				}
			}
		})
	}
}

func TestEffectOf(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	day := func(n int) time.Time { return at.Add(time.Duration(n) * 24 * time.Hour) }
	alerts := []panels.Alert{
		{Rule: "a", BeganAt: day(-15)}, {Rule: "a", BeganAt: day(-14)}, {Rule: "a", BeganAt: day(-1)}, {Rule: "b", BeganAt: at}, {Rule: "b", BeganAt: day(13)}, {Rule: "b", BeganAt: day(14)},
	}
	measured := []panels.MeasuredHours{{
		Metric: vitals.BPSystolic,
		Before: []panels.Hour{{At: day(-2), Stat: panels.Stat{N: 1, Min: 150, Mean: 150, Max: 150}}, {At: day(-1), Stat: panels.Stat{N: 3, Min: 158, Mean: 160, Max: 170}}},
		After:  []panels.Hour{{At: day(1), Stat: panels.Stat{N: 2, Min: 130, Mean: 135, Max: 140}}},
	}, {Metric: vitals.HeartRate}, {
		Metric: vitals.StepCount,
		Before: []panels.Hour{
			{At: day(-2), Stat: panels.Stat{N: 60, Min: 0, Mean: 50, Max: 90}}, {At: day(-2).Add(time.Hour), Stat: panels.Stat{N: 10, Min: 0, Mean: 100, Max: 190}},
			{At: day(-1), Stat: panels.Stat{N: 10, Min: 0, Mean: 300, Max: 900}},
		},
	}}
	e := panels.EffectOf(at, day(20), alerts, measured)
	if !e.Complete || !slices.Equal(e.Alerts, []panels.RuleEffect{{Rule: "a", Before: 2}, {Rule: "b", After: 2}}) {
		t.Errorf("alerts %+v", e)
	}
	want := panels.VitalShift{Metric: "bp_systolic", Unit: "mm[Hg]", Before: panels.Stat{N: 4, Min: 150, Mean: 157.5, Max: 170}, After: panels.Stat{N: 2, Min: 130, Mean: 135, Max: 140}, DaysBefore: 2, DaysAfter: 1}
	steps := panels.VitalShift{Metric: "step_count", Unit: "{steps}", Before: panels.Stat{N: 2, Min: 3000, Mean: 3500, Max: 4000}, DaysBefore: 2}
	if len(e.Vitals) != 2 || e.Vitals[0] != want || e.Vitals[1] != steps {
		t.Errorf("vitals %+v\nwant %+v, %+v", e.Vitals, want, steps)
	}
	if e = panels.EffectOf(at, day(3), alerts, measured); e.Complete || !e.Until.Equal(day(3)) || e.Alerts[1].After != 1 {
		t.Errorf("so far %+v", e)
	}
}

func TestFiguresOf(t *testing.T) {
	t.Parallel()
	opened := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var all []panels.Consultation
	for i := range 10 {
		all = append(all, panels.Consultation{
			Status: panels.Advised, OpenedAt: opened, FirstOpinionAt: opened.Add(time.Duration(i+1) * time.Hour), AdvisedAt: opened.Add(time.Duration(i+1) * 10 * time.Hour),
		})
	}
	all = append(all, panels.Consultation{Status: panels.Answered, Disagreed: true, OpenedAt: opened.AddDate(0, -1, 0), DueAt: opened})
	f := panels.FiguresOf(all, opened.Add(time.Hour))
	if f.Waiting != 1 || f.Disagreed != 1 || f.Overdue != 1 || len(f.Months) != 2 {
		t.Fatalf("%+v", f)
	}
	if m := f.Months[0]; m.Month != "2026-11" || m.Advised != 10 || m.FirstOpinion != (panels.Took{N: 10, Median: 5 * time.Hour, P90: 9 * time.Hour}) || m.ToAdvice.P90 != 90*time.Hour {
		t.Errorf("%+v", m)
	}
}
