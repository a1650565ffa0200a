package postgres

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// List holds the queue, the newest first; see emails.Register.
func (e Emails) List(ctx context.Context, filter emails.Filter, page domain.PageRequest) (domain.Page[emails.Queued], error) {
	before := idCursor{ID: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &before); err != nil {
		return domain.Page[emails.Queued]{}, err
	}
	rows, err := e.rows(ctx, filter, before.ID, page)
	if err != nil {
		return domain.Page[emails.Queued]{}, translate(err)
	}
	items := make([]emails.Queued, len(rows))
	for i, row := range rows {
		if items[i], err = queuedEmail(row); err != nil {
			return domain.Page[emails.Queued]{}, err
		}
	}
	return domain.NewPage(items, page.Limit, func(q emails.Queued) any { return idCursor{ID: q.ID} }), nil
}

// rows are those before an id. A search is planned for its words: what is best for rare ones takes long for common ones.
func (e Emails) rows(ctx context.Context, filter emails.Filter, before int64, page domain.PageRequest) ([]sqlcgen.EmailQueue, error) {
	if words := pattern(page.Query); words != "" {
		rows, err := e.Pool.Query(ctx, sqlcgen.SearchEmails, pgx.QueryExecModeCacheDescribe, string(filter.Status), before, words, maxRows(page))
		if err != nil {
			return nil, err
		}
		return pgx.CollectRows(rows, pgx.RowToStructByPos[sqlcgen.EmailQueue])
	}
	rows, err := e.queries().ListEmails(ctx, sqlcgen.ListEmailsParams{Before: before, Status: string(filter.Status), MaxRows: maxRows(page)})
	return mapAll(rows, func(r sqlcgen.ListEmailsRow) sqlcgen.EmailQueue { return r.EmailQueue }), err
}

// Count counts emails that somebody may have to act on.
func (e Emails) Count(ctx context.Context) (emails.Counts, error) {
	row, err := e.queries().CountEmails(ctx)
	return emails.Counts{Pending: int(row.Pending), Processing: int(row.Processing), Failed: int(row.Failed)}, translate(err)
}

// OldestDue is when the email became due that has waited longest; see emails.Register.
func (e Emails) OldestDue(ctx context.Context, now time.Time) (time.Time, error) {
	due, err := e.queries().OldestDueEmail(ctx, now)
	if isNoRows(err) {
		return time.Time{}, nil
	}
	return due.UTC(), translate(err)
}

// Email fails with emails.ErrEmailNotFound.
func (e Emails) Email(ctx context.Context, id int64) (emails.Queued, error) {
	row, err := e.queries().GetEmail(ctx, id)
	if err != nil {
		return emails.Queued{}, found(err, emails.ErrEmailNotFound)
	}
	return queuedEmail(row)
}

// NewestFailed are emails that have failed; see emails.Register.
func (e Emails) NewestFailed(ctx context.Context, before int64, limit int) ([]int64, error) {
	ids, err := e.queries().ListFailedEmails(ctx, sqlcgen.ListFailedEmailsParams{Before: before, MaxRows: int32(limit)}) //nolint:gosec // some hundred
	return ids, translate(err)
}

// Retry makes an email due now; see emails.Register.
func (e Emails) Retry(ctx context.Context, queued emails.Queued, now time.Time, out domain.Outbox) (bool, error) {
	return e.change(ctx, out, func(q *sqlcgen.Queries) (int64, error) {
		if queued.ReferenceType == domain.ReferenceReminder {
			if err := aloneOnItsWay(ctx, q, queued); err != nil {
				return 0, err
			}
		}
		return q.RetryEmail(ctx, sqlcgen.RetryEmailParams{ID: queued.ID, Now: now})
	})
}

