// Package engine judges: it turns what devices measured and what people did
// into the transitions of alerts.
//
// It is a function of its events alone. It has no clock, does no I/O and starts
// no goroutine: [Engine.Step] takes one resident's state and one event and
// changes the state, returns the transitions, and says when to look again. What
// time alone brings about is worked off before an event, at the moments when it
// was due, so that the transitions are the same however late the look came,
// however events are batched, and after any restart from an older state.
package engine
