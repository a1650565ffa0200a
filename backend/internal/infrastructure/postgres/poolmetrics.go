package postgres

import "github.com/prometheus/client_golang/prometheus"

// Describe implements prometheus.Collector: a database tells how its pool of connections is doing.
func (DB) Describe(descriptions chan<- *prometheus.Desc) {
	for _, m := range poolMetrics() {
		descriptions <- m.description
	}
}

// Collect implements prometheus.Collector.
func (d DB) Collect(metrics chan<- prometheus.Metric) {
	stat := d.Pool.Stat()
	for i, value := range []float64{
		float64(stat.AcquiredConns()), float64(stat.IdleConns()), float64(stat.MaxConns()), stat.EmptyAcquireWaitTime().Seconds(),
		float64(stat.EmptyAcquireCount()),
	} {
		m := poolMetrics()[i]
		metrics <- prometheus.MustNewConstMetric(m.description, m.kind, value)
	}
}

type poolMetric struct {
	description *prometheus.Desc
	kind        prometheus.ValueType
}

func poolMetrics() []poolMetric {
	metric := func(name, help string, kind prometheus.ValueType) poolMetric {
		return poolMetric{prometheus.NewDesc("ackify_db_pool_"+name, help, nil, nil), kind}
	}
	return []poolMetric{
		metric("acquired_connections", "Connections to the database that are in use.", prometheus.GaugeValue),
		metric("idle_connections", "Connections to the database that are open and not in use.", prometheus.GaugeValue),
		metric("max_connections", "Connections to the database that this process opens at most.", prometheus.GaugeValue),
		metric("wait_seconds_total", "Time spent waiting for a connection, as all were in use or none was open.", prometheus.CounterValue),
		metric("waits_total", "How often a connection had to be waited for.", prometheus.CounterValue),
	}
}
