package postgres

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/multitracer"
	"github.com/jackc/pgx/v5/pgxpool"
)

// grace is what an answer may take beyond the time-out of its statement, after which the database counts as away.
const grace = 5 * time.Second

// limited ends what the database does not end itself: one that is frozen, or whose disk or network is, neither answers nor closes its
// connections. It is the tracer that the driver asks for the context of each statement, batch and wait for a connection.
type limited struct{ statement time.Duration }

var (
	_ pgx.QueryTracer       = limited{}
	_ pgx.BatchTracer       = limited{}
	_ pgxpool.AcquireTracer = limited{}
)

// limit adds the limit to a tracer, which may be nil.
func limit(statement time.Duration, tracer pgx.QueryTracer) pgx.QueryTracer {
	if statement <= 0 {
		return tracer
	}
	own := limited{statement}
	if tracer == nil {
		return own
	}
	return multitracer.New(own, tracer)
}

// statementTimeout reads PostgreSQL's parameter of that name: milliseconds, or with a unit. 0: none, or not understood.
func statementTimeout(parameter string) time.Duration {
	if ms, err := strconv.ParseInt(parameter, 10, 32); err == nil {
		return time.Duration(ms) * time.Millisecond
	}
	within, err := time.ParseDuration(strings.ReplaceAll(strings.ReplaceAll(parameter, " ", ""), "min", "m"))
	if err != nil {
		return 0
	}
	return within
}

type endKey struct{}

// begin gives so many statements the time that the database gives them.
func (l limited) begin(ctx context.Context, statements int) context.Context {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(statements)*l.statement+grace)
	return context.WithValue(ctx, endKey{}, cancel)
}

func (limited) end(ctx context.Context) {
	if cancel, is := ctx.Value(endKey{}).(context.CancelFunc); is {
		cancel()
	}
}

// TraceQueryStart implements pgx.QueryTracer.
func (l limited) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return l.begin(ctx, 1)
}

// TraceQueryEnd implements pgx.QueryTracer.
func (l limited) TraceQueryEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryEndData) { l.end(ctx) }

// longBatch is how many statements a batch of any length is counted as.
const longBatch = 10

// TraceBatchStart implements pgx.BatchTracer.
func (l limited) TraceBatchStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceBatchStartData) context.Context {
	return l.begin(ctx, min(data.Batch.Len(), longBatch))
}

// TraceBatchQuery implements pgx.BatchTracer.
func (limited) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) {}

// TraceBatchEnd implements pgx.BatchTracer.
func (l limited) TraceBatchEnd(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchEndData) { l.end(ctx) }

// TraceAcquireStart implements pgxpool.AcquireTracer.
func (l limited) TraceAcquireStart(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireStartData) context.Context {
	return l.begin(ctx, 1)
}

// TraceAcquireEnd implements pgxpool.AcquireTracer.
func (l limited) TraceAcquireEnd(ctx context.Context, _ *pgxpool.Pool, _ pgxpool.TraceAcquireEndData) {
	l.end(ctx)
}
