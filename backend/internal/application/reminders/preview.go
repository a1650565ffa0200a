package reminders

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/application/emails"
	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
)

// What a preview shows where there is nothing yet.
const (
	exampleSigned  = 12
	exampleOverdue = 24 * time.Hour
)

// PreviewInput says which email to show.
type PreviewInput struct {
	Email  string              // as to whom; "": somebody who is missing, or else the caller
	Locale domain.Locale       // "": the recipient's, or else the caller's
	Kind   domain.ReminderKind // "": as the deadline has it
}

// Shown is an email as somebody would get it.
type Shown struct {
	To     domain.Email
	Locale domain.Locale
	emails.Content
}

// Preview shows an email before it is sent, also where none can be.
func (s Service) Preview(ctx context.Context, by domain.User, docID string, in PreviewInput) (Shown, error) {
	document, err := s.forReading(ctx, by, docID)
	if err != nil {
		return Shown{}, err
	}
	missing, err := s.Repository.Missing(ctx, docID, recently(s.now()))
	if err != nil {
		return Shown{}, err
	}
	message, err := s.example(ctx, by, document, missing, in)
	if err != nil {
		return Shown{}, err
	}
	message.Locale = or(in.Locale, message.Locale)
	content, err := s.Mails.Preview(message)
	return Shown{To: message.To, Locale: message.Locale, Content: content}, err
}

// example is the message of a preview.
func (s Service) example(
	ctx context.Context, by domain.User, document domain.Document, missing []Person, in PreviewInput,
) (domain.Message, error) {
	caller := Person{Email: by.Email, Name: by.Name, Locale: by.Locale}
	switch in.Kind {
	case domain.KindEscalation:
		schedule, _, err := s.Repository.Schedule(ctx, document.ID)
		if schedule.ManagerEmail != "" {
			caller = s.manager(ctx, schedule, document)
		}
		return s.escalation(document, caller, exampleLate(missing, s.now()), by.Locale), err
	case domain.KindCompleted:
		signed := document.Signatures
		if signed == 0 {
			signed = exampleSigned
		}
		return s.completed(Completion{DocID: document.ID, Title: document.Title, Signed: signed, Revision: document.MaterialRevision, Author: by}), nil
	}
	p, err := s.recipient(ctx, document.ID, in.Email, missing, caller)
	if err != nil {
		return domain.Message{}, err
	}
	if in.Kind == domain.KindOverdue && (p.DueAt.IsZero() || p.DueAt.After(s.now())) {
		p.DueAt = s.now().Add(-exampleOverdue)
	}
	if in.Kind == "" {
		return s.reminder(document, p, by.Locale, by.Name), nil
	}
	return s.asking(in.Kind, document, p, by.Locale, by.Name), nil
}

// exampleLate are of those who are missing, and not muted, those who are late; where nobody is yet, all of them.
func exampleLate(missing []Person, now time.Time) []Person {
	var heard, late []Person
	for _, p := range missing {
		if p.Muted {
			continue
		}
		heard = append(heard, p)
		if !p.DueAt.IsZero() && p.DueAt.Before(now) {
			late = append(late, p)
		}
	}
	if len(late) > 0 {
		return late
	}
	return heard
}

// recipient is the person with an address, somebody who is missing, or else the caller.
func (s Service) recipient(ctx context.Context, docID, address string, missing []Person, caller Person) (Person, error) {
	if address == "" {
		if len(missing) == 0 {
			return caller, nil
		}
		return missing[0], nil
	}
	email, _, err := signers.ParseAddress(address)
	if err != nil {
		return Person{}, err
	}
	people, err := s.Repository.People(ctx, docID, recently(s.now()), []domain.Email{email})
	if err != nil || len(people) == 0 {
		return Person{Email: email}, err
	}
	return people[0], nil
}
