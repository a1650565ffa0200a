package tracing

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/go-logr/logr"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// silence is how long nothing more is said of a collector that is away.
const silence = 10 * time.Minute

// quiet says rarely that spans cannot be sent: at first, then once in silence, and when it works again.
type quiet struct {
	sdktrace.SpanExporter
	logger *slog.Logger

	mu   sync.Mutex
	said time.Time // zero: all is well
	lost int       // spans, since the first failure
}

// ExportSpans never fails.
func (q *quiet) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	err := q.SpanExporter.ExportSpans(ctx, spans)
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case err == nil && !q.said.IsZero():
		q.logger.Info("traces are sent again", "lost_spans", q.lost)
		q.said, q.lost = time.Time{}, 0
	case err != nil:
		q.lost += len(spans)
		if now := time.Now(); now.Sub(q.said) >= silence {
			q.said = now
			q.logger.Warn("traces cannot be sent", "error", err, "lost_spans", q.lost)
		}
	}
	return nil
}

// remarks are the library's own, without their details.
type remarks struct{ logger *slog.Logger }

func (remarks) Init(logr.RuntimeInfo)                  {}
func (remarks) Enabled(level int) bool                 { return level <= 1 } // errors have none, warnings 1
func (r remarks) Info(_ int, text string, _ ...any)    { r.logger.Warn("traces: " + text) }
func (r remarks) Error(_ error, text string, _ ...any) { r.logger.Warn("traces: " + text) }
func (r remarks) WithValues(...any) logr.LogSink       { return r }
func (r remarks) WithName(string) logr.LogSink         { return r }