// aloneOnItsWay fails with emails.ErrOnItsWay when somebody has another reminder waiting, and keeps others from queueing one in the transaction of q.
func aloneOnItsWay(ctx context.Context, q *sqlcgen.Queries, queued emails.Queued) error {
	if err := q.LockReminders(ctx, queued.ReferenceID); err != nil {
		return err
	}
	waits, err := q.AnotherReminderWaits(ctx, sqlcgen.AnotherReminderWaitsParams{DocID: queued.ReferenceID, Email: queued.To, EmailID: queued.ID})
	if err == nil && waits {
		return emails.ErrOnItsWay
	}
	return err
}

// CancelOne cancels an email; see emails.Register.
func (e Emails) CancelOne(ctx context.Context, id int64, now time.Time, out domain.Outbox) (bool, error) {
	return e.change(ctx, out, func(q *sqlcgen.Queries) (int64, error) {
		why, details := cancelled(emails.CauseByHand)
		return q.CancelEmail(ctx, sqlcgen.CancelEmailParams{ID: id, Now: now, Why: why, ErrorDetails: details})
	})
}

// change writes what follows from a change of one row, when it was made.
func (e Emails) change(ctx context.Context, out domain.Outbox, fn func(*sqlcgen.Queries) (int64, error)) (changed bool, err error) {
	err = e.inTx(ctx, func(q *sqlcgen.Queries) error {
		rows, err := fn(q)
		if changed = rows > 0; err != nil || !changed {
			return err
		}
		return post(ctx, q, out)
	})
	return changed, err
}

// Bounced notes that an email came back; see emails.Register.
func (e Emails) Bounced(ctx context.Context, bounce emails.Bounce, since, now time.Time) error {
	return e.inTx(ctx, func(q *sqlcgen.Queries) (err error) {
		var id int64
		if bounce.MessageID != "" {
			id, err = q.FindEmailByMessageID(ctx, bounce.MessageID)
		}
		if bounce.Email != "" && (bounce.MessageID == "" || isNoRows(err)) {
			id, err = q.FindEmailByAddress(ctx, sqlcgen.FindEmailByAddressParams{Email: string(bounce.Email), Since: since})
		}
		if err != nil {
			return found(err, emails.ErrEmailNotFound)
		}
		return q.EmailBounced(ctx, sqlcgen.EmailBouncedParams{
			ID: id, Why: bounce.Failure.Why(), ErrorDetails: errorDetails(bounce.Failure), Attempt: attempt(now, bounce.Failure),
			Cause: string(bounce.Failure.Cause), Said: bounce.Failure.Said,
		})
	})
}

func queuedEmail(row sqlcgen.EmailQueue) (emails.Queued, error) {
	q := emails.Queued{
		ID: row.ID, Subject: row.Subject, Template: row.Template, Locale: domain.Locale(row.Locale), Status: emails.Status(row.Status),
		Priority: int(row.Priority), Retries: int(row.RetryCount), MaxRetries: int(row.MaxRetries), CreatedAt: row.CreatedAt.UTC(),
		ScheduledFor: row.ScheduledFor.UTC(), SentAt: timeOrZero(row.ProcessedAt), EndedAt: timeOrZero(row.EndedAt), LastError: orEmpty(row.LastError),
		ReferenceType: orEmpty(row.ReferenceType), ReferenceID: orEmpty(row.ReferenceID), Data: row.Data,
	}
	if len(row.ToAddresses) > 0 {
		q.To = row.ToAddresses[0]
	}
	if len(row.ErrorDetails) > 0 {
		var details storedDetails
		if err := json.Unmarshal(row.ErrorDetails, &details); err != nil {
			return q, err
		}
		q.Cause, q.Said = details.Cause, details.Said
	}
	var stored []storedAttempt
	err := json.Unmarshal(row.Attempts, &stored)
	q.Attempts = mapAll(stored, func(a storedAttempt) emails.Attempt {
		f := emails.Failure{Permanent: a.Permanent, Code: a.Code, Enhanced: a.Enhanced, Cause: a.Cause, Said: a.Said, Reason: a.Reason}
		if f.Cause == "" {
			f.Cause = f.Classify()
		}
		return emails.Attempt{At: a.At.UTC(), Failure: f}
	})
	return q, err
}

var _ emails.Register = Emails{}
