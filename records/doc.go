// Package records keeps the residents, what the rules go by of each ([CareBook]),
// the people who are told of them and look after them ([People]), and those who
// may see them: users, their passwords, tokens and sessions, and the one place
// that decides who may see what, [Access].
//
// Faults are [store.Fault]s with the codes in fault.go.
package records
