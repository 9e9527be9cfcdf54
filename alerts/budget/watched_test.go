package budget_test

import (
	"testing"
	"time"

	"github.com/anxin-care/anxin/alerts/budget"
)

func TestResidentWeeks(t *testing.T) {
	to := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	from := to.AddDate(0, 0, -28)
	watched := budget.Watched{}
	for who, since := range map[string]time.Time{
		"always": {}, "before": from.AddDate(0, -1, 0), "since two weeks": to.AddDate(0, 0, -14), "afterwards": to.AddDate(0, 0, 1),
	} {
		watched.Add(who, since, from, to)
	}
	if len(watched) != 4 || watched.Weeks() != 4+4+2 || watched.PerWeek(5) != 0.5 {
		t.Errorf("%v are %v weeks", watched, watched.Weeks())
	}
	young := budget.Watched{}
	young.Add("a", to.Add(-12*time.Hour), from, to)
	young.Add("b", to.Add(-12*time.Hour), from, to)
	if young.PerWeek(2) != 2 || young.Weeks() > 0.15 {
		t.Errorf("two alerts on the first day are %v a week", young.PerWeek(2))
	}
}
