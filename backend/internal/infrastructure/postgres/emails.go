package postgres

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Emails is the queue of emails.
type Emails struct{ DB }

// Enqueue adds emails that follow from no other change; see enqueue for those that do.
func (e Emails) Enqueue(ctx context.Context, mails ...domain.QueuedMail) error {
	return translate(enqueue(ctx, e.queries(), mails...))
}

// enqueue adds emails to the queue in the transaction of q, with one statement however many they are.
func enqueue(ctx context.Context, q *sqlcgen.Queries, mails ...domain.QueuedMail) error {
	if len(mails) == 0 {
		return nil
	}
	var p sqlcgen.EnqueueEmailsParams
	for _, m := range mails {
		p.Recipients = append(p.Recipients, string(m.To))
		p.Subjects = append(p.Subjects, m.Subject)
		p.Templates = append(p.Templates, m.Template)
		p.Locales = append(p.Locales, string(m.Locale))
		p.Datas = append(p.Datas, m.Data)
		p.Priorities = append(p.Priorities, int32(m.Priority))   //nolint:gosec // one of three constants
		p.MaxRetries = append(p.MaxRetries, int32(m.MaxRetries)) //nolint:gosec // a handful
		p.Ats = append(p.Ats, m.At)
		p.ReferenceTypes = append(p.ReferenceTypes, m.ReferenceType)
		p.ReferenceIds = append(p.ReferenceIds, m.ReferenceID)
		p.Creators = append(p.Creators, m.CreatedBy)
	}
	return q.EnqueueEmails(ctx, p)
}

// cancelEmails cancels, in the transaction of q, the emails about one thing that are not sent and not being sent, erases their secrets, and
// says how many they were.
func cancelEmails(ctx context.Context, q *sqlcgen.Queries, referenceType, referenceID string, now time.Time) (int64, error) {
	return q.CancelEmails(ctx, sqlcgen.CancelEmailsParams{ReferenceType: referenceType, ReferenceID: referenceID, Now: now})
}

// Cancel cancels the emails about one thing when nothing else changes; see cancelEmails.
func (e Emails) Cancel(ctx context.Context, referenceType, referenceID string, now time.Time) (int64, error) {
	cancelled, err := cancelEmails(ctx, e.queries(), referenceType, referenceID, now)
	return cancelled, translate(err)
}

const lostEmail = "the process that was sending it ended, or lost the database, before it could say whether it was sent"

// TakeBack makes jobs due again whose worker is gone; see emails.Queue.
func (e Emails) TakeBack(ctx context.Context, now time.Time) (again, failed []int64, err error) {
	rows, err := e.queries().TakeBackEmails(ctx, sqlcgen.TakeBackEmailsParams{Now: now, Why: lostEmail})
	for _, row := range rows {
		if row.Status == "failed" {
			failed = append(failed, row.ID)
		} else {
			again = append(again, row.ID)
		}
	}
	return again, failed, translate(err)
}

// Claim takes due jobs; see emails.Queue.
func (e Emails) Claim(ctx context.Context, now, heldUntil time.Time, limit int) ([]emails.Job, error) {
	rows, err := e.queries().ClaimEmails(ctx, sqlcgen.ClaimEmailsParams{
		Now: now, LockedUntil: heldUntil, MaxRows: int32(limit), //nolint:gosec // a batch
	})
	return mapAll(rows, func(r sqlcgen.ClaimEmailsRow) emails.Job {
		return emails.Job{
			ID: r.ID, Recipients: r.Recipients, Subject: r.Subject, Template: r.Template, Locale: domain.Locale(r.Locale), Data: r.Data,
			Retries: int(r.RetryCount), MaxRetries: int(r.MaxRetries), CreatedAt: r.CreatedAt.UTC(), HeldUntil: r.HeldUntil.UTC(),
		}
	}), translate(err)
}

// Sent ends a job and erases its secrets.
func (e Emails) Sent(ctx context.Context, job emails.Job, now time.Time) (bool, error) {
	changed, err := e.queries().EmailSent(ctx, sqlcgen.EmailSentParams{Now: now, ID: job.ID, HeldUntil: job.HeldUntil})
	return changed > 0, translate(err)
}

// Again makes a job due at a later time.
func (e Emails) Again(ctx context.Context, job emails.Job, at time.Time, why emails.Failure) (bool, error) {
	details, err := errorDetails(why)
	if err != nil {
		return false, err
	}
	changed, err := e.queries().EmailAgain(ctx, sqlcgen.EmailAgainParams{
		At: at, LastError: why.Reason, ErrorDetails: details, ID: job.ID, HeldUntil: job.HeldUntil,
	})
	return changed > 0, translate(err)
}

// Failed ends a job that could not be sent.
func (e Emails) Failed(ctx context.Context, job emails.Job, now time.Time, why emails.Failure) (bool, error) {
	details, err := errorDetails(why)
	if err != nil {
		return false, err
	}
	changed, err := e.queries().EmailFailed(ctx, sqlcgen.EmailFailedParams{
		Now: now, LastError: why.Reason, ErrorDetails: details, ID: job.ID, HeldUntil: job.HeldUntil,
	})
	return changed > 0, translate(err)
}

// errorDetails is what a program may want to know of a failure.
func errorDetails(why emails.Failure) ([]byte, error) {
	return json.Marshal(struct {
		Permanent bool   `json:"permanent"`
		Code      int    `json:"code,omitempty"`
		Enhanced  string `json:"enhanced,omitempty"`
	}{why.Permanent, why.Code, why.Enhanced})
}

// Release makes a job due again that was not begun.
func (e Emails) Release(ctx context.Context, job emails.Job) (bool, error) {
	changed, err := e.queries().EmailReleased(ctx, sqlcgen.EmailReleasedParams{ID: job.ID, HeldUntil: job.HeldUntil})
	return changed > 0, translate(err)
}

// DeleteEnded deletes jobs that ended before a time and says how many.
func (e Emails) DeleteEnded(ctx context.Context, before time.Time) (int64, error) {
	deleted, err := e.queries().DeleteEndedEmails(ctx, before)
	return deleted, translate(err)
}

var _ emails.Queue = Emails{}
