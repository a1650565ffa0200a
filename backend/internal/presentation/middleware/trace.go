package middleware

import (
	"net/http"

	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// Trace makes a span of each request, named by its route; it belongs into the router, which knows the route. Nothing that the client chose is in
// it, but for the ids of traceparent (W3C Trace Context), under which it goes on.
func Trace(tracer trace.Tracer) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx := propagation.TraceContext{}.Extract(r.Context(), parentOnly{propagation.HeaderCarrier(r.Header)})
			ctx, span := tracer.Start(ctx, "HTTP", trace.WithSpanKind(trace.SpanKindServer))
			watched := chimiddleware.NewWrapResponseWriter(w, r.ProtoMajor)
			r = r.WithContext(ctx)
			defer func() { // also when the answer is cut off by a panic
				route, status := Route(r), max(watched.Status(), http.StatusOK)
				named, known := method(r.Method), method(r.Method)
				if known == "other" {
					named, known = "HTTP", "_OTHER" // as the conventions want it
				}
				span.SetName(named + " " + route)
				span.SetAttributes(attribute.String("http.request.method", known), attribute.String("http.route", route),
					attribute.Int("http.response.status_code", status))
				if status >= http.StatusInternalServerError {
					span.SetStatus(codes.Error, "")
				}
				span.End()
			}()
			next.ServeHTTP(watched, r)
		})
	}
}

// parentOnly leaves out tracestate, in which a client could put anything.
type parentOnly struct{ propagation.HeaderCarrier }

func (p parentOnly) Get(name string) string {
	if name != "traceparent" {
		return ""
	}
	return p.HeaderCarrier.Get(name)
}
