// Bench measures how many QoS 1 messages a second Anxin acknowledges and
// stores, how long that takes, and what it costs, beside Mosquitto, Telegraf
// and InfluxDB doing the same on the same machine. `make bench` runs it; what
// it printed stands in docs/performance.md.
package main
