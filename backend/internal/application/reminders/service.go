// Package reminders asks people again who have not signed, by hand and by a schedule, and tells managers and authors how it stands.
package reminders

import (
	"context"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Documents finds documents.
type Documents interface {
	// Document fails with domain.ErrDocumentNotFound.
	Document(ctx context.Context, id string) (domain.Document, error)
}

// Users finds people.
type Users interface {
	// UserByID fails with domain.ErrUserNotFound.
	UserByID(ctx context.Context, id string) (domain.User, string, error)
	// UserByEmail fails with domain.ErrUserNotFound.
	UserByEmail(ctx context.Context, email domain.Email) (domain.User, string, error)
}

// Mails writes emails.
type Mails interface {
	// Enabled tells whether there is a mail server.
	Enabled() bool
	Compose(m domain.Message) (domain.QueuedMail, error)
	// Preview shows a message as its recipient would see it.
	Preview(m domain.Message) (emails.Content, error)
}

// Desk looks after emails once they are queued.
type Desk interface {
	// Email fails with emails.ErrEmailNotFound.
	Email(ctx context.Context, id int64) (emails.Details, error)
	// Retry sends a failed email again, or a waiting one now.
	Retry(ctx context.Context, by domain.User, id int64) (emails.Details, error)
	// Cancel keeps an email from being sent.
	Cancel(ctx context.Context, by domain.User, id int64) (emails.Details, error)
}

// Person is somebody who is or was asked to sign a document.
type Person struct {
	ID        int64 // of what they are asked; 0 for anybody else
	Email     domain.Email
	Name      string        // as given when asked, else the account's; may be ""
	Locale    domain.Locale // the account's; "" without one
	DueAt     time.Time     // zero: no deadline
	Asked     bool          // is not withdrawn
	Muted     bool
	Signed    bool // what everyone has to sign now
	Waiting   bool // has a reminder that is not sent yet
	Automatic int  // reminders by the schedule of what everyone has to sign now
	Escalated bool // the manager was told of them, of what everyone has to sign now
	Manages   bool // sees who has signed
}

// Batch is reminders of one document.
type Batch struct {
	DocID     string
	By        string // user id; BySchedule
	Automatic bool
	At, Since time.Time
	Mails     []domain.QueuedMail // to one person each
}

// BySchedule stands for a user where a schedule reminds.
const BySchedule = "system"

// Run is what became of a schedule's turn.
type Run struct {
	Schedule   domain.Schedule // with run_until and next run as they are to be
	HeldUntil  time.Time
	Reminders  Batch
	Escalation *Escalation // nil: the manager is told nothing
	Audit      []domain.AuditEvent
}

// Escalation is an email that tells a manager who is late.
type Escalation struct {
	Mail     domain.QueuedMail
	Signers  []int64 // Person.ID of those of whom it tells
	Revision int     // the material one that they have not signed
}

// Claim is a schedule whose turn a worker has.
type Claim struct {
	Schedule  domain.Schedule
	HeldUntil time.Time
}

// Completion is what has to be known before an author is told that nobody is missing.
type Completion struct {
	DocID    string
	Title    string
	Revision int // the material one
	Signed   int
	Author   domain.User // email, name and locale; email "": nobody can be told
}

// Repository keeps reminders and schedules.
type Repository interface {
	// People are those with given addresses, whatever they have done, in the order in which they were asked. Here and in what follows, whoever was sent a
	// reminder since then is waiting, as is who has one on its way.
	People(ctx context.Context, docID string, since time.Time, addresses []domain.Email) ([]Person, error)
	// Asks tells whether anybody is asked to sign a document.
	Asks(ctx context.Context, docID string) (bool, error)
	// Missing are those who are asked and have not signed.
	Missing(ctx context.Context, docID string, since time.Time) ([]Person, error)
	Count(ctx context.Context, docID string, since time.Time) (Count, error)
	// Queue queues reminders, but for who has one waiting by now or was sent one since batch.Since, and returns to whom. What follows from it is written with it, unless nobody is left.
	Queue(ctx context.Context, batch Batch, follow func(queued int) domain.Outbox) ([]domain.Email, error)
	History(ctx context.Context, docID string, filter Filter, page domain.PageRequest) (domain.Page[domain.Reminder], error)
	// Reminder is an email about a document; it fails with ErrNotFound.
	Reminder(ctx context.Context, docID string, id int64) (domain.Reminder, error)
	// Schedule returns false where nobody has chosen one.
	Schedule(ctx context.Context, docID string) (domain.Schedule, bool, error)
	SaveSchedule(ctx context.Context, schedule domain.Schedule, out domain.Outbox) error
	// DueSchedules claims schedules whose time has come, until the lease ends.
	DueSchedules(ctx context.Context, now, lease time.Time, limit int) ([]Claim, error)
	// Ran records a turn and queues what follows from it; false, and nothing is done, when the claim is somebody else's by now.
	Ran(ctx context.Context, run Run) (bool, error)
	// Complete looks at documents of which somebody has signed lately, and tells how many they were. Of those that nobody is missing from it notes so, and
	// queues the notice to the author, if tell makes one.
	Complete(ctx context.Context, limit int, tell func(Completion) *domain.QueuedMail) (int, error)
}

// Filter says which reminders a list holds.
type Filter struct {
	Status domain.ReminderStatus // "": any
}

// Errors about reminders.
var (
	ErrNotFound = domain.E(domain.KindNotFound, "reminder.not_found", "There is no such email about this document.")
	ErrNobody   = domain.E(domain.KindInvalid, "reminder.nobody", "There is nobody to remind.")
)

// Service reminds.
type Service struct {
	Repository Repository
	Documents  Documents
	Users      Users
	Mails      Mails
	Desk       Desk
	Creators   domain.Creators
	BaseURL    string
	Zone       *time.Location // of the organisation
	Clock      func() time.Time
	Logger     *slog.Logger
	Wake       func() // called when something was queued; nil: nobody waits for it
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

func (s Service) wake() {
	if s.Wake != nil {
		s.Wake()
	}
}

// forChanging returns a document that the person may remind others of.
func (s Service) forChanging(ctx context.Context, by domain.User, id string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, id)
	switch {
	case err != nil:
		return document, err
	case !document.EditableBy(by, s.Creators):
		return document, domain.ErrEditForbidden
	}
	return document, document.Readable()
}

// forReading returns a document of which the person may see who is missing.
func (s Service) forReading(ctx context.Context, by domain.User, id string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, id)
	if err == nil && !document.ManagedBy(by) {
		err = domain.ErrEditForbidden
	}
	return document, err
}

func or[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}
