package store

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Codes of PostgreSQL, from its manual's appendix A, on which a transaction is
// to be run again.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
)

// passes reports whether err is of the kind that goes away when the same
// transaction is run again.
func passes(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == serializationFailure || pg.Code == deadlockDetected
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff // the rest tells which kind of busy
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return false
}

// Code of PostgreSQL for a value that must be unique and is not.
const uniqueViolation = "23505"

// IsDuplicate reports whether err comes from a value that must be unique and
// is already there.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == uniqueViolation
	}
	var lite *sqlite.Error
	return errors.As(err, &lite) &&
		(lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// jitter is between half of d and d, so that those who met once do not meet
// again.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2)
}
