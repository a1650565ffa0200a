package tracing

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/ackify/ackify/backend/internal/application/emails"
)

// Transport traces requests to others, until their answer begins; whom is one of a few words. Nothing is added to the requests: what others know of
// a trace they could connect with a person. nil when traces are off.
func (t *Traces) Transport(whom string) func(http.RoundTripper) http.RoundTripper {
	if t == nil {
		return nil
	}
	return func(base http.RoundTripper) http.RoundTripper { return transport{base, t.tracer, whom} }
}

type transport struct {
	base   http.RoundTripper
	tracer trace.Tracer
	whom   string
}

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := t.tracer.Start(r.Context(), r.Method+" "+t.whom, trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("http.request.method", r.Method)))
	response, err := t.base.RoundTrip(r.WithContext(ctx))
	kind := failure(err)
	if err == nil {
		span.SetAttributes(attribute.Int("http.response.status_code", response.StatusCode))
		if response.StatusCode >= http.StatusBadRequest {
			kind = strconv.Itoa(response.StatusCode)
		}
	}
	end(span, kind)
	return response, err
}

// Sender traces how long the mail server takes; when traces are off, it is next.
func (t *Traces) Sender(next emails.Sender) emails.Sender {
	if t == nil {
		return next
	}
	return sender{next, t.tracer}
}

type sender struct {
	next   emails.Sender
	tracer trace.Tracer
}

func (s sender) Send(ctx context.Context, m emails.Mail) error {
	ctx, span := s.tracer.Start(ctx, "send email", trace.WithSpanKind(trace.SpanKindClient))
	err := s.next.Send(ctx, m)
	kind := failure(err)
	var refused *emails.Failure
	if errors.As(err, &refused) {
		kind = string(refused.Cause)
		if refused.Code != 0 {
			span.SetAttributes(attribute.Int("smtp.response.status_code", refused.Code))
		}
	}
	end(span, kind)
	return err
}
