package presentation

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/presentation/api"
)

// Metrics serves what a Prometheus server collects, on an address of its own: what the API's areas tell, and what others count.
func Metrics(s *api.Server, others ...prometheus.Collector) http.Handler {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	registry.MustRegister(ledgerMetrics{s}, mailMetrics{s.Emails}, workerMetrics{s.Runs, s.Clock})
	registry.MustRegister(others...)
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	return mux
}

// NewSigningDuration times what is recorded in the ledger.
func NewSigningDuration() prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "ackify_signing_duration_seconds", Help: "How long it took from when a signature, or another entry, was queued until it was committed.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	})
}

// patience is how long a collector asks the database.
const patience = 5 * time.Second

// ledgerMetrics asks for the ledger's health each time it is collected.
type ledgerMetrics struct{ server *api.Server }

var (
	metricUp          = prometheus.NewDesc("ackify_up", "1 when the database can be worked with.", nil, nil)
	metricSize        = prometheus.NewDesc("ackify_ledger_entries", "Entries of the ledger.", nil, nil)
	metricPublished   = prometheus.NewDesc("ackify_ledger_published_entries", "Entries at the last checkpoint in the checkpoint file.", nil, nil)
	metricConsistent  = prometheus.NewDesc("ackify_ledger_consistent", "0 when the ledger does not continue what was published, so that nothing is signed.", nil, nil)
	metricKeyCurrent  = prometheus.NewDesc("ackify_ledger_key_current", "0 when the key was rotated and this server has the old one, so that it signs nothing.", nil, nil)
	metricCheckFailed = prometheus.NewDesc("ackify_ledger_last_check_failed", "1 when the last check could not be made.", nil, nil)
	metricIntact      = prometheus.NewDesc("ackify_ledger_intact", "0 when the last check that came to a verdict found something wrong; absent before the first.", nil, nil)
	metricCheckedAt   = prometheus.NewDesc("ackify_ledger_last_check_timestamp_seconds", "When the last check that came to a verdict ended, in seconds since 1970.", nil, nil)
	metricSameVolume  = prometheus.NewDesc("ackify_ledger_checkpoint_file_on_database_volume", "1 when the checkpoint file is on the database's volume.", nil, nil)
	allMetrics        = []*prometheus.Desc{metricUp, metricSize, metricPublished, metricConsistent, metricKeyCurrent, metricIntact, metricCheckedAt, metricCheckFailed, metricSameVolume}
)

// Describe implements prometheus.Collector.
func (ledgerMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, d := range allMetrics {
		descriptions <- d
	}
}

// Collect implements prometheus.Collector.
func (m ledgerMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	gauge := func(d *prometheus.Desc, value float64) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value)
	}
	health, err := m.server.LedgerHealth(ctx)
	gauge(metricUp, boolean(err == nil))
	if err != nil {
		return
	}
	gauge(metricConsistent, boolean(health.Status != api.LedgerStatusInconsistent))
	gauge(metricKeyCurrent, boolean(health.Status != api.LedgerStatusKeyRetired))
	gauge(metricSize, number(health.Size))
	gauge(metricPublished, number(health.PublishedSize))
	if health.CheckedAt != nil {
		gauge(metricCheckedAt, seconds(time.Time(*health.CheckedAt)))
	}
	if checks, err := m.server.Ledger.Checker.State(ctx); err == nil {
		gauge(metricCheckFailed, boolean(checks.Ended != nil && checks.Ended.State == audit.Failed))
		if checks.Last != nil {
			gauge(metricIntact, boolean(checks.Disproven() == nil))
		}
	}
	if health.SameVolume != nil {
		gauge(metricSameVolume, boolean(*health.SameVolume))
	}
}

func number(n *int64) float64 {
	if n == nil {
		return 0
	}
	return float64(*n)
}

func boolean(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
