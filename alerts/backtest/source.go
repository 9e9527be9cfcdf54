package backtest

import (
	"context"
	"iter"
	"time"

	"github.com/anxin-care/anxin/alerts/engine"
)

// Source gives what is to be judged. It is asked for several residents at once.
type Source interface {
	// Residents are those to try the rules on.
	Residents(ctx context.Context) ([]Resident, error)
	// Messages are what a resident's devices said, received from a time until
	// another, in the order of their arrival. What holds them may be used again for
	// the next one.
	Messages(ctx context.Context, resident string, from, to time.Time) iter.Seq2[Message, error]
}

// Resident is somebody to try the rules on, and when.
type Resident struct {
	ID      string
	Profile engine.Profile
	// From and To are the period that counts. What came before From warms the rules
	// up.
	From, To time.Time
	// Since is when they came to Anxin; zero where there is no such day.
	Since time.Time
	// Home is where the devices are that Equipment expects something of. Without any
	// the rules about devices and homes are not tried.
	Home      string
	Equipment engine.Equipment
}

// Message is what a device said at once.
type Message struct {
	// Received is when it arrived, or was measured where only that is known, in Unix
	// milliseconds.
	Received int64
	engine.Readings
}
