package reminders

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Scheduler reminds as documents' schedules say. Any number of processes may do so together. A turn looks at every day since the one before, so that
// a server that was away makes up for it, with one reminder a person; days and reminders are recorded in one transaction, so that none goes out twice.
type Scheduler struct {
	Service Service
	Runs    *workers.Recorder // nil: nobody asks

	Batch int           // schedules claimed at once; 0: 10
	Idle  time.Duration // sleep when nothing is due; 0: a minute
	Lease time.Duration // how long a claim lasts; 0: 10 minutes
}

func (w Scheduler) withDefaults() Scheduler {
	w.Batch, w.Idle, w.Lease = or(w.Batch, 10), or(w.Idle, time.Minute), or(w.Lease, 10*time.Minute)
	return w
}

// Run reminds until ctx ends; not at all without a mail server.
func (w Scheduler) Run(ctx context.Context) {
	w = w.withDefaults()
	if w.Service.Mails.Enabled() {
		loop(ctx, w.Idle, w.Service.Logger, w.Runs.Watch("scheduler", w.Idle), "schedules of reminders could not be worked on", w.RunOnce)
	}
}

// RunOnce works on one batch of schedules that are due, and tells how many they were.
func (w Scheduler) RunOnce(ctx context.Context) (int, error) {
	w = w.withDefaults()
	now := w.Service.now()
	claims, err := w.Service.Repository.DueSchedules(ctx, now, now.Add(w.Lease), w.Batch)
	if err != nil {
		return 0, err
	}
	for _, claim := range claims {
		if ctx.Err() != nil {
			break // the others are worked on when their lease has ended
		}
		err = errors.Join(err, w.Service.turn(ctx, claim, now))
	}
	return len(claims), err
}

// turn does what a schedule says for the days since the turn before.
func (s Service) turn(ctx context.Context, claim Claim, now time.Time) (err error) {
	defer domain.Wrap(&err, "schedule of %q", claim.Schedule.DocID)
	run := Run{Schedule: claim.Schedule, HeldUntil: claim.HeldUntil}
	schedule := claim.Schedule
	day := schedule.Due(now, s.Zone)
	run.Schedule.NextRunAt = schedule.Next(day, s.Zone)
	if day.After(schedule.RunUntil) {
		if run, err = s.work(ctx, run, day, now); err != nil {
			return err
		}
	}
	held, err := s.Repository.Ran(ctx, run)
	if held && (len(run.Reminders.Mails) > 0 || run.Escalation != nil) {
		s.wake()
	}
	return err
}

// work fills in a turn up to a day.
func (s Service) work(ctx context.Context, run Run, day, now time.Time) (Run, error) {
	schedule := run.Schedule
	document, err := s.Documents.Document(ctx, schedule.DocID)
	if err != nil {
		return run, err
	}
	missing, err := s.Repository.Missing(ctx, schedule.DocID, recently(now))
	if err != nil {
		return run, err
	}
	locale := s.authorsLocale(ctx, document)
	run.Reminders = Batch{DocID: schedule.DocID, By: BySchedule, Automatic: true, At: now, Since: recently(now)}
	for _, p := range missing {
		if p.skip() != "" || p.DueAt.IsZero() || p.Automatic >= schedule.MaxReminders || !schedule.Reminds(p.DueAt, schedule.RunUntil, day, s.Zone) {
			continue
		}
		mail, err := s.Mails.Compose(s.reminder(document, p, locale, ""))
		if err != nil {
			return run, err
		}
		run.Reminders.Mails = append(run.Reminders.Mails, mail)
	}
	if n := len(run.Reminders.Mails); n > 0 {
		run.Audit = append(run.Audit, domain.Act(ctx, now, domain.ActReminded, nil).On(domain.SubjectDocument, document.ID, document.Title).
			With("count", strconv.Itoa(n)))
	}
	run.Schedule.RunUntil = day
	return s.escalate(ctx, run, document, missing, locale)
}

// escalate tells the manager of everybody who has been late for long enough, of each once.
func (s Service) escalate(ctx context.Context, run Run, document domain.Document, missing []Person, locale domain.Locale) (Run, error) {
	schedule := run.Schedule
	late := slices.DeleteFunc(slices.Clone(missing), func(p Person) bool {
		return p.Escalated || p.Muted || p.DueAt.IsZero() || !schedule.Escalates(p.DueAt, schedule.RunUntil, s.Zone)
	})
	if len(late) == 0 {
		return run, nil
	}
	mail, err := s.Mails.Compose(s.escalation(document, s.manager(ctx, schedule, document), late, locale))
	if err != nil {
		return run, err
	}
	run.Escalation = &Escalation{Mail: mail, Revision: document.MaterialRevision}
	for _, p := range late {
		run.Escalation.Signers = append(run.Escalation.Signers, p.ID)
	}
	return run, nil
}

// manager is whom a schedule names, in the language of their account, if they have one.
func (s Service) manager(ctx context.Context, schedule domain.Schedule, document domain.Document) Person {
	p := Person{Email: schedule.ManagerEmail, Name: schedule.ManagerName}
	if account, _, err := s.Users.UserByEmail(ctx, p.Email); err == nil {
		p.Locale, p.Name, p.Manages = account.Locale, or(p.Name, account.Name), document.ManagedBy(account)
	}
	return p
}

// authorsLocale is the language for who has no account.
func (s Service) authorsLocale(ctx context.Context, document domain.Document) domain.Locale {
	author, _, err := s.Users.UserByID(ctx, document.CreatedBy)
	if err != nil || author.Locale == "" {
		return domain.Locales[0]
	}
	return author.Locale
}
