// Package store opens the database of records, SQLite by default or PostgreSQL,
// brings its schema up to date, and runs transactions on it. The tables belong
// to the packages that use them.
//
// Conventions of the schema: ids are text, times are Unix milliseconds in
// BIGINT columns whose names end in _at, and an absent time is NULL. The SQL is
// written so that both databases read it alike.
//
// A [Fault] is what those packages report when a request cannot be carried out:
// it names the entity and its id and has a code that does not change.
package store
