package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/records"
	"github.com/anxin-care/anxin/reports"
)

// Weeks says what weeks of residents were like, of what the asker may see.
type Weeks interface {
	Week(ctx context.Context, who records.User, resident string, week reports.Week) (reports.Facts, error)
}

// Week is what a resident's week was like.
type Week struct {
	Resident  string         `json:"resident"`
	Week      string         `json:"week" doc:"ISO 8601" example:"2026-W48"`
	From      time.Time      `json:"from" doc:"Monday 00:00 in the resident's time zone"`
	To        time.Time      `json:"to"`
	TimeZone  string         `json:"time_zone" example:"Asia/Shanghai"`
	Over      bool           `json:"over" doc:"Unset while the week is not over"`
	Shows     []string       `json:"shows" doc:"What of the week you may see: vitals, alerts"`
	Title     rules.Text     `json:"title"`
	Words     []rules.Text   `json:"words" doc:"The week in plain words, as for the family"`
	Heard     []HeardDay     `json:"heard,omitempty" doc:"Each day: in how many of its hours something was heard"`
	Figures   []WeekFigure   `json:"figures,omitempty"`
	Alerts    []WeekAlert    `json:"alerts,omitempty"`
	Reminders []WeekReminder `json:"reminders,omitempty"`
	Away      []AwayInWeek   `json:"situations,omitempty" doc:"When the resident was away from home or in hospital"`
}

// HeardDay is in how many hours of a day something was heard of a resident.
type HeardDay struct {
	Day  string `json:"day" example:"2026-11-23"`
	Body int    `json:"body_hours" doc:"Hours with a measurement of the body"`
	Home int    `json:"home_hours" doc:"Hours with something from the sensors at home"`
}

// WeekFigure is what a metric comes to in a week.
type WeekFigure struct {
	Metric   string   `json:"metric" example:"heart_rate"`
	Unit     string   `json:"unit" doc:"UCUM"`
	Days     int      `json:"days" doc:"Days that were measured well enough to count"`
	Readings int      `json:"readings"`
	Value    *float64 `json:"value,omitempty" doc:"The mean of the days: of their means, of step_count their sums, of sleep_duration their longest; missing when there are too few days"`
	Min      *float64 `json:"min,omitempty" doc:"The least reading; of step_count, the least of a day"`
	Max      *float64 `json:"max,omitempty"`
	Usual    *float64 `json:"usual,omitempty" doc:"The median of up to eight weeks before; missing when fewer than four of them are known"`
	Spread   *float64 `json:"spread,omitempty" doc:"How far from that a week may be for this person without being news"`
	Weeks    int      `json:"weeks" doc:"How many weeks it is compared with"`
	Change   *float64 `json:"change,omitempty"`
	Notable  bool     `json:"notable" doc:"The change is greater than the spread"`
}

// WeekAlert is an alert that was raised in a week.
type WeekAlert struct {
	ID       string     `json:"id"`
	Name     rules.Text `json:"name"`
	Severity string     `json:"severity" enum:"info,warning,critical"`
	BeganAt  time.Time  `json:"began_at"`
	EndedAt  *time.Time `json:"ended_at,omitempty"`
	Answered *float64   `json:"answered_s,omitempty" doc:"Seconds until somebody claimed or closed it; missing when nobody did"`
	Verdict  string     `json:"verdict,omitempty"`
	Calls    int        `json:"calls_again,omitempty"`
}

// WeekReminder is how a reminder went in a week.
type WeekReminder struct {
	What    rules.Text `json:"what"`
	Due     int        `json:"due"`
	OnTime  int        `json:"on_time"`
	Late    int        `json:"late"`
	Skipped int        `json:"skipped"`
	Missed  int        `json:"missed"`
}

// AwayInWeek is when a resident was not at home.
type AwayInWeek struct {
	Kind string    `json:"kind" enum:"away,hospital"`
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

type weekInput struct {
	ResidentPath
	Week string `path:"week" doc:"A week of ISO 8601, or latest for the last one that is over" example:"2026-W48"`
}

type weekOutput struct{ Body Week }

func (a *API) week(ctx context.Context, in *weekInput) (*weekOutput, error) {
	who, _ := UserOf(ctx)
	var week reports.Week
	var err error
	if in.Week == "latest" {
		r, err := a.resident(ctx, records.Status, in.ID)
		if err != nil {
			return nil, err
		}
		week = reports.WeekOf(a.now().In(r.Zone())).Plus(-1)
	} else if week, err = reports.ParseWeek(in.Week); err != nil {
		return nil, invalid("path.week", in.Week, err.Error())
	}
	f, err := a.weeks.Week(ctx, who, in.ID, week)
	if err != nil {
		return nil, a.failed(ctx, "gather the week", err)
	}
	return &weekOutput{showWeek(in.ID, &f)}, nil
}

func showWeek(resident string, f *reports.Facts) Week {
	days := f.Days()
	out := Week{
		Resident: resident, Week: f.Week.String(), From: days.Start(0).UTC(), To: days.End().UTC(), TimeZone: days.First.Location().String(), Over: f.Over(),
		Shows: []string{}, Title: rules.Text(f.Title()),
	}
	for _, line := range f.Words() {
		out.Words = append(out.Words, rules.Text(line))
	}
	for _, s := range f.Situations {
		out.Away = append(out.Away, AwayInWeek{s.Kind, s.From.UTC(), s.To.UTC()})
	}
	if f.Vitals {
		out.Shows = append(out.Shows, "vitals")
		week := f.Measured.Last(days.N)
		for i := range days.N {
			out.Heard = append(out.Heard, HeardDay{days.Start(i).Format(time.DateOnly), week.Body[i], week.Home[i]})
		}
		for _, one := range reports.Figures(&f.Measured) {
			out.Figures = append(out.Figures, showFigure(&one))
		}
	}
	if f.Alerts {
		out.Shows = append(out.Shows, "alerts")
	}
	for _, one := range f.Raised {
		shown := WeekAlert{
			ID: one.ID, Name: rules.Text(one.Name), Severity: records.Severity(one.Severity).String(), BeganAt: one.Began.UTC(), Verdict: one.Verdict, Calls: one.Calls,
		}
		if !one.Ended.IsZero() {
			shown.EndedAt = new(one.Ended.UTC())
		}
		if one.Answered >= 0 {
			shown.Answered = new(one.Answered.Seconds())
		}
		out.Alerts = append(out.Alerts, shown)
	}
	for _, r := range f.Reminders {
		out.Reminders = append(out.Reminders, WeekReminder{rules.Text(r.What), r.Due, r.OnTime, r.Late, r.Skipped, r.Miss})
	}
	return out
}

func showFigure(f *reports.Figure) WeekFigure {
	out := WeekFigure{Metric: f.Metric.String(), Unit: f.Metric.Info().Unit, Days: f.Days, Readings: f.Readings, Weeks: f.Weeks, Notable: f.Notable()}
	if f.Readings > 0 {
		out.Min, out.Max = new(f.Min), new(f.Max)
	}
	if f.Known {
		out.Value = new(f.Value)
	}
	if f.Weeks > 0 {
		out.Usual, out.Spread = new(f.Usual), new(f.Spread)
	}
	if f.Compared() {
		out.Change = new(f.Change())
	}
	return out
}

func (a *API) weekOperations(api huma.API, get func(id, path, summary string, tags ...string) huma.Operation) {
	huma.Register(api, get("read-week", "/residents/{id}/weeks/{week}", "What a week of a resident was like, in plain words and in figures", "reports"), a.week)
}
