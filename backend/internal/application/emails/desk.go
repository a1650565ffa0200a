package emails

import (
	"context"
	"encoding/json"
	"maps"
	"strconv"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Status is where an email of the queue is.
type Status string

// Where emails are.
const (
	Pending    Status = "pending" // also while it waits for being tried again
	Processing Status = "processing"
	Sent       Status = "sent"
	Failed     Status = "failed"
	Cancelled  Status = "cancelled"
)

// Attempt is one that failed.
type Attempt struct {
	At time.Time
	Failure
}

// Queued is an email of the queue as administrators see it.
type Queued struct {
	ID                         int64
	To                         string
	Subject                    string
	Template                   string
	Locale                     domain.Locale
	Status                     Status
	Priority                   int
	Retries, MaxRetries        int
	CreatedAt                  time.Time
	ScheduledFor               time.Time
	SentAt                     time.Time // zero unless it was sent
	EndedAt                    time.Time // zero while it has not ended
	LastError                  string    // in English
	Cause                      Cause     // of it; "" when there is none, or it is older than causes
	Said                       string    // by the mail server
	ReferenceType, ReferenceID string
	Data                       []byte    // see domain.QueuedMail
	Attempts                   []Attempt // the newest last
}

// DocID is the document that an email is about, "" for none.
func (q Queued) DocID() string {
	switch q.ReferenceType {
	case domain.ReferenceReminder, domain.ReferenceEscalation, domain.ReferenceCompleted, domain.SubjectDocument:
		return q.ReferenceID
	}
	return ""
}

// Counts are the emails that somebody may have to act on.
type Counts struct{ Pending, Processing, Failed int }

// Details are an email with its words. What lets somebody in is not among them.
type Details struct {
	Queued
	Content
}

// Filter says which emails a list holds.
type Filter struct {
	Status Status // "": any
}

// Register is the queue as administrators see it.
type Register interface {
	List(ctx context.Context, filter Filter, page domain.PageRequest) (domain.Page[Queued], error)
	Count(ctx context.Context) (Counts, error)
	// OldestDue is when the email became due that has waited longest; zero when none is due.
	OldestDue(ctx context.Context, now time.Time) (time.Time, error)
	// Email fails with ErrEmailNotFound.
	Email(ctx context.Context, id int64) (Queued, error)
	// NewestFailed are the newest emails that have failed, older than one (0: than none), up to a limit.
	NewestFailed(ctx context.Context, before int64, limit int) ([]int64, error)
	// Retry makes an email that is waiting, or has failed, due now; false when it is neither. It fails with ErrOnItsWay for a reminder when its recipient
	// has another one of the document waiting.
	Retry(ctx context.Context, queued Queued, now time.Time, out domain.Outbox) (bool, error)
	// CancelOne cancels an email that is waiting, or has failed; false when it is neither.
	CancelOne(ctx context.Context, id int64, now time.Time, out domain.Outbox) (bool, error)
	// Bounced notes that an email came back: the one with the Message-ID, or else the newest that was sent to the address since. It fails with
	// ErrEmailNotFound.
	Bounced(ctx context.Context, bounce Bounce, since, now time.Time) error
}

// Errors about emails.
var (
	ErrNotConfigured  = domain.E(domain.KindConflict, "mail.not_configured", "There is no mail server: no emails are sent.")
	ErrEmailNotFound  = domain.E(domain.KindNotFound, "email.not_found", "There is no such email, or no longer.")
	ErrNotRetryable   = domain.E(domain.KindConflict, "email.not_retryable", "This email was sent, is being sent, or has lost its purpose.")
	ErrOnItsWay       = domain.E(domain.KindConflict, "email.on_its_way", "This person has another reminder of this document waiting already.")
	ErrNotCancellable = domain.E(domain.KindConflict, "email.not_cancellable", "This email was sent or is being sent.")
)

// Desk is where administrators look after the queue, and authors after what is about their documents.
type Desk struct {
	Register   Register
	Renderer   Renderer
	Gates      map[string]Gate
	Configured bool // whether there is a mail server
	Clock      func() time.Time
	Wake       func() // called when something is due; nil: nobody waits for it
}

func (d Desk) now() time.Time { return d.Clock().UTC().Truncate(time.Microsecond) }

// List holds the queue, the newest first, and how many emails are where.
func (d Desk) List(ctx context.Context, filter Filter, page domain.PageRequest) (domain.Page[Queued], Counts, error) {
	found, err := d.Register.List(ctx, filter, page)
	if err != nil {
		return found, Counts{}, err
	}
	counts, err := d.Register.Count(ctx)
	return found, counts, err
}

// Backlog tells how many emails are where, and how long the oldest has been due; 0 when none is.
func (d Desk) Backlog(ctx context.Context) (counts Counts, waiting time.Duration, err error) {
	if counts, err = d.Register.Count(ctx); err != nil {
		return counts, 0, err
	}
	now := d.now()
	due, err := d.Register.OldestDue(ctx, now)
	if err == nil && !due.IsZero() {
		waiting = now.Sub(due)
	}
	return counts, waiting, err
}

// Email is one email with its words, which are "" where a template or a value is unknown by now.
func (d Desk) Email(ctx context.Context, id int64) (Details, error) {
	queued, err := d.Register.Email(ctx, id)
	if err != nil {
		return Details{}, err
	}
	details := Details{Queued: queued}
	var values map[string]string
	if json.Unmarshal(queued.Data, &values) == nil {
		maps.DeleteFunc(values, func(name, _ string) bool { return name == sealedKey })
		if content, err := d.Renderer.RenderShown(queued.Template, queued.Locale, values); err == nil {
			details.Content = content.Standalone()
		}
	}
	details.Content.Subject = queued.Subject
	return details, nil
}

// Retry sends a failed email again, or a waiting one now. It fails with ErrNotConfigured, ErrEmailNotFound, ErrNotRetryable and ErrOnItsWay.
func (d Desk) Retry(ctx context.Context, by domain.User, id int64) (Details, error) {
	if !d.Configured {
		return Details{}, ErrNotConfigured
	}
	queued, err := d.Register.Email(ctx, id)
	if err != nil {
		return Details{}, err
	}
	if err := d.again(ctx, by, queued); err != nil {
		return Details{}, err
	}
	if d.Wake != nil {
		d.Wake()
	}
	return d.Email(ctx, id)
}

// again makes an email due now that has failed or waits, unless what it is for is over.
func (d Desk) again(ctx context.Context, by domain.User, queued Queued) error {
	now := d.now()
	if queued.expired(now) {
		return ErrNotRetryable
	}
	if gate, guarded := d.Gates[queued.ReferenceType]; guarded {
		_, unwanted, err := gate.Current(ctx, Job{
			ID: queued.ID, Recipients: []string{queued.To}, ReferenceType: queued.ReferenceType, ReferenceID: queued.ReferenceID,
		})
		if err != nil {
			return err
		}
		if unwanted != "" {
			return ErrNotRetryable
		}
	}
	changed, err := d.Register.Retry(ctx, queued, now, note(ctx, domain.ActEmailRetried, by, queued, now))
	if err == nil && !changed {
		err = ErrNotRetryable
	}
	return err
}

// Cancel keeps an email from being sent; one that is cancelled already stays so. It fails with ErrEmailNotFound and ErrNotCancellable.
func (d Desk) Cancel(ctx context.Context, by domain.User, id int64) (Details, error) {
	queued, err := d.Register.Email(ctx, id)
	if err != nil {
		return Details{}, err
	}
	if queued.Status != Cancelled {
		now := d.now()
		changed, err := d.Register.CancelOne(ctx, id, now, note(ctx, domain.ActEmailCancelled, by, queued, now))
		switch {
		case err != nil:
			return Details{}, err
		case !changed:
			return Details{}, ErrNotCancellable
		}
	}
	return d.Email(ctx, id)
}

func note(ctx context.Context, act string, by domain.User, queued Queued, now time.Time) domain.Outbox {
	return domain.Note(domain.Act(ctx, now, act, &by).On(domain.SubjectEmail, strconv.FormatInt(queued.ID, 10), queued.To).With("template", queued.Template))
}

// expired tells whether what an email lets somebody do can no longer be done.
func (q Queued) expired(now time.Time) bool {
	var values map[string]string
	if json.Unmarshal(q.Data, &values) != nil {
		return true
	}
	for unit, span := range map[string]time.Duration{"minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour} {
		if number, err := strconv.Atoi(values[unit]); err == nil && values[sealedKey] != "" && !now.Before(q.CreatedAt.Add(time.Duration(number)*span)) {
			return true
		}
	}
	return false
}
