package presentation

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/workers"
)

// mailMetrics asks for the queue of emails each time it is collected.
type mailMetrics struct{ desk emails.Desk }

var (
	metricEmails    = prometheus.NewDesc("ackify_email_queue", "Emails that wait, are being sent, or could not be sent in the last days.", []string{"status"}, nil)
	metricOldestDue = prometheus.NewDesc("ackify_email_oldest_due_seconds", "How long the email has been due that has waited longest; 0 when none is due.", nil, nil)
)

// Describe implements prometheus.Collector.
func (mailMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- metricEmails
	descriptions <- metricOldestDue
}

// Collect implements prometheus.Collector. Without the database it tells nothing; ackify_up says so.
func (m mailMetrics) Collect(metrics chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	counts, waiting, err := m.desk.Backlog(ctx)
	if err != nil {
		return
	}
	for status, n := range map[emails.Status]int{
		emails.Pending: counts.Pending, emails.Processing: counts.Processing, emails.Failed: counts.Failed,
	} {
		metrics <- prometheus.MustNewConstMetric(metricEmails, prometheus.GaugeValue, float64(n), string(status))
	}
	metrics <- prometheus.MustNewConstMetric(metricOldestDue, prometheus.GaugeValue, waiting.Seconds())
}

// workerMetrics tells how the runs of this process's workers went.
type workerMetrics struct {
	runs  *workers.Recorder
	clock func() time.Time
}

var (
	metricRuns    = prometheus.NewDesc("ackify_worker_runs_total", "Runs of what works beside the requests.", []string{"worker", "outcome"}, nil)
	metricLastRun = prometheus.NewDesc("ackify_worker_last_run_timestamp_seconds", "When a worker's last run ended, in seconds since 1970; absent before the first.", []string{"worker"}, nil)
	metricTrouble = prometheus.NewDesc("ackify_worker_problem", "1 when something is wrong with a worker, as health tells it: all its runs fail, or it runs late.", []string{"worker", "problem"}, nil)
)

// Describe implements prometheus.Collector.
func (workerMetrics) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- metricRuns
	descriptions <- metricLastRun
	descriptions <- metricTrouble
}

// Collect implements prometheus.Collector.
func (m workerMetrics) Collect(metrics chan<- prometheus.Metric) {
	now := m.clock()
	for _, w := range m.runs.Workers() {
		metrics <- prometheus.MustNewConstMetric(metricRuns, prometheus.CounterValue, float64(w.Succeeded), w.Name, "ok")
		metrics <- prometheus.MustNewConstMetric(metricRuns, prometheus.CounterValue, float64(w.Failed), w.Name, "failed")
		if !w.LastRun.IsZero() {
			metrics <- prometheus.MustNewConstMetric(metricLastRun, prometheus.GaugeValue, seconds(w.LastRun), w.Name)
		}
		for _, problem := range []workers.Problem{workers.Failing, workers.Late} {
			metrics <- prometheus.MustNewConstMetric(metricTrouble, prometheus.GaugeValue, boolean(w.Problem(now) == problem), w.Name, string(problem))
		}
	}
}

// seconds is a time as Prometheus writes it.
func seconds(at time.Time) float64 { return float64(at.UnixMicro()) / 1e6 }
