// Package records keeps the residents and the people who may see them: users,
// their passwords, tokens and sessions.
package records
