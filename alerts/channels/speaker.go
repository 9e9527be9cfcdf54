package channels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Publisher sends a message over the MQTT broker, built in or not.
type Publisher interface {
	Publish(topic string, payload []byte) error
}

// speakers have the speaker in a home say something. An address is the id of a
// device. It answers on a topic of its own: see [ParseReply].
type speakers struct{ publisher Publisher }

const (
	deviceTopics = "anxin/v1/devices/"
	repliesLevel = "/replies"
)

// deviceForm is the form of a device's id. That there is one like it the registry
// knows.
var deviceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$`)

// Check implements [Channel].
func (speakers) Check(address string) error {
	if !deviceForm.MatchString(address) {
		return fault(Speaker, CodeAddress, "want the id of a device")
	}
	return nil
}

// command is what a speaker hears.
type command struct {
	ID       string    `json:"id"`
	Say      string    `json:"say"`
	Language string    `json:"language"`
	Severity string    `json:"severity"`
	Ask      []string  `json:"ask,omitempty"`
	Until    time.Time `json:"until,omitzero"`
	Test     bool      `json:"test,omitempty"`
}

// Send implements [Channel]. That the broker has taken it does not say that the
// speaker is there.
func (c speakers) Send(ctx context.Context, address string, m Message) (Receipt, error) {
	if err := c.Check(address); err != nil {
		return Receipt{}, badAddress(Speaker, err)
	}
	payload, err := json.Marshal(command{ID: m.ID, Say: shorten(m.Text, longest), Language: m.Language, Severity: m.Severity.String(), Ask: m.Ask, Until: m.Until, Test: m.Test})
	if err != nil {
		return Receipt{}, refused(Speaker, "the message is not text")
	}
	done := make(chan error, 1)
	go func() { done <- c.publisher.Publish(deviceTopics+address+"/commands", payload) }()
	select {
	case err = <-done:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		f := unheard(Speaker, err)
		if whyUnheard(err) == "" {
			f.reason = "the broker did not take it"
		}
		return Receipt{}, f
	}
	return Receipt{Answer: "taken by the broker"}, nil
}

// Replies is the filter of the topics on which speakers answer.
const Replies = deviceTopics + "+" + repliesLevel

// Reply is what a speaker says about a message.
type Reply struct {
	// Device is who says so. That the delivery went there is for the reader to see.
	Device string
	// ID is the delivery's.
	ID string
	// Said: it was said aloud. Otherwise it could not be.
	Said bool
	// Answer is what a person then said, one of the message's Ask in lower case, ""
	// when nobody did.
	Answer string
}

const (
	maxReply  = 4 << 10 // bytes
	maxSpoken = 64      // bytes of an answer
)

// idForm is the form of a delivery's id.
var idForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// ParseReply reads what a speaker answers on its topic of replies:
//
//	{"id": "01J…", "status": "said"}                    it was said aloud
//	{"id": "01J…", "status": "said", "answer": "yes"}   and somebody answered
//	{"id": "01J…", "status": "failed"}                  it could not be said
//
// An answer alone says that it was said.
func ParseReply(topic string, payload []byte) (Reply, error) {
	device, ok := strings.CutPrefix(topic, deviceTopics)
	if ok {
		device, ok = strings.CutSuffix(device, repliesLevel)
	}
	if !ok || !deviceForm.MatchString(device) {
		return Reply{}, errors.New("read a speaker's reply: it came on another topic than " + Replies)
	}
	if len(payload) > maxReply {
		return Reply{}, fmt.Errorf("read a reply of %s: it is longer than %d bytes", device, maxReply)
	}
	var said struct{ ID, Status, Answer string }
	if err := json.Unmarshal(payload, &said); err != nil {
		return Reply{}, fmt.Errorf("read a reply of %s: want a JSON object with id, status and answer as texts", device)
	}
	if !idForm.MatchString(said.ID) {
		return Reply{}, fmt.Errorf("read a reply of %s: its id is that of no delivery", device)
	}
	answer := strings.ToLower(line(said.Answer))
	if len(answer) > maxSpoken {
		return Reply{}, fmt.Errorf("read a reply of %s: its answer is longer than %d bytes", device, maxSpoken)
	}
	switch {
	case said.Status == "said", said.Status == "" && answer != "":
		return Reply{Device: device, ID: said.ID, Said: true, Answer: answer}, nil
	case said.Status == "failed":
		return Reply{Device: device, ID: said.ID}, nil
	}
	return Reply{}, fmt.Errorf(`read a reply of %s: its status is neither "said" nor "failed"`, device)
}
