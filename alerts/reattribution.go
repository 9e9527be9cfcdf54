package alerts

import (
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Reattribution is what comes of it that readings are somebody else's: what moved,
// and what of the alerts. Its JSON is what is kept.
type Reattribution struct {
	// Readings are how many moved of each metric, by its name.
	Readings map[string]int `json:"readings"`
	// Hours are how many hourly summaries moved where the readings themselves are not
	// kept any more; Mixed how many stay where they were, as they are of readings from
	// before or after, too.
	Hours int `json:"hours,omitempty"`
	Mixed int `json:"mixed,omitempty"`
	// NotTheirs are the ids of the alerts that had begun by strange readings.
	NotTheirs []string `json:"not_theirs,omitempty"`
	// Found is what the rules find at whom the readings are of.
	Found []Finding `json:"found,omitempty"`
}

// Finding is an alert that would have been, had it been known whose the readings
// are. It is of the past: nobody is told of it as if it were now.
type Finding struct {
	Rule     string         `json:"rule"`
	Name     rules.Text     `json:"name"`
	Severity rules.Severity `json:"severity"`
	Began    time.Time      `json:"began"`
	Ended    time.Time      `json:"ended,omitzero"`
}
