package web_test

import (
	"context"
	"math"
	"time"

	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/timeline"
	"github.com/anxin-care/anxin/vitals"
	"github.com/anxin-care/anxin/web"
)

// reportBook has a past of every resident that goes by the clock alone: somebody with a
// bracelet, which lay about for some days, a cuff, and scales. Of r-brown nothing was
// ever measured, and alerts are not shown.
type reportBook struct{ now func() time.Time }

func (b *reportBook) zone(resident string) *time.Location {
	if resident == "r-brown" {
		return time.UTC
	}
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err) // the tests have it from the start
	}
	return zone
}

// Summaries implements [reports.Past].
func (b *reportBook) Summaries(_ context.Context, q timeline.Query, every time.Duration) (all []timeline.Summary, _ error) {
	if q.Resident == "r-brown" {
		return nil, nil
	}
	zone := b.zone(q.Resident)
	for at := q.From.Truncate(every).Add(every); at.Before(q.To) && at.Before(b.now()); at = at.Add(every) {
		hour, day := at.In(zone).Hour(), at.In(zone).YearDay()
		wave := math.Sin(float64(day) * 1.3)
		lies := day%17 < 3 || day%17 == 3 && hour < 15 // nobody wears the bracelet
		s := timeline.Summary{At: at, Count: 12}
		switch m := q.Metric; {
		case m == vitals.HeartRate && !lies:
			s.Min, s.Sum, s.Max = 54+3*wave, 12*(71+4*wave), 98+9*wave
		case m == vitals.SpO2 && !lies:
			s.Min, s.Sum, s.Max = 92+wave, 12*96, 99
		case m == vitals.StepCount && !lies && hour > 6 && hour < 21:
			s.Min, s.Sum, s.Max = 0, 240+50*wave, 120
		case m == vitals.SleepDuration && !lies && hour == 7:
			s.Count, s.Min, s.Sum, s.Max = 1, 410+30*wave, 410+30*wave, 410+30*wave
		case (m == vitals.BPSystolic || m == vitals.BPDiastolic) && (hour == 8 || hour == 19):
			v := 134 + 8*wave
			if m == vitals.BPDiastolic {
				v = 80 + 5*wave
			}
			s.Count, s.Min, s.Sum, s.Max = 1, v, v, v
		case m == vitals.BodyWeight && hour == 7 && day%5 == 0:
			s.Count, s.Min, s.Sum, s.Max = 1, 61+wave, 61+wave, 61+wave
		case m == vitals.DoorContact && hour%3 == 0:
		default:
			continue
		}
		all = append(all, s)
	}
	return all, nil
}

// Report implements [web.Reports].
func (b *reportBook) Report(ctx context.Context, _ web.User, resident string, last time.Time, days int) (r reports.Report, err error) {
	zone := b.zone(resident)
	p := reports.Until(last.In(zone), days)
	r = reports.Report{Vitals: true, Alerts: resident != "r-brown", Now: b.now(), Since: p.Start(0).AddDate(0, 0, 2)}
	if r.Measured, err = reports.Measure(ctx, b, resident, p); err != nil || resident == "r-brown" {
		return r, err
	}
	r.Limits = map[vitals.Metric][]reports.Limit{vitals.HeartRate: {{Lower: true, Value: 50}, {Value: 100}}, vitals.SpO2: {{Lower: true, Value: 88}}, vitals.BPSystolic: {{Value: 160}}, vitals.BPDiastolic: {{Value: 100}}}
	for i := range days {
		for _, hour := range []int{8, 19} {
			at := p.Start(i).Add(time.Duration(hour)*time.Hour + time.Duration(7*i%50)*time.Minute)
			wave := 12 * math.Sin(float64(i*hour))
			r.Pressures = append(r.Pressures, reports.Pressure{At: at, Systolic: 134 + wave, Diastolic: 80 + wave/2})
		}
		if i%5 == 1 {
			r.Weights = append(r.Weights, reports.Weight{At: p.Start(i).Add(7 * time.Hour), Value: 61.4 - float64(i)/30})
		}
	}
	r.Raised = b.raised(p)
	oxygen := reports.Text{EN: "Before breakfast", ZH: "早餐前"}
	week := reports.WeekOf(p.Start(0))
	for i := range 4 {
		one := reports.ReminderWeek{Week: week.Plus(i), Reminder: reports.Reminder{What: oxygen, Due: 7, OnTime: 6 - i, Late: 1, Miss: i}}
		if i == 0 {
			r.Reminders = append(r.Reminders, reports.Adherence{What: oxygen})
		}
		r.Reminders[0].Weeks = append(r.Reminders[0].Weeks, one)
	}
	r.Situations = []reports.Situation{{Kind: "hospital", From: p.Start(3).Add(9 * time.Hour), To: p.Start(4).Add(15 * time.Hour)}}
	return r, nil
}

func (b *reportBook) raised(p reports.Period) []reports.Alert {
	fall, low := reports.Text{EN: "Fall", ZH: "跌倒"}, reports.Text{EN: "Low oxygen saturation", ZH: "血氧偏低"}
	at := p.Start(p.N - 3).Add(14*time.Hour + 5*time.Minute)
	return []reports.Alert{
		{ID: "a-1", Name: low, Severity: 2, Began: at.Add(-20 * time.Hour), Answered: -1, Ended: at.Add(-19 * time.Hour)},
		{ID: "a-2", Name: fall, Severity: 3, Began: at, Answered: 40 * time.Second, Ended: at.Add(time.Hour), Verdict: "true", Calls: 2},
		{ID: "a-3", Name: low, Severity: 2, Began: at.Add(30 * time.Hour), Answered: 4 * time.Minute},
	}
}

// Week implements [web.Reports].
func (b *reportBook) Week(ctx context.Context, _ web.User, resident string, week reports.Week) (f reports.Facts, err error) {
	zone := b.zone(resident)
	days := week.Days(zone)
	f = reports.Facts{Week: week, Name: "赵德明", Vitals: true, Alerts: resident != "r-brown", Now: b.now()}
	f.Measured, err = reports.Measure(ctx, b, resident, reports.Until(days.Start(6).Add(12*time.Hour), 7*(reports.WeeksBefore+1)))
	if resident != "r-brown" {
		f.Raised = b.raised(days)
		f.Reminders = []reports.Reminder{{What: reports.Text{EN: "Before breakfast", ZH: "早餐前"}, Due: 7, OnTime: 5, Late: 1, Miss: 1}}
	}
	return f, err
}
