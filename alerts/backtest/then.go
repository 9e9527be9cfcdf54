package backtest

import "github.com/anxin-care/anxin/alerts"

// Then are alerts that there were, to compare with and to put beside the budget.
func Then(past []alerts.Brief) []Alert {
	all := make([]Alert, len(past))
	for i, p := range past {
		all[i] = Alert{
			ID: p.ID, Part: p.Part, Resident: p.Resident, Rule: p.Rule, Severity: p.Severity, Began: p.BeganAt, Ended: p.ResolvedAt, Verdict: p.Verdict,
		}
	}
	return all
}
