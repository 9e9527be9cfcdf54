// Package timeline keeps readings over time, behind one interface with two
// stores: SQL and InfluxDB.
//
// Both remember how far the journal was read beside the readings, so that a
// crash repeats nothing and skips nothing: SQL in the same transaction, InfluxDB
// after the readings were confirmed, with readings that may be written again.
package timeline
