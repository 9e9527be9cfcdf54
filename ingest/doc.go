// Package ingest is the way from the broker to the journal: the built-in
// broker, the subscriber for an external one, and the one [Pipeline] that both
// feed. The pipeline decodes a message, settles its times, passes over what is
// known already, groups, appends to the journal, and only then acknowledges.
//
// While one group is being committed the next one fills: no message waits for a
// timer, and under load groups grow by themselves.
package ingest
