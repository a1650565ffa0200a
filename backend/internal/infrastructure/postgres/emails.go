package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Emails is the queue of emails.
type Emails struct{ DB }

// Enqueue adds emails that follow from no other change; see enqueue for those that do.
func (e Emails) Enqueue(ctx context.Context, mails ...domain.QueuedMail) error {
	_, err := enqueue(ctx, e.queries(), mails...)
	return translate(err)
}

// enqueue adds emails to the queue in the transaction of q, with one statement however many they are, and returns their ids in the order of the mails.
func enqueue(ctx context.Context, q *sqlcgen.Queries, mails ...domain.QueuedMail) ([]int64, error) {
	if len(mails) == 0 {
		return nil, nil
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
	rows, err := q.EnqueueEmails(ctx, p)
	if err != nil {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		if row.Recipient != string(mails[i].To) {
			return nil, errors.New("emails were queued in another order than they were given")
		}
		ids[i] = row.ID
	}
	return ids, nil
}

// cancelEmails cancels, in the transaction of q, the emails about one thing that are not sent and not being sent, erases their secrets, and
// says how many they were.
func cancelEmails(ctx context.Context, q *sqlcgen.Queries, referenceType, referenceID string, now time.Time) (int64, error) {
	why, details := cancelled(emails.CauseNotNeeded)
	return q.CancelEmails(ctx, sqlcgen.CancelEmailsParams{ReferenceType: referenceType, ReferenceID: referenceID, Now: now, Why: why, ErrorDetails: details})
}

// Cancel cancels the emails about one thing when nothing else changes; see cancelEmails.
func (e Emails) Cancel(ctx context.Context, referenceType, referenceID string, now time.Time) (int64, error) {
	count, err := cancelEmails(ctx, e.queries(), referenceType, referenceID, now)
	return count, translate(err)
}

var lostEmail = emails.Failure{Cause: emails.CauseLost}

// TakeBack makes jobs due again whose worker is gone; see emails.Queue.
func (e Emails) TakeBack(ctx context.Context, now time.Time) (again, failed []int64, err error) {
	rows, err := e.queries().TakeBackEmails(ctx, sqlcgen.TakeBackEmailsParams{
		Now: now, Why: lostEmail.Why(), ErrorDetails: errorDetails(lostEmail), Attempt: attempt(now, lostEmail),
	})
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
			ReferenceType: r.ReferenceType, ReferenceID: r.ReferenceID,
		}
	}), translate(err)
}

// Sent ends a job, erases its secrets and keeps its Message-ID.
func (e Emails) Sent(ctx context.Context, job emails.Job, messageID string, now time.Time) (bool, error) {
	changed, err := e.queries().EmailSent(ctx, sqlcgen.EmailSentParams{MessageID: messageID, Now: now, ID: job.ID, HeldUntil: job.HeldUntil})
	return changed > 0, translate(err)
}

// Again makes a job due at a later time.
func (e Emails) Again(ctx context.Context, job emails.Job, now, at time.Time, why emails.Failure) (bool, error) {
	changed, err := e.queries().EmailAgain(ctx, sqlcgen.EmailAgainParams{
		At: at, LastError: why.Why(), ErrorDetails: errorDetails(why), Attempt: attempt(now, why), ID: job.ID, HeldUntil: job.HeldUntil,
	})
	return changed > 0, translate(err)
}

// Failed ends a job that could not be sent.
func (e Emails) Failed(ctx context.Context, job emails.Job, now time.Time, why emails.Failure) (bool, error) {
	changed, err := e.queries().EmailFailed(ctx, sqlcgen.EmailFailedParams{
		Now: now, LastError: why.Why(), ErrorDetails: errorDetails(why), Attempt: attempt(now, why), ID: job.ID, HeldUntil: job.HeldUntil,
	})
	return changed > 0, translate(err)
}

// errorDetails is what a program may want to know of a failure.
func errorDetails(why emails.Failure) []byte {
	return texts(storedDetails{why.Cause, why.Said, why.Permanent, why.Code, why.Enhanced})
}

// cancelled is what is noted of an email that is not sent, though nothing failed: last_error and error_details.
func cancelled(why emails.Cause) (sentence string, details []byte) {
	return why.Sentence(), errorDetails(emails.Failure{Cause: why, Permanent: true})
}

// storedDetails is what is in error_details.
type storedDetails struct {
	Cause     emails.Cause `json:"cause,omitempty"`
	Said      string       `json:"said,omitempty"`
	Permanent bool         `json:"permanent"`
	Code      int          `json:"code,omitempty"`
	Enhanced  string       `json:"enhanced,omitempty"`
}

// texts is the JSON of something that has nothing but texts, numbers and times.
func texts(v any) []byte {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// storedAttempt is one element of attempts.
type storedAttempt struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	storedDetails
}

// attempt is a failed attempt as the list of one that is added to the others.
func attempt(at time.Time, why emails.Failure) []byte {
	return texts([]storedAttempt{{at.UTC(), why.Reason, storedDetails{why.Cause, why.Said, why.Permanent, why.Code, why.Enhanced}}})
}

// Drop cancels a job that has lost its purpose.
func (e Emails) Drop(ctx context.Context, job emails.Job, now time.Time, why emails.Cause) (bool, error) {
	sentence, details := cancelled(why)
	changed, err := e.queries().EmailDropped(ctx, sqlcgen.EmailDroppedParams{
		Now: now, Why: sentence, ErrorDetails: details, ID: job.ID, HeldUntil: job.HeldUntil,
	})
	return changed > 0, translate(err)
}

// Release makes a job due again that was not begun.
func (e Emails) Release(ctx context.Context, job emails.Job) (bool, error) {
	changed, err := e.queries().EmailReleased(ctx, sqlcgen.EmailReleasedParams{ID: job.ID, HeldUntil: job.HeldUntil})
	return changed > 0, translate(err)
}

// DeleteEnded deletes jobs that ended before a time, up to a limit, and says how many.
func (e Emails) DeleteEnded(ctx context.Context, before time.Time, limit int) (int64, error) {
	deleted, err := e.queries().DeleteEndedEmails(ctx, sqlcgen.DeleteEndedEmailsParams{Before: before, MaxRows: int32(limit)}) //nolint:gosec // a batch
	return deleted, translate(err)
}

var _ emails.Queue = Emails{}
