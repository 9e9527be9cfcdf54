// Package deliveries tells people: it queues who is to be told of what, picks
// when and over which channel, sends, tries again, goes on to the contact's next
// channel, and keeps what became of each attempt.
//
// A [Telling] is somebody to be told of something, at one step. [Deliveries.Queue]
// writes it in the caller's transaction as a delivery: one row for a step, a
// contact and a channel. [Deliveries.Run] sends the rows. Before each sending the
// state of what it is about is read again: nothing is sent about an alert that is
// closed. A provider may be handed the same delivery twice only when the process
// died between the provider's acceptance and the write of it; both times it
// carries the same number of the alert and the same key.
package deliveries
