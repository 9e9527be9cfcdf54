// Package influxtest runs a real InfluxDB 1.8 for tests.
package influxtest
