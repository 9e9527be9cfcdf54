package records

import (
	"time"

	"github.com/anxin-care/anxin/internal/zones"
)

// Severity is how grave an alert is.
type Severity int

// The severities, mildest first.
const (
	Info Severity = iota + 1
	Warning
	Critical
)

// Contact is a person who can be told.
type Contact struct {
	// ID is opaque: letters, digits and hyphens.
	ID string
	// User is who signs in as this person; "" when nobody does.
	User string
	Name string
	// Language is a BCP 47 tag, "zh-CN"; "" when not said.
	Language string
	// TimeZone is its name in the IANA database, "Asia/Shanghai".
	TimeZone string
	// Quiet are the hours in which only what is critical may be heard: nil for the
	// usual ones, empty for none. See [Contact.QuietUntil].
	Quiet []Hours
	// Channels are where the person is reached, the first one first.
	Channels             []Channel
	CreatedAt, ChangedAt time.Time
}

// Zone is the contact's time zone, UTC when it is not known.
func (c Contact) Zone() *time.Location { return zoneNamed(c.TimeZone) }

func zoneNamed(name string) *time.Location {
	zone, err := zones.Load(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// ChannelKind is a way to reach somebody.
type ChannelKind string

// The kinds of channels.
const (
	Email   ChannelKind = "email"
	WebPush ChannelKind = "webpush"
	Webhook ChannelKind = "webhook"
	Chat    ChannelKind = "chat"
	SMS     ChannelKind = "sms"
	Speaker ChannelKind = "speaker"
)

// Channel is one address over which a contact is reached.
type Channel struct {
	ID, Contact string
	Kind        ChannelKind
	// Address is in the form of the kind, and may hold a secret: it is shown by
	// [Channel.Masked] only.
	Address string
	Label   string // what its person calls it, "work phone"
	// Trusted: details of somebody's health may go over it.
	Trusted bool
	// From is the mildest severity that it is used for, LoudFrom the mildest that
	// makes a sound.
	From, LoudFrom Severity
	AddedAt        time.Time
	// ConfirmedAt is when its person was seen to have it; zero when never.
	ConfirmedAt time.Time
	// WorkedAt is when something last got through, FailedAt when something last did
	// not; zero when never. Fault is why, "" since it worked again.
	WorkedAt, FailedAt time.Time
	Fault              string
}

// Relation is what a contact is to a resident.
type Relation string

// The relations. A resident can be told too: over the speaker at home.
const (
	AsFamily    Relation = "family"
	AsNeighbour Relation = "neighbour"
	AsCaregiver Relation = "caregiver"
	AsDoctor    Relation = "doctor"
	AsResident  Relation = "resident"
)

// Member is a contact in the care team of a resident.
type Member struct {
	Contact
	Relation Relation
	// N is the place in the order in which they are told, from 1.
	N int
	// From is the mildest severity that they want to hear of.
	From Severity
	// Delay and Repeat are their own for what is not critical: how long after
	// others, and how often again; 0 for what the policy says.
	Delay, Repeat time.Duration
}
