package signers

import (
	"context"
	"maps"
	"slices"
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

// Withdrawn is what became of no longer asking several people.
type Withdrawn struct {
	Withdrawn int
	Unknown   []string // as given: addresses that nobody has who was ever asked
}

// WithdrawAll no longer asks several people, all at once; who was withdrawn before stays so.
func (s Service) WithdrawAll(ctx context.Context, by domain.User, docID string, addresses []string) (out Withdrawn, err error) {
	err = insist(func() error {
		document, err := s.editable(ctx, by, docID)
		if err != nil {
			return err
		}
		rows, unknown, err := s.rowsOf(ctx, docID, addresses)
		if err != nil {
			return err
		}
		asked := slices.DeleteFunc(rows, func(row domain.ExpectedSigner) bool { return !row.Asked() })
		out = Withdrawn{Withdrawn: len(asked), Unknown: unknown}
		if len(asked) == 0 {
			return nil
		}
		return s.withdraw(ctx, by, document, domain.Roster{By: by.ID}, asked)
	})
	return out, err
}

// rowsOf are the rows that there are of addresses, and those of them that have none.
func (s Service) rowsOf(ctx context.Context, docID string, addresses []string) (rows []domain.ExpectedSigner, unknown []string, err error) {
	given := make(map[domain.Email]string, len(addresses))
	for _, address := range addresses {
		email, _, err := ParseAddress(address)
		if err != nil {
			unknown = append(unknown, address)
			continue
		}
		given[email] = address
	}
	rows, err = s.Repository.ByEmail(ctx, []string{docID}, slices.Sorted(maps.Keys(given)))
	for _, row := range rows {
		delete(given, row.Email)
	}
	return rows, append(unknown, slices.Sorted(maps.Values(given))...), err
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
