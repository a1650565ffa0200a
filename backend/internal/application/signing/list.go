package signing

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Mine lists a person's own acknowledgements, the newest first.
func (s Service) Mine(ctx context.Context, by domain.User, page domain.PageRequest) (domain.Page[domain.Signature], error) {
	return s.Signatures.OfUser(ctx, by.ID, page)
}

// OfDocument lists who has signed a document: everyone for those who manage it, otherwise only the caller.
func (s Service) OfDocument(
	ctx context.Context, by domain.User, docID string, page domain.PageRequest,
) (domain.Page[domain.Signature], error) {
	document, err := s.Documents.Document(ctx, docID)
	if err != nil {
		return domain.Page[domain.Signature]{}, err
	}
	only := by.ID
	if document.ManagedBy(by) {
		only = ""
	}
	return s.Signatures.OfDocument(ctx, document.ID, only, page)
}
