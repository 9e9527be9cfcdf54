package ingest

import "github.com/anxin-care/anxin/journal"

// Message is what a broker handed over.
type Message struct {
	Topic   string
	Payload []byte
	// Retained is set for a kept copy that a broker sent on subscribing.
	Retained bool
	// Dup is MQTT's own flag: the sender has sent this before and does not know
	// whether it arrived.
	Dup bool
	// Received is when it arrived, in Unix milliseconds.
	Received int64
	// Ack is told when the message is safe; nil for QoS 0 and wills.
	Ack Acknowledger
	// Token is handed back to Ack: which of its messages this is.
	Token uint32

	replay replay
}

// replay names the shelved message that this is a second try of.
type replay struct {
	id     uint64
	reason journal.Reason
	device string // only this device's part; "" for all
}

// Acknowledger is the sender's side of a message. Acknowledge is called after
// the journal has the message on disk, in the order of arrival. It must not
// block: what it writes to may be slow.
type Acknowledger interface {
	Acknowledge(token uint32)
}
