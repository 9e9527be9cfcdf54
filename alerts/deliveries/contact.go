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

// Who is a contact as somebody around a resident: "" for one who is told of a home,
// a device or many residents.
type Who struct{ Resident, Contact string }

// Contact is a person who can be told, as one around a resident.
type Contact struct {
	ID string
	// Relation is what they are to the resident, [Staff] when they are not in the
	// care team.
	Relation Relation
	// From is the mildest severity of which they want to be told about this resident as
	// one of the care team. Whoever is on duty, or has the duty token, is told all the
	// same: whom to tell is decided already.
	From rules.Severity
	// Delay is how much later they want to be told of what is not critical, and Repeat
	// how long after that again while nobody has it; 0 for not.
	Delay, Repeat time.Duration
	// User is who they are when they sign in, "" for nobody.
	User     string
	Name     string
	Language string // BCP 47, "zh-CN"; "" when not said
	// Zone is their time zone, or the resident's when they have none of their own.
	Zone *time.Location
	// Quiet says when they want to be left alone; nil for never.
	Quiet Quiet
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
	// From is the mildest severity that it is for, LoudFrom the mildest that makes a
	// sound.
	From, LoudFrom rules.Severity
	// ConfirmedAt is when the contact answered a test over it, WorkedAt and FailedAt
	// when it last did; zero for never.
	ConfirmedAt, WorkedAt, FailedAt time.Time
}

// broken reports whether the channel failed when it was last used.
func (c *Channel) broken() bool { return c.FailedAt.After(c.WorkedAt) }

// Quiet are somebody's quiet hours.
type Quiet interface {
	// QuietUntil is when those end that t lies in, the zero time when it lies in none.
	QuietUntil(t time.Time) time.Time
}

// People are those who can be told.
type People interface {
	// Contacts returns those who are there; who is removed is not among them.
	Contacts(ctx context.Context, db bun.IDB, who []Who) (map[Who]Contact, error)
	// Worked and Failed note when a channel last did, and what the provider answered.
	Worked(ctx context.Context, db bun.IDB, channel string, at time.Time) error
	Failed(ctx context.Context, db bun.IDB, channel string, at time.Time, answer string) error
	// Ended takes out a channel that failed and will never work again.
	Ended(ctx context.Context, db bun.IDB, channel string, at time.Time) error
	// Confirmed notes that somebody answered a test over a channel.
	Confirmed(ctx context.Context, db bun.IDB, channel string, at time.Time) error
}
