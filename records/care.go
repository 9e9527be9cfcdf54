package records

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/store"
)

// Care is what the rules go by of a resident beside the readings.
type Care struct {
	// Conditions by the names that the rules know, "copd"; sorted.
	Conditions []string
	// Limits are thresholds of the resident's own by name, "spo2.low".
	Limits map[string]float64
	// Scale2 is the decision that oxygen saturation is scored on scale 2 of NEWS2,
	// for a target of 88 to 92 %; the zero one when nobody has made it.
	Scale2 Decision
	// Planned is how often a metric is to be measured, by the metric's name.
	Planned map[string]time.Duration
}

// Decision is who decided something and when: a clinician, who need not be a
// user.
type Decision struct {
	By string `json:"decided_by"`
	On Date   `json:"decided_on"`
}

// Made reports whether somebody has decided.
func (d Decision) Made() bool { return d != Decision{} }

// CareVersion is what was said of a resident's care at one time.
type CareVersion struct {
	Care
	// Version counts from 1. In version 0 nothing was said yet.
	Version   int
	ChangedAt time.Time
	// ChangedBy is a user; "" for the command line.
	ChangedBy string
	Reason    string
}

// Change is who changes something, and why.
type Change struct {
	By     string // a user; "" for the command line
	Reason string
	// From is the version that it was made from; nil for whichever there is. When
	// somebody has made another in between, the change is refused.
	From *int
}

const (
	// mostOfCare bounds how many conditions, limits and plans a resident has.
	mostOfCare = 100
	// maxReason is in characters.
	maxReason = 2000
	// A measurement is planned neither more nor less often.
	oftenest, rarest = 15 * time.Minute, 92 * 24 * time.Hour
)

// settle puts the care in the form in which it is kept, and finds what is wrong
// with it whatever the rules are.
func (c *Care) settle(today Date) []store.Field {
	var wrong []store.Field
	field := func(path, message string, with ...any) {
		wrong = append(wrong, store.Field{Path: path, Message: fmt.Sprintf(message, with...)})
	}
	conditions := slices.Sorted(slices.Values(c.Conditions))
	c.Conditions = slices.Compact(conditions)
	for path, n := range map[string]int{"conditions": len(c.Conditions), "limits": len(c.Limits), "planned": len(c.Planned)} {
		if n > mostOfCare {
			field(path, "are more than %d", mostOfCare)
		}
	}
	c.Scale2.By = strings.TrimSpace(c.Scale2.By)
	if c.Scale2.Made() {
		wrong = append(wrong, checkText("scale_2.decided_by", c.Scale2.By)...)
		if c.Scale2.By == "" {
			field("scale_2.decided_by", "is empty: scale 2 is a clinician's decision")
		}
		switch on := c.Scale2.On; {
		case on.IsZero():
			field("scale_2.decided_on", "is empty: say when it was decided")
		case !on.valid():
			field("scale_2.decided_on", "is not in the calendar")
		case on.Compare(today) > 0:
			field("scale_2.decided_on", "is in the future")
		}
	}
	for _, metric := range slices.Sorted(maps.Keys(c.Planned)) {
		if every := c.Planned[metric]; every < oftenest || every > rarest {
			field("planned."+metric, "every %s: want 15 minutes to 92 days", every)
		}
	}
	return wrong
}

// equal reports whether two say the same; both must be settled.
func (c *Care) equal(d *Care) bool {
	return slices.Equal(c.Conditions, d.Conditions) && maps.Equal(c.Limits, d.Limits) && c.Scale2 == d.Scale2 && maps.Equal(c.Planned, d.Planned)
}
