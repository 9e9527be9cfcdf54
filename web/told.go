package web

import (
	"context"
	"time"
)

// Deliveries knows who was told of an alert.
type Deliveries interface {
	// Told are those about an alert that the user may see, in their order.
	Told(ctx context.Context, user User, alert string) ([]Told, error)
}

// Told is one attempt to tell one person over one channel.
type Told struct {
	Name string
	// For is what it was told for, Stage which step of the policy asked, from 1; 0 for
	// news.
	For   ToldKind
	Stage int
	// Said is the message as it was said, "" where it was not yet, or the user may not
	// read it.
	Said string
	// Kind is that of the channel, "" when there was none.
	Kind   ChannelKind
	Status ToldStatus
	// At is when it came to the status, or is due when it is queued.
	At time.Time
	// Attempts is how often it was tried, Answer what the provider said last or why
	// it was dropped, in English.
	Attempts int
	Answer   string
	// Digest is set when it went in a message with others.
	Digest bool
}

// ToldStatus is how far an attempt has come.
type ToldStatus string

// The statuses.
const (
	ToldQueued    ToldStatus = "queued"
	ToldSending   ToldStatus = "sending"
	ToldSent      ToldStatus = "sent"
	ToldDelivered ToldStatus = "delivered"
	ToldSeen      ToldStatus = "seen"
	ToldFailed    ToldStatus = "failed"
	ToldDropped   ToldStatus = "dropped"
)

// soon is how long before it is due, and after it was sent, more is to be heard of
// an attempt.
const soon = time.Minute

// moving reports that more is to be heard of it soon.
func (t Told) moving(now time.Time) bool {
	switch t.Status {
	case ToldSending:
		return true
	case ToldQueued:
		return t.At.Before(now.Add(soon))
	case ToldSent, ToldDelivered:
		return now.Before(t.At.Add(soon))
	}
	return false
}

// toldLine is one of them in words.
type toldLine struct {
	Name, For, Over, Status, Class, Clock, Stamp, Answer string

	Said     string
	Attempts int
}

func (p *page) toldLine(t Told, zone *time.Location) toldLine {
	l := toldLine{Name: t.Name, Status: p.T("told." + string(t.Status)), Class: string(t.Status), Answer: t.Answer, Said: t.Said, Attempts: t.Attempts, Over: p.T("told.no_channel")}
	if t.For != "" {
		l.For = p.T("told_row."+string(t.For), "n", t.Stage)
	}
	if t.Kind != "" {
		l.Over = p.T("channel." + string(t.Kind))
	}
	if t.Digest {
		l.Over = p.T("told.in_digest", "channel", l.Over)
	}
	if l.Name == "" {
		l.Name = p.T("told.nobody")
	}
	if !t.At.IsZero() {
		l.Clock, l.Stamp = clock(t.At, p.Now, zone), stamp(t.At, zone)
	}
	return l
}
