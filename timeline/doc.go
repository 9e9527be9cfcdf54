// Package timeline keeps readings over time, behind one interface with two
// stores: SQL and InfluxDB.
package timeline
