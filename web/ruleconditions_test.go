package web

import (
	"slices"
	"testing"

	"github.com/anxin-care/anxin/alerts/rules"
)

// All that the rules of the house go by has words in both languages.
func TestWhatTheRulesGoByHasWords(t *testing.T) {
	for _, l := range loaded(t) {
		for _, name := range rules.Limits() {
			if l.limit(name) == name {
				t.Errorf("%s has no words for the threshold %s", l.Tag, name)
			}
		}
		for _, name := range rules.Conditions() {
			if !slices.Contains(ruleConditions, name) {
				t.Errorf("%s has no words for the condition %s", l.Tag, name)
			}
		}
	}
}
