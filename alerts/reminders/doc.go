// Package reminders keeps what residents are to do and when: medicine,
// measurements, appointments. It plans the occurrences, tells of those that are
// due, notices by itself that one was done, and has somebody else told of what
// was not.
//
// When something is due is in alerts/reminders/timetable, what becomes of one
// occurrence in [Course.Step]; both are functions without a clock. [Book] keeps
// reminders and occurrences, [Runner] works off what is due.
package reminders
