package escalation

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Why is what somebody is told for.
type Why string

// What people are told for.
const (
	// ForStep asks for help: a step of the policy, made for the first time or again.
	ForStep Why = "step"
	// ForClaim is the news that somebody has the alert: others need not come.
	ForClaim Why = "claimed"
	// ForNoClose asks whoever has the alert, and others, since it is claimed and not
	// closed.
	ForNoClose Why = "not_closed"
	// ForEnd is the news that the alert is over.
	ForEnd Why = "over"
	// ForGap tells the service's staff of an alert that nobody else can be told of.
	ForGap Why = "gap"
)

// News reports that it asks for nothing: it is told once and makes no noise.
func (w Why) News() bool { return w == ForClaim || w == ForEnd }

// Telling is that one person is to be told of an alert. There is one for each
// person and step of an alert.
type Telling struct {
	Alert string
	// Resident is whom the alert is about, "" for one about a home or a device.
	Resident string
	// Step numbers what was told of the alert, from 1; with the contact it makes the
	// telling unique.
	Step int
	// Stage is which step of the policy asks, from 1; 0 for news. Round is how often
	// that step was made before.
	Stage, Round int
	Contact      string
	Why          Why
	Severity     rules.Severity
	// Due is when it was to be told, and At when that was decided: Late is set when
	// that is later than it should be, since the service did not run.
	Due, At time.Time
	Late    bool
	// Emergency asks for the emergency number to be called: 120 or 119.
	Emergency bool
	// Again is when somebody called again, if that is what is new; zero otherwise.
	// Unanswered is set when help was asked for before, and nobody has answered.
	Again      time.Time
	Unanswered bool
	// Holder had the alert when this was decided, until HeldUntil; "" for nobody. Once
	// another has it, or the same person anew, what asks for help is not sent any more.
	Holder    string
	HeldUntil time.Time
}

// Queue takes in who is to be told.
type Queue interface {
	// Queue writes in tx what is to be sent. It is called once for each telling; a
	// transaction that failed is run again.
	Queue(ctx context.Context, tx bun.Tx, tellings []Telling) error
	// Queued is called after tx was committed: what was written may be sent.
	Queued(tellings []Telling)
}
