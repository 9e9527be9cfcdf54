package web

import (
	"slices"

	"github.com/anxin-care/anxin/records/panels"
)

// ruleConditions are the conditions that the alert rules of the house know. Rules of
// somebody's own may ask for others, which have no words here.
var ruleConditions = []string{
	"athlete", "atrial_fibrillation", "beta_blocker", "copd", "diabetes_complex", "diabetes_very_complex", "heart_failure", "treated_hypertension",
}

// condition is one that the rules go by as people call it; its own name where nobody
// has said how.
func (l *locale) condition(name string) string {
	if !slices.Contains(ruleConditions, name) {
		return name
	}
	return l.T("condition." + name)
}

// limit is a threshold of the rules as people call it, likewise.
func (l *locale) limit(name string) string {
	return l.called(&panels.Change{Kind: panels.OfLimit, Target: name})
}
