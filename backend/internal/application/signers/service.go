// Package signers is who is asked to sign which document, until when, and who has.
package signers

import (
	"context"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

// MaxPeople is how many people are asked at once at most.
const MaxPeople = 10_000

// Documents finds what is to be signed.
type Documents interface {
	// Document fails with domain.ErrDocumentNotFound.
	Document(ctx context.Context, id string) (domain.Document, error)
}

// Repository keeps who is asked.
type Repository interface {
	// ByEmail are the rows there are for people and documents, in no order.
	ByEmail(ctx context.Context, docIDs []string, emails []domain.Email) ([]domain.ExpectedSigner, error)
	// Followers are those who are asked and have no deadline of their own, up to a limit.
	Followers(ctx context.Context, docID string, limit int) ([]domain.ExpectedSigner, error)
	// MissingOf are those who were asked with a group, have not signed, and are in no other group that was asked.
	MissingOf(ctx context.Context, docID, groupID string) ([]domain.ExpectedSigner, error)
	// List is a page of people, as a filter wants them.
	List(ctx context.Context, d domain.Document, f Filter, page domain.PageRequest) (domain.Page[Listed], error)
	// One is a person of a document; it fails with domain.ErrSignerNotFound.
	One(ctx context.Context, d domain.Document, email domain.Email, now time.Time) (Listed, error)
	// Status counts, the days as they are somewhere; what is overdue depends on now.
	Status(ctx context.Context, docID string, now time.Time, in *time.Location) (Status, error)
	// Expected lists what somebody is asked to sign and has not, what is due first.
	Expected(ctx context.Context, email domain.Email, page domain.PageRequest) (domain.Page[Expected], int, error)
	// Write makes a change that needs no entries. It fails with domain.ErrRosterConflict.
	Write(ctx context.Context, roster domain.Roster, out domain.Outbox) error
}

// Groups keeps named lists of people.
type Groups interface {
	// Group fails with domain.ErrGroupNotFound.
	Group(ctx context.Context, id string) (domain.Group, error)
	// List holds groups by name.
	List(ctx context.Context, page domain.PageRequest) (domain.Page[domain.Group], error)
	// Add and Rename fail with domain.ErrGroupExists.
	Add(ctx context.Context, g domain.Group, out domain.Outbox) error
	// Rename and Delete fail with domain.ErrGroupNotFound.
	Rename(ctx context.Context, id, name string, out domain.Outbox) error
	Delete(ctx context.Context, id string, out domain.Outbox) error
	// Members lists them by address.
	Members(ctx context.Context, id string, page domain.PageRequest) (domain.Page[domain.Member], error)
	AllMembers(ctx context.Context, id string) ([]domain.Member, error)
	// Among are those of the people who are in a group.
	Among(ctx context.Context, id string, emails []domain.Email) ([]domain.Email, error)
	// RemoveMember fails with domain.ErrMemberNotFound.
	RemoveMember(ctx context.Context, id string, email domain.Email, out domain.Outbox) error
	// OfDocument are the groups that were asked as a whole, by name.
	OfDocument(ctx context.Context, docID string) ([]domain.DocumentGroup, error)
	// Listings are the documents that a group was added to and that are there, by id.
	Listings(ctx context.Context, id string) ([]Listing, error)
}

// Listing is a document that a group was added to.
type Listing struct {
	Document   domain.Document // id, title and deadline
	JoinerDays int
}

// Signatures lists who has signed.
type Signatures interface {
	// OfDocument lists the newest first.
	OfDocument(ctx context.Context, docID, userID string, page domain.PageRequest) (domain.Page[domain.Signature], error)
}

// Ledger records who was asked and who no longer is.
type Ledger interface {
	AppendRoster(
		ctx context.Context, asked, withdrawn []domain.Expectation, effects func(asked, withdrawn []domain.Entry) domain.Effects,
	) error
}

// Service asks people to sign, and tells how far they are.
type Service struct {
	Documents  Documents
	Repository Repository
	Groups     Groups
	Signatures Signatures
	Ledger     Ledger
	Creators   domain.Creators
	Zone       *time.Location // of the organisation: its days are those of deadlines and of the timeline
	Clock      func() time.Time
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// managed returns a document whose signers the person may see; a deleted one too.
func (s Service) managed(ctx context.Context, by domain.User, docID string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, docID)
	if err == nil && !document.ManagedBy(by) {
		err = domain.ErrEditForbidden
	}
	return document, err
}

// editable returns a document whose signers the person may change.
func (s Service) editable(ctx context.Context, by domain.User, docID string) (domain.Document, error) {
	document, err := s.Documents.Document(ctx, docID)
	switch {
	case err != nil:
		return document, err
	case !document.EditableBy(by, s.Creators):
		return document, domain.ErrEditForbidden
	}
	return document, document.Readable()
}

// rounds is how often a change is made anew because somebody else was faster.
const rounds = 10

// insist makes a change anew, of what is there by then, as long as somebody else is faster.
func insist(change func() error) (err error) {
	for range rounds {
		if err = change(); !errors.Is(err, domain.ErrRosterConflict) {
			return err
		}
	}
	return err
}

// commit writes a change with its entries; note makes the lines of the audit trail for its time.
func (s Service) commit(ctx context.Context, r domain.Roster, note func(at time.Time) []domain.AuditEvent) error {
	asked, withdrawn := r.Expectations()
	if len(asked)+len(withdrawn) == 0 {
		r.At = s.now()
		return s.Repository.Write(ctx, r, domain.Note(note(r.At)...))
	}
	return s.Ledger.AppendRoster(ctx, asked, withdrawn, func(in, out []domain.Entry) domain.Effects {
		sealed := r.Sealed(append(in[:len(in):len(in)], out...)[0])
		return domain.Effects{Rosters: []domain.Roster{sealed}, Audit: note(sealed.At)}
	})
}
