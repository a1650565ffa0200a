package documents

import (
	"context"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/application/workers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// record writes what a look found and, when a document's address began to show something else, tells its author.
func (s Service) record(
	ctx context.Context, document domain.Document, verification domain.Verification, remote domain.Remote,
) (domain.Verification, error) {
	before, err := s.Remotes.Remote(ctx, document.ID)
	if err != nil {
		return verification, err
	}
	var out domain.Outbox
	if remote.State == domain.RemoteChanged && before.State != domain.RemoteChanged {
		out.Audit = []domain.AuditEvent{
			domain.Act(ctx, remote.CheckedAt, domain.ActRemoteChanged, nil).On(domain.SubjectDocument, document.ID, document.Title),
		}
		if mail := s.notice(ctx, document, remote.CheckedAt); mail != nil {
			out.Mails = []domain.QueuedMail{*mail}
		}
	}
	if remote.State == domain.RemoteUnreachable && before.State == domain.RemoteChanged {
		remote.State, remote.FoundChecksum = before.State, before.FoundChecksum // it is not the same again because nobody answers
	}
	return s.Remotes.Record(ctx, verification, remote, out)
}

// notice tells an author that a document's address shows something else.
func (s Service) notice(ctx context.Context, document domain.Document, at time.Time) *domain.QueuedMail {
	if !s.Mails.Enabled() {
		return nil
	}
	author, _, err := s.Users.UserByID(ctx, document.CreatedBy)
	if err != nil || !author.Active || !author.Verified {
		return nil
	}
	mail, err := s.Mails.Compose(domain.Message{
		To: author.Email, Locale: author.Locale, Template: domain.MailDocumentChanged,
		Data: map[string]string{
			"name": author.Name, "title": shorten(document.Title), "document": document.Title, "url": document.URL, "time": at.Format(time.RFC3339),
			"document_link": s.BaseURL + "/documents/" + document.ID + "?tab=integrity",
		},
		ReferenceType: domain.SubjectDocument, ReferenceID: document.ID,
	})
	if err != nil {
		s.Logger.ErrorContext(ctx, "the notice of a changed document cannot be written", "document", document.ID, "error", err)
		return nil
	}
	return &mail
}

// subjectLength is how many characters of a title an email's subject has room for.
const subjectLength = 80

func shorten(title string) string {
	if runes := []rune(title); len(runes) > subjectLength {
		return string(runes[:subjectLength-1]) + "…"
	}
	return title
}

// Rechecker looks at documents' addresses again from time to time. Any number of processes may do so together.
type Rechecker struct {
	Service Service
	Runs    *workers.Recorder // nil: nobody asks

	Batch     int           // documents claimed at once; 0: 10
	Idle      time.Duration // sleep when nothing is due; 0: a minute
	Lease     time.Duration // how long a claim lasts; 0: 10 minutes
	Retention time.Duration // how long comparisons by schedule that found nothing are kept; 0: 90 days
}

func (r Rechecker) withDefaults() Rechecker {
	r.Batch, r.Idle = or(r.Batch, 10), or(r.Idle, time.Minute)
	r.Lease, r.Retention = or(r.Lease, 10*time.Minute), or(r.Retention, 90*24*time.Hour)
	return r
}

func or[T comparable](v, otherwise T) T {
	if v == *new(T) {
		return otherwise
	}
	return v
}

// Run looks until ctx ends; not at all where addresses are not looked at again.
func (r Rechecker) Run(ctx context.Context) {
	if r.Service.Recheck <= 0 {
		return
	}
	r = r.withDefaults()
	ended := r.Runs.Watch("rechecker", r.Lease) // a batch of slow addresses may take as long
	for ctx.Err() == nil {
		looked, err := r.RunOnce(ctx)
		ended.Run(ctx, err)
		if err != nil && ctx.Err() == nil {
			r.Service.Logger.Warn("addresses of documents could not be looked at", "error", err)
		}
		if looked > 0 && err == nil {
			continue // there may be more
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.Idle):
		}
	}
}

// RunOnce looks at one batch of due addresses, one after the other, and tells how many they were.
func (r Rechecker) RunOnce(ctx context.Context) (looked int, err error) {
	r = r.withDefaults()
	s := r.Service
	now := s.now()
	if _, err := s.Remotes.Prune(ctx, now.Add(-r.Retention)); err != nil {
		return 0, err
	}
	due, err := s.Remotes.Due(ctx, now, now.Add(r.Lease), r.Batch)
	if err != nil {
		return 0, err
	}
	for _, document := range due {
		if ctx.Err() != nil {
			break // the others are looked at when their lease has ended
		}
		_, lookErr := s.verifyRemote(ctx, document, domain.VerifiedBySystem)
		err = errors.Join(err, lookErr)
		looked++
	}
	return looked, err
}
