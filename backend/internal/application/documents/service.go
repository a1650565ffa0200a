// Package documents is what there is to read.
package documents

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Repository keeps documents.
type Repository interface {
	// Document fails with domain.ErrDocumentNotFound.
	Document(ctx context.Context, id string) (domain.Document, error)
	// ByReference fails with domain.ErrDocumentNotFound.
	ByReference(ctx context.Context, ref domain.Reference) (domain.Document, error)
	// List holds the documents of one author, or of all with author "".
	List(ctx context.Context, author string, page domain.PageRequest) (domain.Page[domain.Document], error)
}

// Signatures says who has signed.
type Signatures interface {
	// Find fails with domain.ErrSignatureNotFound.
	Find(ctx context.Context, docID string, revision int, userID string) (domain.Signature, error)
	// Count returns the number of signatures of each document that has any.
	Count(ctx context.Context, docIDs []string) (map[string]int, error)
}

// Appender records statements in the ledger.
type Appender interface {
	Append(ctx context.Context, drafts []domain.Draft, effects func([]domain.Entry) domain.Effects) ([]domain.Entry, error)
}

// Service creates and finds documents.
type Service struct {
	Documents  Repository
	Signatures Signatures
	Ledger     Appender
	Creators   domain.Creators
}

// View is a document as one person sees it.
type View struct {
	domain.Document
	Managed    bool              // the person sees who has signed
	Signatures int               // only when Managed
	Mine       *domain.Signature // of the current revision
}
