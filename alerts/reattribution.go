package alerts

import (
	"context"
	"slices"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/devices"
	"github.com/anxin-care/anxin/timeline"
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

// Moves are what a correction of who wore a device moves in the timeline: what was
// said to be the wrong one's, and what had been put aside as nobody's. End is when the
// time ends that it is about, the zero time when it goes on.
func Moves(c *devices.Correction, end time.Time) []timeline.Move {
	move := timeline.Move{From: c.Wrong(), To: c.Wearer(), Device: c.Device, Since: c.From, Until: end}
	aside := move
	aside.From = devices.Nobody(c.Device)
	return slices.DeleteFunc(slices.Compact([]timeline.Move{move, aside}), func(m timeline.Move) bool { return m.From == m.To })
}

// Movable says what a move would move.
type Movable interface {
	Movable(ctx context.Context, m timeline.Move) (timeline.Moved, error)
}

// Foresee is what comes of a correction, as far as that can be known before.
func (s *Alerts) Foresee(ctx context.Context, past Movable, c *devices.Correction, end time.Time) (Reattribution, error) {
	out := Reattribution{Readings: map[string]int{}}
	for _, m := range Moves(c, end) {
		would, err := past.Movable(ctx, m)
		if err != nil {
			return out, err
		}
		for metric, n := range would.Readings {
			out.Readings[metric.String()] += n
		}
		out.Hours += would.Hours
		out.Mixed += would.Mixed
	}
	begun, err := s.BegunBy(ctx, StrangeOf(c))
	for _, a := range begun {
		out.NotTheirs = append(out.NotTheirs, a.ID)
	}
	return out, err
}

// StrangeOf are the readings that a correction says are not the resident's.
func StrangeOf(c *devices.Correction) Strange {
	return Strange{Resident: c.Was, Device: c.Device, From: c.From, To: c.To}
}
