package ingest

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/journal"
)

// Metrics are the pipeline's figures for Prometheus.
type Metrics struct {
	passed, fieldsPassed     prometheus.Counter
	commitFailures           prometheus.Counter
	commit, ack, group       prometheus.Histogram
	connections, connRefused prometheus.Counter
	stalled                  atomic.Bool
}

// NewMetrics registers the pipeline's figures, and the journal's counts as
// they stand at each scrape.
func NewMetrics(reg prometheus.Registerer, counts func() journal.Counts) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		reg.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		reg.MustRegister(h)
		return h
	}
	seconds := prometheus.ExponentialBuckets(0.0005, 2, 16) // 0.5 ms to 16 s
	m := &Metrics{
		passed:         counter("anxin_messages_without_data_total", "Messages that are a format's own housekeeping; not among the received."),
		fieldsPassed:   counter("anxin_fields_passed_total", "Fields of messages that gave no reading: null, empty, sentinel, unknown name."),
		commitFailures: counter("anxin_journal_commit_failures_total", "Tries to commit a group that failed; the group is tried again."),
		commit:         histogram("anxin_journal_commit_seconds", "Time to commit a group of messages durably.", seconds),
		ack:            histogram("anxin_ack_seconds", "Time from a message's arrival to its acknowledgement.", seconds),
		group:          histogram("anxin_journal_group_messages", "Messages of one commit.", prometheus.ExponentialBuckets(1, 2, 13)),
		connections:    counter("anxin_mqtt_connections_total", "Connections that the built-in broker took."),
		connRefused:    counter("anxin_mqtt_connections_refused_total", "Connections that the built-in broker refused: too many, or not signed in."),
	}
	reg.MustRegister(&countsCollector{counts: counts})
	stalled := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "anxin_journal_stalled", Help: "1 while the journal cannot be written and nothing is acknowledged.",
	}, func() float64 {
		if m.Stalled() {
			return 1
		}
		return 0
	})
	reg.MustRegister(stalled)
	return m
}

// Stalled reports that the journal cannot be written, so that nothing is
// acknowledged.
func (m *Metrics) Stalled() bool { return m.stalled.Load() }

// countsCollector gives the journal's counts from one moment, so that a scrape
// always balances: received = stored + duplicate + quarantined + held.
type countsCollector struct{ counts func() journal.Counts }

var (
	descReceived    = prometheus.NewDesc("anxin_messages_received_total", "Messages taken up. Equals stored + duplicate + quarantined + held.", nil, nil)
	descStored      = prometheus.NewDesc("anxin_messages_stored_total", "Messages in the journal.", nil, nil)
	descDuplicate   = prometheus.NewDesc("anxin_messages_duplicate_total", "Messages that held nothing new.", nil, nil)
	descQuarantined = prometheus.NewDesc("anxin_messages_quarantined", "Messages that no codec could read; see `anxin quarantine list`.", nil, nil)
	descHeld        = prometheus.NewDesc("anxin_messages_held", "Messages of devices that are not known or nobody's; see /api/v1/devices/unclaimed.", nil, nil)
	descExpired     = prometheus.NewDesc("anxin_messages_expired_total", "Of the held and quarantined: gone because the shelf was full or they grew too old.", nil, nil)
	descReadings    = prometheus.NewDesc("anxin_readings_stored_total", "Readings in the journal.", nil, nil)
	descDupReadings = prometheus.NewDesc("anxin_readings_duplicate_total", "Readings that were known already.", nil, nil)
)

func (c *countsCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

func (c *countsCollector) Collect(ch chan<- prometheus.Metric) {
	n := c.counts()
	for _, m := range []struct {
		desc  *prometheus.Desc
		kind  prometheus.ValueType
		value int64
	}{
		{descReceived, prometheus.CounterValue, n.Received},
		{descStored, prometheus.CounterValue, n.Stored},
		{descDuplicate, prometheus.CounterValue, n.Duplicate},
		{descQuarantined, prometheus.GaugeValue, n.Quarantined},
		{descHeld, prometheus.GaugeValue, n.Held},
		{descExpired, prometheus.CounterValue, n.Expired},
		{descReadings, prometheus.CounterValue, n.Readings},
		{descDupReadings, prometheus.CounterValue, n.DuplicateReadings},
	} {
		ch <- prometheus.MustNewConstMetric(m.desc, m.kind, float64(m.value))
	}
}
