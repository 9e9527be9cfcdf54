package backtest

import (
	"github.com/anxin-care/anxin/alerts"
	"github.com/anxin-care/anxin/alerts/engine"
)

// Then are alerts that there were, to compare with and to put beside the budget;
// without those that began by readings of somebody else.
func Then(past []alerts.Brief) []Alert {
	all := make([]Alert, 0, len(past))
	for _, p := range past {
		if p.Verdict == engine.NotTheirs {
			continue
		}
		all = append(all, Alert{
			ID: p.ID, Part: p.Part, Resident: p.Resident, Rule: p.Rule, Severity: p.Severity, Began: p.BeganAt, Ended: p.ResolvedAt, Verdict: p.Verdict,
		})
	}
	return all
}
