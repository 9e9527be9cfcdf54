package deliveries

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"time"

	"github.com/anxin-care/anxin/alerts/rules"
)

// Carrier hands messages to the providers of channels.
type Carrier interface {
	// Carry returns when the provider has taken the message. An error may say more by
	// [Refusal]. Carry ends when ctx does.
	Carry(ctx context.Context, m Message) (Receipt, error)
}

// Receipt is what came of a message that was taken.
type Receipt struct {
	// Delivered says that it is where it was to go, not only with a provider.
	Delivered bool
	Answer    string // the provider's
}

// Refusal is an error that says whether trying again may help.
type Refusal interface {
	error
	// Permanent reports that the provider will never take it over this channel.
	Permanent() bool
	// RetryAfter is how long the provider wants to be left alone, 0 when it did not say.
	RetryAfter() time.Duration
	// Answer is what the provider answered, "" when it did not.
	Answer() string
	// Gone reports that the address itself has come to its end.
	Gone() bool
}

// Message is what a provider is handed.
type Message struct {
	// Key is the delivery's id: the same at every attempt, so that a receiver knows
	// one that it has.
	Key string
	// Alert is the number of the alert, or of whatever it is about.
	Alert    string
	About    About
	Says     Says
	Severity rules.Severity
	Loud     bool
	Channel  Channel
	Letter
	// Until is when it is of no use any more.
	Until time.Time
}

// Letter is what is said.
type Letter struct {
	// Language is the one that it is written in, "en" or "zh-CN".
	Language string
	Subject  string
	Text     string
	Links    []Link
	// Ask are the answers that a speaker listens for.
	Ask []string
	// Concerns are the residents who may be named in it.
	Concerns []string
}

// Link is a one-tap link.
type Link struct {
	Action Action
	Label  string
	URL    string
}

// refused tells what an error of a carrier says.
func refused(err error) (permanent bool, after time.Duration, answer string) {
	r, ok := errors.AsType[Refusal](err)
	if !ok {
		return errors.Is(err, errGone), 0, err.Error()
	}
	if answer = err.Error(); r.Answer() != "" {
		answer += ": " + r.Answer()
	}
	return r.Permanent(), r.RetryAfter(), answer
}

// errGone is why nothing can be sent over a channel that is not there any more.
var errGone = errors.New("the channel is removed")

// lane is the provider of a channel: one that hangs holds up nobody in other lanes.
// It is kept for longer than the address is, so that nothing secret may be in it: of
// a chat, whose address may be a key from its beginning, it is the service.
func (c *Channel) lane() string {
	address := c.Address
	if c.Kind == WebPush {
		var subscription struct {
			Endpoint string `json:"endpoint"`
		}
		if json.Unmarshal([]byte(address), &subscription) == nil {
			address = subscription.Endpoint
		}
	}
	at, err := url.Parse(address)
	switch {
	case err != nil || at.Host == "":
		return string(c.Kind)
	case c.Kind == Chat:
		return string(c.Kind) + ":" + at.Scheme
	}
	return string(c.Kind) + ":" + at.Hostname()
}
