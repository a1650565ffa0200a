package postgres

import (
	"context"
	"math"
	"slices"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/reminders"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Reminders keeps reminders and when they are due.
type Reminders struct{ DB }

// People are those with given addresses; see reminders.Repository.
func (r Reminders) People(ctx context.Context, docID string, since time.Time, addresses []domain.Email) ([]reminders.Person, error) {
	return r.people(ctx, sqlcgen.ListPeopleToRemindParams{
		DocID: docID, Since: since, Emails: mapAll(addresses, func(e domain.Email) string { return string(e) }),
	})
}

// Asks tells whether anybody is asked to sign a document.
func (r Reminders) Asks(ctx context.Context, docID string) (bool, error) {
	asks, err := r.queries().AsksAnybody(ctx, docID)
	return asks, translate(err)
}

// Missing are those who are asked and have not signed.
func (r Reminders) Missing(ctx context.Context, docID string, since time.Time) ([]reminders.Person, error) {
	return r.people(ctx, sqlcgen.ListPeopleToRemindParams{DocID: docID, Since: since, Everybody: true})
}

// Count counts those who are missing by what a reminder would do.
func (r Reminders) Count(ctx context.Context, docID string, since time.Time) (reminders.Count, error) {
	c, err := r.queries().CountReminding(ctx, sqlcgen.CountRemindingParams{DocID: docID, Since: since})
	return reminders.Count{Recipients: int(c.Recipients), Muted: int(c.Muted), Waiting: int(c.Waiting), Failed: int(c.Failed)}, translate(err)
}

func (r Reminders) people(ctx context.Context, args sqlcgen.ListPeopleToRemindParams) ([]reminders.Person, error) {
	rows, err := r.queries().ListPeopleToRemind(ctx, args)
	return mapAll(rows, func(p sqlcgen.ListPeopleToRemindRow) reminders.Person {
		return reminders.Person{
			ID: p.ID, Email: domain.Email(p.Email), Name: p.Name, Locale: domain.Locale(p.Locale), DueAt: timeOrZero(p.DueAt), Asked: p.Asked, Muted: p.Muted,
			Signed: p.Signed, Waiting: p.Waiting, Automatic: int(p.Automatic), Escalated: p.Escalated,
		}
	}), translate(err)
}

// Queue queues reminders, but for who has one waiting by now; see reminders.Repository.
func (r Reminders) Queue(
	ctx context.Context, batch reminders.Batch, follow func(queued int) domain.Outbox,
) (queued []domain.Email, err error) {
	err = r.inTx(ctx, func(q *sqlcgen.Queries) error {
		if queued, err = queueReminders(ctx, q, batch); err != nil || len(queued) == 0 {
			return err
		}
		return post(ctx, q, follow(len(queued)))
	})
	return queued, err
}

// queueReminders queues, in the transaction of q, the reminders of those who have none waiting and got none since, and returns to whom.
func queueReminders(ctx context.Context, q *sqlcgen.Queries, batch reminders.Batch) ([]domain.Email, error) {
	if len(batch.Mails) == 0 {
		return nil, nil
	}
	if err := q.LockReminders(ctx, batch.DocID); err != nil {
		return nil, err
	}
	all := mapAll(batch.Mails, func(m domain.QueuedMail) string { return string(m.To) })
	waiting, err := q.ListWaitingReminders(ctx, sqlcgen.ListWaitingRemindersParams{DocID: batch.DocID, Since: batch.Since, Emails: all})
	if err != nil {
		return nil, err
	}
	waits := make(map[string]bool, len(waiting))
	for _, email := range waiting {
		waits[email] = true
	}
	mails := slices.DeleteFunc(slices.Clone(batch.Mails), func(m domain.QueuedMail) bool { return waits[string(m.To)] })
	ids, err := enqueue(ctx, q, mails...)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	err = q.AddReminders(ctx, sqlcgen.AddRemindersParams{
		DocID: batch.DocID, At: batch.At, SentBy: batch.By, Automatic: batch.Automatic, EmailIds: ids,
		Emails:    mapAll(mails, func(m domain.QueuedMail) string { return string(m.To) }),
		Templates: mapAll(mails, func(m domain.QueuedMail) string { return m.Template }),
	})
	return mapAll(mails, func(m domain.QueuedMail) domain.Email { return m.To }), err
}

// queueNotices queues, in the transaction of q, emails about a document to others than those who are asked.
func queueNotices(ctx context.Context, q *sqlcgen.Queries, docID string, mails ...domain.QueuedMail) (ids []int64, err error) {
	ids, err = enqueue(ctx, q, mails...)
	if err != nil || len(ids) == 0 {
		return ids, err
	}
	return ids, q.AddNotices(ctx, sqlcgen.AddNoticesParams{
		DocID: docID, EmailIds: ids,
		Emails:    mapAll(mails, func(m domain.QueuedMail) string { return string(m.To) }),
		Templates: mapAll(mails, func(m domain.QueuedMail) string { return m.Template }),
		Ats:       mapAll(mails, func(m domain.QueuedMail) time.Time { return m.At }),
	})
}

// History lists reminders and notices of a document, the newest first.
func (r Reminders) History(
	ctx context.Context, docID string, filter reminders.Filter, page domain.PageRequest,
) (domain.Page[domain.Reminder], error) {
	before := idCursor{ID: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &before); err != nil {
		return domain.Page[domain.Reminder]{}, err
	}
	rows, err := r.queries().ListReminders(ctx, sqlcgen.ListRemindersParams{
		DocID: docID, Before: before.ID, Status: string(filter.Status), Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, func(row sqlcgen.ListRemindersRow) domain.Reminder {
		return reminder(row.DocumentEmail, row.Sender)
	}), page.Limit, func(r domain.Reminder) any { return idCursor{ID: r.ID} }), translate(err)
}

// Reminder fails with reminders.ErrNotFound.
func (r Reminders) Reminder(ctx context.Context, docID string, id int64) (domain.Reminder, error) {
	row, err := r.queries().GetReminder(ctx, sqlcgen.GetReminderParams{DocID: docID, ID: id})
	return reminder(row.DocumentEmail, row.Sender), found(err, reminders.ErrNotFound)
}

// reminder is a row of either log; sender is the name of who sent it. The time of sending means nothing while it is not sent.
func reminder(l sqlcgen.DocumentEmail, sender string) domain.Reminder {
	r := domain.Reminder{
		ID: l.ID, DocID: l.DocID, Email: domain.Email(l.RecipientEmail), Kind: domain.ReminderKindOf(l.TemplateUsed), Status: domain.ReminderStatus(l.Status),
		QueuedAt: l.QueuedAt.UTC(), By: sender, Automatic: l.Automatic, Error: orEmpty(l.ErrorMessage), ErrorCode: orEmpty(l.ErrorCode), ServerSaid: orEmpty(l.ErrorSaid), EmailID: orEmpty(l.EmailID),
	}
	if r.Status == domain.ReminderSent || r.Status == domain.ReminderBounced {
		r.SentAt = l.SentAt.UTC()
	}
	return r
}

// Current is why a reminder is not sent any more; see emails.Gate.
func (r Reminders) Current(ctx context.Context, job emails.Job) (data []byte, unwanted emails.Cause, err error) {
	if len(job.Recipients) != 1 {
		return job.Data, "", nil // such an email fails by itself
	}
	why, err := r.queries().WhyNotRemind(ctx, sqlcgen.WhyNotRemindParams{DocID: job.ReferenceID, Email: job.Recipients[0], EmailID: job.ID})
	if isNoRows(err) {
		return job.Data, emails.CauseDocumentGone, nil
	}
	return job.Data, emails.Cause(why), translate(err)
}

// Schedule returns false where nobody has chosen one.
func (r Reminders) Schedule(ctx context.Context, docID string) (domain.Schedule, bool, error) {
	row, err := r.queries().GetSchedule(ctx, docID)
	if isNoRows(err) {
		return domain.Schedule{DocID: docID}, false, nil
	}
	return schedule(row), err == nil, translate(err)
}

// SaveSchedule writes a schedule; whoever works by the one before is stopped.
func (r Reminders) SaveSchedule(ctx context.Context, s domain.Schedule, out domain.Outbox) error {
	args := sqlcgen.SaveScheduleParams{
		DocID: s.DocID, Enabled: s.Enabled, DaysBefore: numbers(s.DaysBefore), DaysAfter: numbers(s.DaysAfter), Weekdays: numbers(s.Weekdays),
		Hour: int32(s.Hour), MaxReminders: int32(s.MaxReminders), ManagerName: s.ManagerName, RunUntil: s.RunUntil, NextRunAt: s.NextRunAt, //nolint:gosec // checked
	}
	if s.EscalateAfterDays > 0 {
		days, manager := int32(s.EscalateAfterDays), string(s.ManagerEmail) //nolint:gosec // checked
		args.EscalateAfterDays, args.ManagerEmail = &days, &manager
	}
	return r.inTx(ctx, func(q *sqlcgen.Queries) error {
		before, err := q.LockManager(ctx, s.DocID)
		if err == nil && orEmpty(before) != orEmpty(args.ManagerEmail) {
			err = q.ForgetEscalations(ctx, s.DocID)
		}
		if err != nil && !isNoRows(err) {
			return err
		}
		if err := q.SaveSchedule(ctx, args); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// DueSchedules claims schedules whose time has come, until the lease ends.
func (r Reminders) DueSchedules(ctx context.Context, now, lease time.Time, limit int) ([]reminders.Claim, error) {
	rows, err := r.queries().ClaimSchedules(ctx, sqlcgen.ClaimSchedulesParams{Now: now, Lease: lease, MaxRows: int32(limit)}) //nolint:gosec // a batch
	return mapAll(rows, func(row sqlcgen.ReminderSchedule) reminders.Claim {
		return reminders.Claim{Schedule: schedule(row), HeldUntil: timeOrZero(row.LockedUntil)}
	}), translate(err)
}

// Ran records a turn and what follows from it; see reminders.Repository.
func (r Reminders) Ran(ctx context.Context, run reminders.Run) (held bool, err error) {
	err = r.inTx(ctx, func(q *sqlcgen.Queries) error {
		s := run.Schedule
		rows, err := q.ScheduleRan(ctx, sqlcgen.ScheduleRanParams{
			DocID: s.DocID, RunUntil: s.RunUntil, NextRunAt: s.NextRunAt, HeldUntil: run.HeldUntil,
		})
		if held = rows > 0; err != nil || !held {
			return err
		}
		if _, err := queueReminders(ctx, q, run.Reminders); err != nil {
			return err
		}
		if err := escalate(ctx, q, s.DocID, run.Escalation); err != nil {
			return err
		}
		return post(ctx, q, domain.Outbox{Audit: run.Audit})
	})
	return held, err
}

// Complete looks at documents of which somebody has signed lately; see reminders.Repository.
func (r Reminders) Complete(
	ctx context.Context, limit int, tell func(reminders.Completion) *domain.QueuedMail,
) (looked int, err error) {
	err = r.inTx(ctx, func(q *sqlcgen.Queries) error {
		ids, err := q.TakeCompletionChecks(ctx, int32(limit)) //nolint:gosec // a batch
		looked = len(ids)
		slices.Sort(ids)
		for _, id := range ids {
			if err == nil {
				err = complete(ctx, q, id, tell)
			}
		}
		return err
	})
	return looked, err
}

// complete looks at one document.
func complete(ctx context.Context, q *sqlcgen.Queries, docID string, tell func(reminders.Completion) *domain.QueuedMail) error {
	c, err := q.GetCompletion(ctx, docID)
	if isNoRows(err) || err == nil && (c.Settled || c.Asked == 0 || c.Missing > 0) {
		return nil
	}
	if err != nil {
		return err
	}
	changed, err := q.CompleteDocument(ctx, sqlcgen.CompleteDocumentParams{DocID: docID, Revision: c.MaterialRevision})
	if err != nil || changed == 0 {
		return err
	}
	mail := tell(reminders.Completion{
		DocID: docID, Title: c.Title, Revision: int(c.MaterialRevision), Signed: int(c.Asked),
		Author: domain.User{Email: domain.Email(c.AuthorEmail), Name: c.AuthorName, Locale: domain.Locale(c.AuthorLocale)},
	})
	if mail == nil {
		return nil
	}
	_, err = queueNotices(ctx, q, docID, *mail)
	return err
}

func schedule(row sqlcgen.ReminderSchedule) domain.Schedule {
	s := domain.Schedule{
		DocID: row.DocID, Enabled: row.Enabled, DaysBefore: ints(row.DaysBefore), DaysAfter: ints(row.DaysAfter), Weekdays: ints(row.Weekdays),
		Hour: int(row.Hour), MaxReminders: int(row.MaxReminders), EscalateAfterDays: int(orEmpty(row.EscalateAfterDays)),
		ManagerEmail: domain.Email(orEmpty(row.ManagerEmail)), ManagerName: row.ManagerName,
		RunUntil: row.RunUntil.UTC(), NextRunAt: row.NextRunAt.UTC(),
	}
	return s
}

func ints(in []int32) []int { return mapAll(in, func(n int32) int { return int(n) }) }

func numbers(in []int) []int32 { return mapAll(in, func(n int) int32 { return int32(n) }) } //nolint:gosec // days

var (
	_ reminders.Repository = Reminders{}
	_ emails.Gate          = Reminders{}
)
