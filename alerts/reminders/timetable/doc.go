// Package timetable says when something is to be done: what a schedule written
// as text comes to on the clock of whoever it is for.
//
// It has no clock and does no I/O. [Plan.Between] gives the same slots with the
// same ids however time is cut into pieces, and on each day of the calendar as
// many as the [Pattern] asks for, whatever clocks are put forward or back.
package timetable
