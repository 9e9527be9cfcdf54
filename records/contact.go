package records

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/anxin-care/anxin/store"
)

// Severity is how grave an alert is.
type Severity int

// The severities, mildest first.
const (
	Info Severity = iota + 1
	Warning
	Critical
)

// String is "info", "warning" or "critical"; "" for none of them.
func (s Severity) String() string {
	if s < Info || s > Critical {
		return ""
	}
	return [...]string{"info", "warning", "critical"}[s-Info]
}

// ParseSeverity reads what [Severity.String] writes.
func ParseSeverity(text string) (Severity, error) {
	for s := Info; s <= Critical; s++ {
		if s.String() == text {
			return s, nil
		}
	}
	return 0, fmt.Errorf("%q is not info, warning or critical", text)
}

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
	// Disabled is set while its user may not sign in: it is told of nothing.
	Disabled bool
}

// Zone is the contact's time zone, UTC when it is not known.
func (c Contact) Zone() *time.Location { return zoneNamed(c.TimeZone) }

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
	AsFamily Relation = "family"
	// AsManager is one of the family who decides for the resident, or with them.
	AsManager   Relation = "family_manager"
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
	Wishes
	// Withheld: by the consents they may not be told of alerts, or they are disabled.
	Withheld bool
}

const (
	minutesOfDay = 24 * 60
	mostQuiet    = 5
	// mostDelay bounds how long somebody may be told after others, and how seldom
	// again; rarer repeats are none.
	mostDelay = 24 * time.Hour
	// oftenestRepeat keeps somebody from being told without a pause.
	oftenestRepeat = time.Minute
)

// settle puts the contact in the form in which it is kept, and finds all that is
// wrong with it.
func (c *Contact) settle() error {
	c.Name = strings.TrimSpace(c.Name)
	var wrong []store.Field
	if !validID(c.ID) {
		wrong = append(wrong, store.Field{Path: "id", Message: "must be 1 to 64 letters, digits or hyphens"})
	}
	wrong = append(wrong, checkName(c.Name)...)
	wrong = append(wrong, settleLanguage(&c.Language)...)
	wrong = append(wrong, checkZone(c.TimeZone)...)
	if len(c.Quiet) > mostQuiet {
		wrong = append(wrong, store.Field{Path: "quiet", Message: fmt.Sprintf("are more than %d", mostQuiet)})
	}
	for i, h := range c.Quiet {
		wrong = append(wrong, h.check(fmt.Sprintf("quiet[%d]", i))...)
	}
	return store.Invalid("contact", c.ID, wrong)
}

// check finds what is wrong with hours: they lie in a day, and are not empty.
func (h Hours) check(path string) []store.Field {
	if h.From < 0 || h.From >= minutesOfDay || h.To < 0 || h.To > minutesOfDay {
		return []store.Field{{Path: path, Message: "is not within a day"}}
	}
	if h.From == h.To {
		return []store.Field{{Path: path, Message: "ends when it begins; a whole day is 00:00 to 24:00"}}
	}
	return nil
}

var channelKinds = []ChannelKind{Email, WebPush, Webhook, Chat, SMS, Speaker}

// settle finds what is wrong with a channel but for its address, and gives it
// what was not said: it is used for all, and makes a sound from a warning on.
func (c *Channel) settle() []store.Field {
	c.Address, c.Label = strings.TrimSpace(c.Address), strings.TrimSpace(c.Label)
	if c.From == 0 {
		c.From = Info
	}
	if c.LoudFrom == 0 {
		c.LoudFrom = Warning
	}
	var wrong []store.Field
	if !slices.Contains(channelKinds, c.Kind) {
		wrong = append(wrong, store.Field{Path: "kind", Message: fmt.Sprintf("%q is not email, webpush, webhook, chat, sms or speaker", c.Kind)})
	}
	wrong = append(wrong, checkText("label", c.Label)...)
	wrong = append(wrong, checkSeverity("severity_from", c.From)...)
	return append(wrong, checkSeverity("loud_from", c.LoudFrom)...)
}

func checkSeverity(path string, s Severity) []store.Field {
	if s < Info || s > Critical {
		return []store.Field{{Path: path, Message: "is not info, warning or critical"}}
	}
	return nil
}

// Wishes are how a contact wants to be told of one resident.
type Wishes struct {
	// From is the mildest severity that they want to hear of.
	From Severity
	// Delay and Repeat are their own for what is not critical: how long after
	// others, and how often again; 0 for what the policy says.
	Delay, Repeat time.Duration
	// Weekly is set where they wish to be told on Monday morning what the week was like.
	Weekly bool
}

// settle finds what is wrong with wishes. What was not said is heard: all, by a
// neighbour only what is critical.
func (w *Wishes) settle(r Relation) []store.Field {
	if w.From == 0 {
		if w.From = Info; r == AsNeighbour {
			w.From = Critical // nothing of somebody's health but that help is needed
		}
	}
	wrong := checkSeverity("severity_from", w.From)
	if w.Weekly && r == AsNeighbour {
		wrong = append(wrong, store.Field{Path: "weekly", Message: "is not for neighbours: they see nothing of anybody's health"})
	}
	if w.Delay < 0 || w.Delay > mostDelay {
		wrong = append(wrong, store.Field{Path: "delay", Message: "want 0 to 24 hours"})
	}
	if w.Repeat != 0 && (w.Repeat < oftenestRepeat || w.Repeat > mostDelay) {
		wrong = append(wrong, store.Field{Path: "repeat", Message: "want 1 minute to 24 hours, or 0 for as the policy says"})
	}
	return wrong
}
