package signers

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Withdraw no longer asks somebody; who was withdrawn before stays so. It fails with domain.ErrSignerNotFound.
func (s Service) Withdraw(ctx context.Context, by domain.User, docID, address string) error {
	return insist(func() error {
		document, row, err := s.signer(ctx, by, docID, address)
		if err != nil || !row.Asked() {
			return err
		}
		return s.withdraw(ctx, by, document, domain.Roster{By: by.ID}, []domain.ExpectedSigner{row})
	})
}

// withdraw lets a change no longer ask people, and writes it.
func (s Service) withdraw(ctx context.Context, by domain.User, d domain.Document, r domain.Roster, people []domain.ExpectedSigner, also ...domain.AuditEvent) error {
	r.Documents, r.Seen, r.Withdrawn = []domain.Document{d}, people, people
	return s.commit(ctx, r, func(at time.Time) []domain.AuditEvent {
		var events []domain.AuditEvent
		for _, event := range also {
			event.At = at
			events = append(events, event)
		}
		if len(people) > 0 {
			events = append(events, countOn(domain.Act(ctx, at, domain.ActSignersWithdrawn, &by), d, len(people)))
		}
		return events
	})
}

// signer is the row of somebody whom a person may change; it may be withdrawn.
func (s Service) signer(ctx context.Context, by domain.User, docID, address string) (domain.Document, domain.ExpectedSigner, error) {
	document, err := s.editable(ctx, by, docID)
	if err != nil {
		return document, domain.ExpectedSigner{}, err
	}
	email, _, err := ParseAddress(address)
	if err != nil {
		return document, domain.ExpectedSigner{}, domain.ErrSignerNotFound
	}
	rows, err := s.Repository.ByEmail(ctx, []string{docID}, []domain.Email{email})
	if err == nil && len(rows) == 0 {
		err = domain.ErrSignerNotFound
	}
	if err != nil {
		return document, domain.ExpectedSigner{}, err
	}
	return document, rows[0], nil
}
