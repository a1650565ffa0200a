package middleware

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/prometheus/client_golang/prometheus"
)

// Requests counts and times requests by route.
type Requests struct {
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
}

// NewRequests makes what counts and times requests.
func NewRequests() Requests {
	return Requests{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ackify_http_requests_total", Help: "Requests that were answered.",
		}, []string{"route", "method", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "ackify_http_request_duration_seconds", Help: "How long requests took to answer.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}, []string{"route", "method"}),
	}
}

// Describe implements prometheus.Collector.
func (m Requests) Describe(descriptions chan<- *prometheus.Desc) {
	m.total.Describe(descriptions)
	m.duration.Describe(descriptions)
}

// Collect implements prometheus.Collector.
func (m Requests) Collect(metrics chan<- prometheus.Metric) {
	m.total.Collect(metrics)
	m.duration.Collect(metrics)
}

// Watch counts each request; it belongs into the router, which knows the route.
func (m Requests) Watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		watched := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() { // also when the answer is cut off by a panic
			route, method := Route(r), method(r.Method)
			m.total.WithLabelValues(route, method, strconv.Itoa(max(watched.Status(), http.StatusOK))).Inc()
			m.duration.WithLabelValues(route, method).Observe(time.Since(start).Seconds())
		}()
		next.ServeHTTP(watched, r)
	})
}

// Route is the pattern of the route that answered a request, never a path that somebody made up: for what no route answers, that of the area.
func Route(r *http.Request) string {
	if known := chi.RouteContext(r.Context()); known != nil && known.RoutePattern() != "" {
		return known.RoutePattern()
	}
	for _, area := range []string{"/api/", "/ledger/", "/assets/"} {
		if strings.HasPrefix(r.URL.Path, area) {
			return area + "*"
		}
	}
	return "/*"
}

// method keeps methods that somebody made up from becoming series.
func method(name string) string {
	switch name {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return name
	}
	return "other"
}
