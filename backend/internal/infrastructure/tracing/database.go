package tracing

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"
)

// Database traces the statements that something traced waits for; nil when traces are off. Those of workers, every few seconds, are left out.
func (t *Traces) Database() pgx.QueryTracer {
	if t == nil {
		return nil
	}
	return statements{t.tracer}
}

type statements struct{ tracer trace.Tracer }

var (
	_ pgx.QueryTracer = statements{}
	_ pgx.BatchTracer = statements{}
)

// begin makes a span within one that is there.
func (s statements) begin(ctx context.Context, name string, more ...attribute.KeyValue) context.Context {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ctx
	}
	ctx, _ = s.tracer.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(append(more, attribute.String("db.system.name", "postgresql"))...))
	return ctx
}

// finish ends the span that begin made. Of an error only PostgreSQL's code is told: its text may hold values.
func (statements) finish(ctx context.Context, err error) {
	span, kind := trace.SpanFromContext(ctx), failure(err)
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		kind = refused.Code
		span.SetAttributes(attribute.String("db.response.status_code", refused.Code))
	}
	end(span, kind)
}

// TraceQueryStart implements pgx.QueryTracer.
func (s statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	name, known := statementName(data.SQL)
	if known {
		return s.begin(ctx, name, attribute.String("db.query.summary", name))
	}
	return s.begin(ctx, name, attribute.String("db.query.text", strings.Join(strings.Fields(data.SQL), " ")))
}

// TraceQueryEnd implements pgx.QueryTracer.
func (s statements) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryEndData) {
	s.finish(ctx, data.Err)
}

// TraceBatchStart implements pgx.BatchTracer.
func (s statements) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return s.begin(ctx, "batch", attribute.Int("db.operation.batch.size", data.Batch.Len()))
}

// TraceBatchQuery implements pgx.BatchTracer.
func (statements) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (s statements) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchEndData) {
	s.finish(ctx, data.Err)
}

// statementName is the name that the statement has in queries/*.sql, else its first word, of which known is false.
func statementName(sql string) (name string, known bool) {
	if rest, named := strings.CutPrefix(sql, "-- name: "); named {
		name, _, _ = strings.Cut(rest, " ")
		return name, true
	}
	words := strings.Fields(sql)
	if len(words) == 0 {
		return "statement", false
	}
	return strings.ToUpper(words[0]), false
}
