// Package records keeps the residents and the people who may see them: users,
// their passwords, tokens and sessions, and the one place that decides who may
// see what, [Access].
//
// Faults are [store.Fault]s with the codes in fault.go.
package records
