package tracing

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Ledger is what requests append to.
type Ledger interface {
	Append(ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects) ([]domain.Entry, error)
	AppendRoster(
		ctx context.Context, asked, withdrawn []domain.Expectation, effects func(asked, withdrawn []domain.Entry) domain.Effects,
	) error
}

// Ledger traces how long an append is waited for; its transaction is shared with others and belongs to none of them. When traces are off, it is next.
func (t *Traces) Ledger(next Ledger) Ledger {
	if t == nil {
		return next
	}
	return ledger{next, t.tracer}
}

type ledger struct {
	next   Ledger
	tracer trace.Tracer
}

func (l ledger) begin(ctx context.Context, entries int) (context.Context, trace.Span) {
	return l.tracer.Start(ctx, "append to the ledger", trace.WithAttributes(attribute.Int("ackify.entries", entries)))
}

func (l ledger) Append(
	ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects,
) ([]domain.Entry, error) {
	ctx, span := l.begin(ctx, len(drafts))
	entries, err := l.next.Append(ctx, drafts, effects)
	end(span, failure(err))
	return entries, err
}

func (l ledger) AppendRoster(
	ctx context.Context, asked, withdrawn []domain.Expectation, effects func(asked, withdrawn []domain.Entry) domain.Effects,
) error {
	ctx, span := l.begin(ctx, len(asked)+len(withdrawn))
	err := l.next.AppendRoster(ctx, asked, withdrawn, effects)
	end(span, failure(err))
	return err
}
