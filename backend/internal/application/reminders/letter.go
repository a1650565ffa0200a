package reminders

import (
	"context"
	"errors"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Letter is an email about a document, with its words and attempts while the queue keeps them.
type Letter struct {
	domain.Reminder
	Email *emails.Details // nil when it is no longer in the queue
}

// Letter shows an email about a document to who manages it. It fails with ErrNotFound.
func (s Service) Letter(ctx context.Context, by domain.User, docID string, id int64) (Letter, error) {
	if _, err := s.forReading(ctx, by, docID); err != nil {
		return Letter{}, err
	}
	return s.letter(ctx, docID, id)
}

// Retry sends an email about a document again that failed, or one that waits now. It fails with ErrNotFound, and as emails.Desk does.
func (s Service) Retry(ctx context.Context, by domain.User, docID string, id int64) (Letter, error) {
	return s.handle(ctx, by, docID, id, s.Desk.Retry)
}

// Cancel keeps an email about a document from being sent. It fails with ErrNotFound, and as emails.Desk does.
func (s Service) Cancel(ctx context.Context, by domain.User, docID string, id int64) (Letter, error) {
	return s.handle(ctx, by, docID, id, s.Desk.Cancel)
}

// handle lets the desk do something about an email; who may change the document may.
func (s Service) handle(
	ctx context.Context, by domain.User, docID string, id int64, do func(context.Context, domain.User, int64) (emails.Details, error),
) (Letter, error) {
	if _, err := s.forChanging(ctx, by, docID); err != nil {
		return Letter{}, err
	}
	reminder, err := s.Repository.Reminder(ctx, docID, id)
	if err != nil {
		return Letter{}, err
	}
	if reminder.EmailID == 0 {
		return Letter{}, emails.ErrEmailNotFound
	}
	if _, err := do(ctx, by, reminder.EmailID); err != nil {
		return Letter{}, err
	}
	return s.letter(ctx, docID, id)
}

func (s Service) letter(ctx context.Context, docID string, id int64) (Letter, error) {
	reminder, err := s.Repository.Reminder(ctx, docID, id)
	if err != nil || reminder.EmailID == 0 {
		return Letter{Reminder: reminder}, err
	}
	details, err := s.Desk.Email(ctx, reminder.EmailID)
	if errors.Is(err, emails.ErrEmailNotFound) {
		return Letter{Reminder: reminder}, nil
	}
	return Letter{Reminder: reminder, Email: &details}, err
}
