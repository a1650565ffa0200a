package signing

import (
	"context"

	"github.com/ackify/ackify/backend/internal/domain"
)

// Receipt returns the receipt of a signature and the signature itself; a stranger's is not found.
func (s Service) Receipt(ctx context.Context, by domain.User, id int64) ([]byte, domain.Signature, error) {
	signature, err := s.Signatures.ByID(ctx, id)
	if err != nil {
		return nil, domain.Signature{}, err
	}
	if !signature.ReadableBy(by) {
		return nil, domain.Signature{}, domain.ErrSignatureNotFound
	}
	receipt, err := s.Receipts.Receipt(ctx, signature.Seq)
	return receipt, signature, err
}
