package api

import (
	"context"
	"time"

	"github.com/anxin-care/anxin/alerts"
)

// ResponseReport is how fast critical alerts about residents were answered.
type ResponseReport struct {
	Targets ResponseTargets `json:"targets"`
	Weeks   []ResponseWeek  `json:"weeks" doc:"By team, newest first; a week without such alerts is not among them"`
}

// ResponseTargets are what is aimed at.
type ResponseTargets struct {
	Within60s    float64 `json:"within_60s" doc:"Which part of critical alerts is claimed, or closed, within 60 seconds"`
	Within180s   float64 `json:"within_180s"`
	SceneMinutes float64 `json:"scene_minutes" doc:"Within how many minutes somebody is there"`
	Scene        float64 `json:"scene" doc:"Which part of visits"`
	Source       string  `json:"source"`
}

// ResponseWeek is a week of a team.
type ResponseWeek struct {
	Team       string    `json:"team,omitempty" doc:"None for residents whom no team looks after"`
	Name       string    `json:"name,omitempty"`
	From       time.Time `json:"from" doc:"Monday, on the team's clock"`
	To         time.Time `json:"to"`
	Critical   int       `json:"critical" doc:"How many were to be answered"`
	Within60s  float64   `json:"within_60s" doc:"Which part of them was, 0 to 1"`
	Within180s float64   `json:"within_180s"`
	Never      int       `json:"never" doc:"How many nobody has answered at all"`
	Met        bool      `json:"met" doc:"Both targets"`
	Scenes     int       `json:"scenes" doc:"How often somebody said that they are there"`
	SceneSoon  float64   `json:"scene_soon" doc:"Which part of them within the target's time"`
	Brief      int       `json:"brief" doc:"Not counted: ended by themselves before anybody was late"`
	Tests      int       `json:"tests" doc:"Not counted: closed as tests"`
}

type responseInput struct {
	Weeks int `query:"weeks" minimum:"1" maximum:"52" default:"12" doc:"This week and those before it"`
}

type responseOutput struct{ Body ResponseReport }

func (a *API) responseReport(ctx context.Context, in *responseInput) (*responseOutput, error) {
	if err := a.mayOversee(ctx); err != nil {
		return nil, err
	}
	groups, err := alerts.GroupsOf(ctx, a.residentStore, a.people)
	if err != nil {
		return nil, a.failed(ctx, "read the teams", err)
	}
	weeks, err := a.alerts.ResponseByWeek(ctx, groups, in.Weeks, a.now())
	if err != nil {
		return nil, a.failed(ctx, "read how fast alerts were answered", err)
	}
	out := &responseOutput{Body: ResponseReport{
		Targets: ResponseTargets{
			Within60s: alerts.SoonTarget, Within180s: alerts.LateTarget, SceneMinutes: alerts.SceneWithin.Minutes(), Scene: alerts.SceneTarget,
			Source: "TSA code of practice (telecare)",
		},
		Weeks: []ResponseWeek{},
	}}
	for _, w := range weeks {
		out.Body.Weeks = append(out.Body.Weeks, ResponseWeek{
			Team: w.ID, Name: w.Name, From: w.From, To: w.To, Critical: w.Critical, Within60s: alerts.Share(w.Soon, w.Critical), Within180s: alerts.Share(w.Late, w.Critical),
			Never: w.Never, Met: w.Met(), Scenes: w.Scenes, SceneSoon: alerts.Share(w.SceneSoon, w.Scenes), Brief: w.Brief, Tests: w.Tests,
		})
	}
	return out, nil
}
