// Package documents is what there is to read.
package documents

import (
	"context"
	"io"
	"log/slog"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
)

// Repository keeps documents.
type Repository interface {
	// Document fails with domain.ErrDocumentNotFound.
	Document(ctx context.Context, id string) (domain.Document, error)
	// ByReference fails with domain.ErrDocumentNotFound.
	ByReference(ctx context.Context, ref domain.Reference) (domain.Document, error)
	List(ctx context.Context, filter Filter, page domain.PageRequest) (domain.Page[Listed], error)
	// Asked tells whether somebody is expected to sign a document.
	Asked(ctx context.Context, docID string, email domain.Email) (bool, error)
	// Expectation tells whether somebody is asked to sign a document; counted, also how many people are. "" is nobody.
	Expectation(ctx context.Context, docID string, email domain.Email, counted bool) (Expectation, error)
	// Update changes what needs no revision: the description and how it is read.
	Update(ctx context.Context, document domain.Document, out domain.Outbox) error
	// Revision is a document as one of its revisions fixed it; it fails with domain.ErrRevisionNotFound.
	Revision(ctx context.Context, docID string, revision int) (domain.Document, error)
	Revisions(ctx context.Context, docID string, page domain.PageRequest) (domain.Page[Revision], error)
}

// Remotes keeps what is known of documents' addresses.
type Remotes interface {
	// Remote returns what is known of a document's address; where nothing is, it is unchecked.
	Remote(ctx context.Context, docID string) (domain.Remote, error)
	SetRecheck(ctx context.Context, docID string, recheck bool, next time.Time, out domain.Outbox) error
	// Record writes what a look found, and returns the verification with its id. Of a document that has another revision by now, only the
	// verification is written.
	Record(ctx context.Context, verification domain.Verification, now domain.Remote, out domain.Outbox) (domain.Verification, error)
	// Due claims documents whose address is to be looked at again, until the lease ends.
	Due(ctx context.Context, now, lease time.Time, limit int) ([]domain.Document, error)
	// Prune forgets scheduled verifications that found nothing, older than before.
	Prune(ctx context.Context, before time.Time) (int64, error)
}

// Verifications keeps comparisons of files with documents.
type Verifications interface {
	Add(ctx context.Context, v domain.Verification) (domain.Verification, error)
	// List holds a document's verifications, the newest first; with a user id only that person's.
	List(ctx context.Context, docID, userID string, page domain.PageRequest) (domain.Page[domain.Verification], error)
}

// Contents takes in, keeps and shows what documents consist of.
type Contents interface {
	Receive(ctx context.Context, r io.Reader, fileName, claimed, algorithm string) (*contents.Found, error)
	Look(ctx context.Context, url, algorithm string) (*contents.Found, error)
	Keep(ctx context.Context, f *contents.Found) error
	Open(ctx context.Context, content domain.Content, checksum domain.Checksum) (contents.Blob, error)
	// Sum hashes a stored content with another algorithm.
	Sum(ctx context.Context, content domain.Content, checksum domain.Checksum, algorithm string) (domain.Checksum, error)
	Text(ctx context.Context, content domain.Content, checksum domain.Checksum) ([]byte, error)
	Page(ctx context.Context, content domain.Content, checksum domain.Checksum, title string) ([]byte, error)
	Compare(ctx context.Context, from, to domain.Content, old, recent []byte) (contents.Difference, error)
	Render(ctx context.Context, kind domain.ContentKind, text []byte, title string) ([]byte, error)
}

// Signatures says who has signed.
type Signatures interface {
	// Newest is a person's signature of the newest revision that they signed; it fails with domain.ErrSignatureNotFound.
	Newest(ctx context.Context, docID, userID string) (domain.Signature, error)
}

// Appender records statements in the ledger.
type Appender interface {
	Append(ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects) ([]domain.Entry, error)
}

// Users finds people.
type Users interface {
	// UserByID also returns the password's hash. It fails with domain.ErrUserNotFound.
	UserByID(ctx context.Context, id string) (domain.User, string, error)
}

// Mails writes emails.
type Mails interface {
	// Enabled tells whether there is a mail server.
	Enabled() bool
	Compose(m domain.Message) (domain.QueuedMail, error)
}

// Service creates, changes, finds and shows documents.
type Service struct {
	Documents     Repository
	Remotes       Remotes
	Verifications Verifications
	Contents      Contents
	Signatures    Signatures
	Users         Users
	Mails         Mails
	Ledger        Appender
	Creators      domain.Creators
	Access        domain.Access
	BaseURL       string
	Recheck       time.Duration // between looks at an address; 0: never by itself
	Clock         func() time.Time
	Logger        *slog.Logger
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// View is a document as one person sees it.
type View struct {
	domain.Document
	Managed  bool              // the person sees who has signed
	Editable bool              // the person may change and delete it
	Mine     *domain.Signature // the person's newest, while it counts
	Earlier  *domain.Signature // the person's newest, when everyone has to sign again
	Remote   *domain.Remote    // only when Managed, and there is an address
	Overdue  *int              // of the missing, whose deadline has passed; only in a list
	Expectation
}

// Expectation is who is asked to sign a document.
type Expectation struct {
	Expected int       // how many people are; only for those who manage the document
	Missing  int       // of these, who has not; likewise
	Asked    bool      // whether the person is
	DueAt    time.Time // until when the person is; zero without a deadline
}

// Listed is a document in a list, with what is known of its address, if it has one.
type Listed struct {
	domain.Document
	Expectation
	Remote  *domain.Remote
	Overdue int // of the missing, whose deadline has passed
}

// Filter says which documents a list holds, and in which order.
type Filter struct {
	Author string       // user id; "": everybody's
	Reader domain.Email // who reads the list; "": nobody who could have been asked
	Now    time.Time    // by which deadlines have passed
	State  string       // current, overdue, changed or deleted
	Source string       // url, file, reference; "": any
	Sort   string       // createdAt, updatedAt or title, after "-" the other way round
}

// Revision is one content that a document had.
type Revision struct {
	domain.Revision
	Author     string // name of who opened it; "" when erased
	Signatures int
}
