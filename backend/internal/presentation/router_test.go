package presentation

import (
	"testing"

	"go.opentelemetry.io/otel/trace/noop"

	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

func TestNothingTracesRequestsWithoutATracer(t *testing.T) {
	t.Parallel()
	rt := Router{Requests: middleware.NewRequests()}
	if watching := rt.watch(); len(watching) != 1 {
		t.Errorf("%d look at requests, not the metrics alone", len(watching))
	}
	if rt.Tracer = noop.NewTracerProvider().Tracer(""); len(rt.watch()) != 2 {
		t.Error("a tracer is not used")
	}
}
