package deliveries

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Kind is how a channel works.
type Kind string

// The kinds of channels.
const (
	Email   Kind = "email"
	WebPush Kind = "webpush"
	Webhook Kind = "webhook"
	Chat    Kind = "chat"
	SMS     Kind = "sms"
	Speaker Kind = "speaker"
)

// Contact is a person who can be told.
type Contact struct {
	ID string
	// User is who they are when they sign in, "" for nobody.
	User     string
	Name     string
	Language string // BCP 47, "zh-CN"; "" when not said
	// Zone is the name of their time zone, "" for the resident's.
	Zone string
	// Quiet are the hours in which they want to be left alone, nil for the usual ones.
	Quiet []Hours
	// Channels are those that are not removed, in the order in which they are tried.
	Channels []Channel
}

// Channel is one address of a contact over one kind.
type Channel struct {
	ID      string
	Kind    Kind
	Address string
	// Trusted channels may carry names and health detail.
	Trusted bool
	// From is the mildest severity that it is for.
	From rules.Severity
	// ConfirmedAt is when the contact answered a test over it, WorkedAt and FailedAt
	// when it last did; zero for never.
	ConfirmedAt, WorkedAt, FailedAt time.Time
}

// broken reports whether the channel failed when it was last used.
func (c *Channel) broken() bool { return c.FailedAt.After(c.WorkedAt) }

// Hours are a part of the day on somebody's clock, in minutes since midnight:
// from the first up to and without the last, which may be on the next day.
type Hours struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// People are those who can be told.
type People interface {
	// Contacts returns the contacts with these ids, by id; those who are removed are
	// not among them.
	Contacts(ctx context.Context, db bun.IDB, ids []string) (map[string]Contact, error)
	// Worked and Failed note when a channel last did, and what the provider answered.
	Worked(ctx context.Context, db bun.IDB, channel string, at time.Time) error
	Failed(ctx context.Context, db bun.IDB, channel string, at time.Time, answer string) error
}
