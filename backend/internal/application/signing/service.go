// Package signing is the acknowledgement of documents.
package signing

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Documents finds what is to be signed.
type Documents interface {
	// Document fails with domain.ErrDocumentNotFound.
	Document(ctx context.Context, id string) (domain.Document, error)
}

// Readers says who may read what.
type Readers interface {
	// ForReading fails with domain.ErrDocumentNotFound, ErrDocumentDeleted or ErrAccessForbidden.
	ForReading(ctx context.Context, by domain.User, id string) (domain.Document, error)
}

// Signatures finds what was signed.
type Signatures interface {
	// Newest is a person's signature of the newest revision that they signed; it fails with domain.ErrSignatureNotFound.
	Newest(ctx context.Context, docID, userID string) (domain.Signature, error)
	ByID(ctx context.Context, id int64) (domain.Signature, error)
	OfUser(ctx context.Context, userID string, page domain.PageRequest) (domain.Page[domain.Signature], error)
	// OfDocument lists everyone's signatures, or with a user id only that person's.
	OfDocument(ctx context.Context, docID, userID string, page domain.PageRequest) (domain.Page[domain.Signature], error)
}

// Appender records statements in the ledger.
type Appender interface {
	Append(ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects) ([]domain.Entry, error)
}

// Receipts makes the receipt of a ledger entry.
type Receipts interface {
	Receipt(ctx context.Context, seq int64) ([]byte, error)
}

// Certificates prints what a receipt says.
type Certificates interface {
	// Render returns a PDF with the receipt attached.
	Render(c domain.Certificate) ([]byte, error)
}

// Sentences knows the sentence a signer accepts, in each language.
type Sentences interface {
	Acknowledgement(locale domain.Locale) string
}

// Service signs, and shows what was signed.
type Service struct {
	Documents    Documents
	Readers      Readers
	Signatures   Signatures
	Ledger       Appender
	Receipts     Receipts
	Certificates Certificates
	Sentences    Sentences
}
