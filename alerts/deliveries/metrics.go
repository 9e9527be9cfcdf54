package deliveries

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/anxin-care/anxin/alerts/rules"
	"github.com/anxin-care/anxin/store"
)

// Metrics count attempts to tell people. They carry kinds and severities, nobody's
// name. A nil value counts nothing.
type Metrics struct {
	attempts *prometheus.CounterVec
	wait     *prometheus.HistogramVec
}

// NewMetrics registers the metrics of deliveries.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "anxin_deliveries_total", Help: "Attempts to tell somebody, by kind of channel and outcome: accepted, refused, failed.",
		}, []string{"kind", "outcome"}),
		wait: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "anxin_delivery_wait_seconds", Help: "From when somebody was to be told until the provider was first called, by severity.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
		}, []string{"severity"}),
	}
	registry.MustRegister(m.attempts, m.wait)
	return m
}

func (m *Metrics) waited(r *row, now time.Time) {
	if m != nil {
		m.wait.WithLabelValues(rules.Severity(r.Severity).String()).Observe(max(now.Sub(store.Time(r.DueAt)), 0).Seconds())
	}
}

func (m *Metrics) ended(r *row, failed error) {
	if m == nil {
		return
	}
	outcome := "accepted"
	if failed != nil {
		outcome = "failed"
		if permanent, _, _ := refused(failed); permanent {
			outcome = "refused"
		}
	}
	m.attempts.WithLabelValues(string(r.Kind), outcome).Inc()
}
