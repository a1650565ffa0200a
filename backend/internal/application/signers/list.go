package signers

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// The lists of people.
const (
	ListExpected   = "expected"
	ListSigned     = "signed"
	ListMissing    = "missing" // those who are overdue too
	ListOverdue    = "overdue"
	ListWithdrawn  = "withdrawn"
	ListUnexpected = "unexpected"
	ListAll        = "all" // everybody who is or was asked
)

// Filter says which people a list holds, and in which order.
type Filter struct {
	List string
	Sort string    // email, name, dueAt, -addedAt or -signedAt
	Now  time.Time // decides what is overdue
}

// Listed is somebody in a list.
type Listed struct {
	domain.ExpectedSigner
	State        domain.SignerState
	Deadline     time.Time // their own or the document's; zero: none
	AddedByName  string    // "" when erased, or unexpected
	Group        string    // name; "": none
	Reminders    int       // how many were sent
	LastReminder *Reminder
}

// Reminder is what became of an email that reminded somebody.
type Reminder struct {
	ID        int64
	Template  string
	Status    string
	QueuedAt  time.Time
	SentAt    time.Time // zero when it was not sent
	By        string    // name of who sent it; "" when erased, or by the schedule
	Automatic bool
	Error     string
	EmailID   int64 // 0 when it is no longer in the queue
}

// List is a page of people; of those who were not asked, by when they signed unless by address.
func (s Service) List(ctx context.Context, by domain.User, docID string, f Filter, page domain.PageRequest) (domain.Page[Listed], error) {
	document, err := s.managed(ctx, by, docID)
	if err != nil {
		return domain.Page[Listed]{}, err
	}
	f.Now = s.now()
	if f.List == ListUnexpected && f.Sort != "email" {
		f.Sort = "-signedAt"
	}
	return s.Repository.List(ctx, document, f, page)
}

// exported is how many people or signatures an export reads at once.
const exported = 100

// Export hands everybody who is or was asked to fn, by address, without holding them all.
func (s Service) Export(ctx context.Context, by domain.User, docID string, fn func([]Listed) error) error {
	document, err := s.managed(ctx, by, docID)
	if err != nil {
		return err
	}
	filter := Filter{List: ListAll, Sort: "email", Now: s.now()}
	return each(fn, func(page domain.PageRequest) (domain.Page[Listed], error) {
		return s.Repository.List(ctx, document, filter, page)
	})
}

// ExportSignatures hands every signature of a document to fn, the newest first, without holding them all.
func (s Service) ExportSignatures(ctx context.Context, by domain.User, docID string, fn func([]domain.Signature) error) error {
	if _, err := s.managed(ctx, by, docID); err != nil {
		return err
	}
	return each(fn, func(page domain.PageRequest) (domain.Page[domain.Signature], error) {
		return s.Signatures.OfDocument(ctx, docID, "", page)
	})
}

// each reads a list page by page.
func each[T any](fn func([]T) error, read func(domain.PageRequest) (domain.Page[T], error)) error {
	page := domain.PageRequest{Limit: exported}
	for {
		found, err := read(page)
		if err != nil {
			return err
		}
		if err := fn(found.Items); err != nil {
			return err
		}
		if page.Cursor = found.NextCursor; page.Cursor == "" {
			return nil
		}
	}
}
