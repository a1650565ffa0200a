package postgres

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// escalate queues, in the transaction of q, an email to a manager, and notes of whom it tells.
func escalate(ctx context.Context, q *sqlcgen.Queries, docID string, e *reminders.Escalation) error {
	if e == nil {
		return nil
	}
	ids, err := queueNotices(ctx, q, docID, e.Mail)
	if err != nil {
		return err
	}
	return q.AddEscalations(ctx, sqlcgen.AddEscalationsParams{Signers: e.Signers, Revision: int32(e.Revision), EmailID: ids[0]}) //nolint:gosec // a revision
}

// Reconsider finds who is still late of those of whom an email tells its manager; see reminders.Escalations.
func (r Reminders) Reconsider(
	ctx context.Context, job emails.Job, now time.Time, tell func(data []byte, late []reminders.Person) ([]byte, error),
) (data []byte, unwanted emails.Cause, err error) {
	if len(job.Recipients) != 1 {
		return job.Data, "", nil // such an email fails by itself
	}
	err = r.inTx(ctx, func(q *sqlcgen.Queries) error {
		if data, err = q.LockEmail(ctx, job.ID); err != nil {
			return err
		}
		var late []reminders.Person
		if late, unwanted, err = stillLate(ctx, q, job, now); err != nil {
			return err
		}
		err := q.KeepEscalations(ctx, sqlcgen.KeepEscalationsParams{EmailID: job.ID, Signers: mapAll(late, func(p reminders.Person) int64 { return p.ID })})
		if err != nil || unwanted != "" {
			return err
		}
		if data, err = tell(data, late); err != nil {
			return err
		}
		return q.RewriteEmail(ctx, sqlcgen.RewriteEmailParams{ID: job.ID, Data: data})
	})
	if isNoRows(err) {
		return job.Data, emails.CauseDocumentGone, nil
	}
	return data, unwanted, translate(err)
}

// stillLate are those of whom an email has to tell its manager, and why it has to tell nobody.
func stillLate(ctx context.Context, q *sqlcgen.Queries, job emails.Job, now time.Time) (late []reminders.Person, unwanted emails.Cause, err error) {
	why, err := q.WhyNotEscalate(ctx, sqlcgen.WhyNotEscalateParams{DocID: job.ReferenceID, Email: job.Recipients[0]})
	if isNoRows(err) {
		return nil, emails.CauseDocumentGone, nil
	}
	if err != nil || why != "" {
		return nil, emails.Cause(why), err
	}
	rows, err := q.ListEscalated(ctx, sqlcgen.ListEscalatedParams{EmailID: job.ID, Now: now})
	if err == nil && len(rows) == 0 {
		unwanted = emails.CauseNobodyLate
	}
	return mapAll(rows, func(p sqlcgen.ListEscalatedRow) reminders.Person {
		return reminders.Person{ID: p.ID, Email: domain.Email(p.Email), Name: p.Name, DueAt: timeOrZero(p.DueAt)}
	}), unwanted, err
}

// Completions is the gate of emails that tell an author that everybody has signed.
type Completions struct{ DB }

// Current is why the author is not told any more; see emails.Gate. Where somebody is missing again the author is told when nobody is.
func (c Completions) Current(ctx context.Context, job emails.Job) (data []byte, unwanted emails.Cause, err error) {
	err = c.inTx(ctx, func(q *sqlcgen.Queries) error {
		why, err := q.WhyNotCompleted(ctx, sqlcgen.WhyNotCompletedParams{DocID: job.ReferenceID, EmailID: job.ID})
		if unwanted = emails.Cause(why); err != nil || unwanted != emails.CauseMissingAgain {
			return err
		}
		// In this order: who looks whether somebody is missing holds the check before the document.
		if err := q.CheckCompletion(ctx, []string{job.ReferenceID}); err != nil {
			return err
		}
		return q.ReopenDocument(ctx, job.ReferenceID)
	})
	if isNoRows(err) {
		return job.Data, emails.CauseDocumentGone, nil
	}
	return job.Data, unwanted, translate(err)
}

var (
	_ reminders.Escalations = Reminders{}
	_ emails.Gate           = Completions{}
)
