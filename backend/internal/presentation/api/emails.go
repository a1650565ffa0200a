package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// ListEmails lists the queue of emails.
func (s *Server) ListEmails(ctx context.Context, in ListEmailsRequestObject) (ListEmailsResponseObject, error) {
	p := in.Params
	found, counts, err := s.Emails.List(ctx, emails.Filter{Status: emails.Status(value(p.Status))}, page(p.Limit, p.Cursor, p.Q))
	if err != nil {
		return nil, err
	}
	answer := ListEmails200JSONResponse{Items: mapAll(found.Items, toQueuedEmail), NextCursor: optional(found.NextCursor)}
	answer.Counts.Pending, answer.Counts.Processing, answer.Counts.Failed = counts.Pending, counts.Processing, counts.Failed
	return answer, nil
}

func toQueuedEmail(q emails.Queued) QueuedEmail {
	return QueuedEmail{
		Id: q.ID, To: q.To, Subject: q.Subject, Template: q.Template, Locale: Locale(q.Locale), Status: EmailStatus(q.Status), Priority: q.Priority,
		Retries: q.Retries, MaxRetries: q.MaxRetries, CreatedAt: Timestamp(q.CreatedAt), ScheduledFor: Timestamp(q.ScheduledFor),
		SentAt: timestamp(q.SentAt), EndedAt: timestamp(q.EndedAt), LastError: optional(q.LastError),
		ErrorCode: optional(EmailProblem(q.Cause)), ServerSaid: optional(q.Said), DocId: optional(q.DocID()),
	}
}

// GetEmail returns one email with its words and every failed attempt.
func (s *Server) GetEmail(ctx context.Context, in GetEmailRequestObject) (GetEmailResponseObject, error) {
	details, err := s.Emails.Email(ctx, in.EmailId)
	if err != nil {
		return nil, err
	}
	return GetEmail200JSONResponse(toEmailDetails(details)), nil
}

// RetryEmail sends a failed email again, or a waiting one now.
func (s *Server) RetryEmail(ctx context.Context, in RetryEmailRequestObject) (RetryEmailResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	details, err := s.Emails.Retry(ctx, session.User, in.EmailId)
	if err != nil {
		return nil, err
	}
	return RetryEmail200JSONResponse(toEmailDetails(details)), nil
}

// RetryEmails sends failed emails again.
func (s *Server) RetryEmails(ctx context.Context, in RetryEmailsRequestObject) (RetryEmailsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	out, err := s.Emails.RetryFailed(ctx, session.User, emails.RetryInput{IDs: value(in.Body.Ids), Before: value(in.Body.Before)})
	if err != nil {
		return nil, err
	}
	return RetryEmails200JSONResponse{Retried: out.Retried, Left: out.Left, Next: optional(out.Next)}, nil
}

// CancelEmail keeps an email from being sent.
func (s *Server) CancelEmail(ctx context.Context, in CancelEmailRequestObject) (CancelEmailResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	details, err := s.Emails.Cancel(ctx, session.User, in.EmailId)
	if err != nil {
		return nil, err
	}
	return CancelEmail200JSONResponse(toEmailDetails(details)), nil
}

func toEmailDetails(d emails.Details) EmailDetails {
	q := toQueuedEmail(d.Queued)
	details := EmailDetails{
		Id: q.Id, To: q.To, Subject: q.Subject, Template: q.Template, Locale: q.Locale, Status: q.Status, Priority: q.Priority, Retries: q.Retries,
		MaxRetries: q.MaxRetries, CreatedAt: q.CreatedAt, ScheduledFor: q.ScheduledFor, SentAt: q.SentAt, EndedAt: q.EndedAt, LastError: q.LastError,
		ErrorCode: q.ErrorCode, ServerSaid: q.ServerSaid, DocId: q.DocId, Text: d.Text, Html: d.HTML,
	}
	details.Attempts = mapAll(d.Attempts, func(a emails.Attempt) EmailAttempt {
		return EmailAttempt{
			At: Timestamp(a.At), Reason: a.Reason, ErrorCode: EmailProblem(a.Cause), ServerSaid: optional(a.Said), Permanent: a.Permanent, Code: optional(a.Code), Enhanced: optional(a.Enhanced),
		}
	})
	return details
}

var errBounceToken = domain.E(domain.KindUnauthenticated, "bounce.token_invalid", "This is not the token of ACKIFY_BOUNCE_TOKEN.")

// ReportBounce notes that an email came back. Who reports it is known by the token alone.
func (s *Server) ReportBounce(ctx context.Context, in ReportBounceRequestObject) (ReportBounceResponseObject, error) {
	if s.BounceToken == "" {
		return nil, errRouteNotFound
	}
	_, r := middleware.Exchange(ctx)
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	given, wanted := sha256.Sum256([]byte(strings.TrimSpace(token))), sha256.Sum256([]byte(s.BounceToken))
	if !strings.EqualFold(scheme, "bearer") || subtle.ConstantTimeCompare(given[:], wanted[:]) != 1 {
		return nil, errBounceToken
	}
	if err := s.Emails.Bounced(ctx, value(in.Body.MessageId), value(in.Body.Email), value(in.Body.Reason)); err != nil {
		return nil, err
	}
	return ReportBounce204Response{}, nil
}
