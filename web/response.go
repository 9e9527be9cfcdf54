package web

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Responses knows how fast critical alerts were answered.
type Responses interface {
	// Responses are those of this week and of so many before it, by team, newest
	// first; ErrNotFound for who may not see them.
	Responses(ctx context.Context, user User, weeks int) ([]ResponseWeek, error)
}

// ResponseWeek is how fast the critical alerts of a team's week were answered.
type ResponseWeek struct {
	// Team is its name, "" for residents whom no team looks after. From is the week's
	// Monday on the team's clock.
	Team string
	From time.Time
	// Critical is how many were to be answered. Soon of them were within a minute, Late
	// within three, and Never have not been answered.
	Critical, Soon, Late, Never int
	// SoonMet and LateMet say whether those were as many as is aimed at.
	SoonMet, LateMet bool
	// Scenes is how often somebody said that they were there, SceneSoon how often that
	// was within 45 minutes.
	Scenes, SceneSoon int
	// Uncounted ended by themselves before anybody was late, or were tests.
	Uncounted int
}

// responseWeeks is how many weeks the page shows.
const responseWeeks = 12

type responseView struct {
	page
	Weeks []responseLine
}

type responseLine struct {
	ResponseWeek
	Called, Week         string
	SoonShare, LateShare string
	SceneShare           string
}

func (s *Site) response(w http.ResponseWriter, r *http.Request, user User) error {
	weeks, err := s.responses.Responses(r.Context(), user, responseWeeks)
	if err != nil {
		return fmt.Errorf("read how fast alerts were answered: %w", err)
	}
	view := responseView{page: s.newPage(r, user, "response.title")}
	for _, week := range weeks {
		line := responseLine{ResponseWeek: week, Called: week.Team, Week: week.From.Format(time.DateOnly)}
		if line.Called == "" {
			line.Called = view.T("response.no_team")
		}
		line.SoonShare, line.LateShare = view.share(week.Soon, week.Critical), view.share(week.Late, week.Critical)
		line.SceneShare = view.share(week.SceneSoon, week.Scenes)
		view.Weeks = append(view.Weeks, line)
	}
	s.render(w, http.StatusOK, "response", view)
	return nil
}

// share is a part of a whole: "39 of 40 (97.5 %)"; a dash of nothing.
func (p *page) share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	// Rounded down: what is not reached must not look as if it were.
	return p.T("response.share", "part", part, "whole", whole, "percent", fmt.Sprintf("%.1f", float64(part*1000/whole)/10))
}
