// Package escalation decides who is told of an alert and when, until somebody
// answers: at once those who are nearest, and step by step more people.
//
// [Plan] decides. It is a function of what is known of the alert, of the people,
// of what was done so far, and of the time: it has no clock and does no I/O. The
// [Runner] asks it whenever an alert has changed or a step is due, and writes what
// it decides together with what is to be sent, in one serializable transaction. The
// next step is a due time in the database, so that a restart forgets none.
package escalation
