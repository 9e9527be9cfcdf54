// Package store opens the database of records, SQLite by default or PostgreSQL,
// brings its schema up to date, and runs transactions on it. The tables belong
// to the packages that use them.
package store
