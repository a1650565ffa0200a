// Package tracing tells an OpenTelemetry collector how long requests, and what they wait for, take. What it sends names routes, statements and
// outcomes, and nothing of what people enter or are called: no path, query, parameter, header, address or error text.
package tracing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/go-logr/logr"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/ackify/ackify/backend/internal/infrastructure/config"
)

// Traces sends spans until it is stopped. A nil *Traces is what there is when traces are off: everything that it makes is then what it was given.
type Traces struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
	logger   *slog.Logger
}

// Start begins to send traces; nil when the configuration says nothing of them. Nothing is connected yet, and a collector that is away is no
// error. What the SDK reads from the environment by itself is read here.
func Start(ctx context.Context, cfg config.Traces, version string, logger *slog.Logger) (*Traces, error) {
	if cfg.Endpoint == nil {
		return nil, nil //nolint:nilnil // none, as the contract says
	}
	// The library has one place for what it wants to say, for the whole process. Its details may hold headers.
	otel.SetLogger(logr.New(remarks{logger}))
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { logger.Warn("traces", "error", err) }))
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(cfg.Endpoint.String()), otlptracehttp.WithHeaders(cfg.Headers))
	if err != nil {
		return nil, fmt.Errorf("OTEL_EXPORTER_OTLP_ENDPOINT: %w", err)
	}
	described, err := resource.New(ctx,
		resource.WithAttributes(attribute.String("service.name", "ackify"), attribute.String("service.version", version)),
		resource.WithTelemetrySDK(), resource.WithFromEnv())
	if err != nil && !errors.Is(err, resource.ErrPartialResource) {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithResource(described), sdktrace.WithBatcher(&quiet{SpanExporter: exporter, logger: logger}))
	return &Traces{provider: provider, tracer: provider.Tracer("github.com/ackify/ackify"), logger: logger}, nil
}

// Stop sends what is left, until ctx ends. It never fails: traces are worth no error.
func (t *Traces) Stop(ctx context.Context) {
	if t == nil {
		return
	}
	if err := t.provider.Shutdown(ctx); err != nil {
		t.logger.Warn("the last traces cannot be sent", "error", err)
	}
}

// Tracer makes spans; nil when traces are off.
func (t *Traces) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.tracer
}

// end ends a span: failed, with a name for why that is one of a few, or well.
func end(span trace.Span, failure string) {
	if failure != "" {
		span.SetAttributes(attribute.String("error.type", failure))
		span.SetStatus(codes.Error, "")
	}
	span.End()
}

// failure names the kind of an error without its text, which may tell whom it is about.
func failure(err error) string {
	switch {
	case err == nil:
		return ""
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	}
	return "failed"
}
