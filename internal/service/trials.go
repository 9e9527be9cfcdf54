package service

import (
	"context"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/backtest"
	"github.com/anxin-care/anxin/alerts/rules"
)

// Trials try rules on what the service has heard. After [OpenRecords] they count
// alerts; they try rules once [Service.OpenTimeline] has opened the timeline.
func (s *Service) Trials() *backtest.Trials {
	return &backtest.Trials{
		Timeline: s.Timeline, Sensors: sensors{s}, Alerts: alerts.NewAlerts(s.Records), Residents: s.Residents, Profiles: s.profiles, Rules: s.rulesOfToday,
	}
}

// rulesOfToday are the rules as they hold now, those that are off too.
func (s *Service) rulesOfToday(ctx context.Context) ([]rules.Rule, error) {
	if s.rules != nil {
		return s.rules.Current().Rules(), nil
	}
	book, err := Rulebook(s.Records, s.cfg)
	if err != nil {
		return nil, err
	}
	now, err := book.Read(ctx)
	if err != nil {
		return nil, err
	}
	return now.Rules(), nil
}
