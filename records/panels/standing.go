package panels

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Standing is a reminder that a resident has.
type Standing struct {
	// ID is the reminder's own, which experts are not told: by it they would know that two
	// questions are about the same person. Ref stands for it in one question alone.
	ID       string   `json:"-"`
	Ref      string   `json:"ref"`
	Kind     string   `json:"kind"`
	What     string   `json:"what"`
	Schedule string   `json:"schedule"`
	Metrics  []string `json:"metrics,omitempty"`
}

// refPrefix begins what stands for a reminder; no id begins like it.
const refPrefix = "r-"

// refOf stands for a reminder in a question.
func refOf(consultation, reminder string) string {
	sum := sha256.Sum256([]byte(consultation + " " + reminder))
	return refPrefix + hex.EncodeToString(sum[:16])
}

// meant is a change with the reminder that its target stands for, and with the resident's
// name where experts have left "…" for it. One that is there no more stays as it is, and is
// found nowhere.
func (b *Book) meant(ctx context.Context, consultation, resident string, c Change) (Change, error) {
	if c.Kind != OfReminder || !strings.HasPrefix(c.Target, refPrefix) {
		return c, nil
	}
	all, err := b.sources.Reminders(ctx, resident)
	if err != nil {
		return c, err
	}
	for _, r := range all {
		if refOf(consultation, r.ID) != c.Target {
			continue
		}
		c.Target = r.ID
		if c.Reminder == nil || c.Reminder.What == r.What {
			return c, nil
		}
		of, err := b.sources.Residents.Get(ctx, resident)
		if err != nil {
			return c, err
		}
		if unnamed(namesOf(of), r.What) == c.Reminder.What {
			said := *c.Reminder
			said.What = r.What
			c.Reminder = &said
		}
		return c, nil
	}
	return c, nil
}
