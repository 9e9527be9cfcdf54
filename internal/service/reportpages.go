package service

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/reports"
	"github.com/anxin-care/anxin/reports/gather"
	"github.com/anxin-care/anxin/store"
	"github.com/anxin-care/anxin/web"
)

// gatherer gathers the facts of reports.
func (s *Service) gatherer() *gather.Gatherer {
	return &gather.Gatherer{
		Residents: s.Residents, Care: s.Care, Access: s.access, Alerts: alerts.NewAlerts(s.Records), Reminders: s.Reminders, Past: s.Timeline, Now: time.Now,
	}
}

// reportPages shows the pages what days and weeks were like.
type reportPages struct{ s *Service }

// Report implements [web.Reports].
func (p reportPages) Report(ctx context.Context, user web.User, resident string, last time.Time, days int) (reports.Report, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return reports.Report{}, err
	}
	f, err := p.s.gatherer().Report(ctx, who, resident, last, days)
	return f, reportFault(err)
}

// Week implements [web.Reports].
func (p reportPages) Week(ctx context.Context, user web.User, resident string, week reports.Week) (reports.Facts, error) {
	who, err := p.s.asker(ctx, user)
	if err != nil {
		return reports.Facts{}, err
	}
	f, err := p.s.gatherer().Week(ctx, who, resident, week)
	return f, reportFault(err)
}

// reportFault is an error as the pages know it: they do not tell who may not see
// anything whether there is something.
func reportFault(err error) error {
	if errors.Is(err, store.ErrForbidden) || errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("%w: %w", web.ErrNotFound, err)
	}
	return err
}
