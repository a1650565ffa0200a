package postgres

import (
	"context"
	"encoding/hex"
	"math"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Signatures finds what was signed; the ledger writes it.
type Signatures struct{ DB }

// Newest is a person's signature of the newest revision that they signed; it fails with domain.ErrSignatureNotFound.
func (s Signatures) Newest(ctx context.Context, docID, userID string) (domain.Signature, error) {
	row, err := s.queries().NewestSignature(ctx, sqlcgen.NewestSignatureParams{DocID: docID, UserSub: userID})
	return signature(row.Signature, row.EntryHash, row.DocTitle), found(err, domain.ErrSignatureNotFound)
}

// ByID fails with domain.ErrSignatureNotFound.
func (s Signatures) ByID(ctx context.Context, id int64) (domain.Signature, error) {
	row, err := s.queries().GetSignature(ctx, id)
	signed := signature(row.Signature, row.EntryHash, row.DocTitle)
	signed.DocAuthor = row.DocAuthor
	return signed, found(err, domain.ErrSignatureNotFound)
}

// seqCursor is a place in a list that is sorted by ledger position, the newest first.
type seqCursor struct {
	Seq int64 `json:"seq"`
}

// OfUser lists a person's own signatures.
func (s Signatures) OfUser(ctx context.Context, userID string, page domain.PageRequest) (domain.Page[domain.Signature], error) {
	after := seqCursor{Seq: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Signature]{}, err
	}
	rows, err := s.queries().ListSignaturesOfUser(ctx, sqlcgen.ListSignaturesOfUserParams{
		UserSub: userID, Before: after.Seq, Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	return signaturePage(mapAll(rows, func(r sqlcgen.ListSignaturesOfUserRow) domain.Signature {
		return signature(r.Signature, r.EntryHash, r.DocTitle)
	}), page), translate(err)
}

// OfDocument lists everyone's signatures of a document, or with a user id only that person's.
func (s Signatures) OfDocument(
	ctx context.Context, docID, userID string, page domain.PageRequest,
) (domain.Page[domain.Signature], error) {
	after := seqCursor{Seq: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Signature]{}, err
	}
	rows, err := s.queries().ListSignaturesOfDocument(ctx, sqlcgen.ListSignaturesOfDocumentParams{
		DocID: docID, UserSub: userID, Before: after.Seq, Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	return signaturePage(mapAll(rows, func(r sqlcgen.ListSignaturesOfDocumentRow) domain.Signature {
		return signature(r.Signature, r.EntryHash, r.DocTitle)
	}), page), translate(err)
}

func signaturePage(items []domain.Signature, page domain.PageRequest) domain.Page[domain.Signature] {
	return domain.NewPage(items, page.Limit, func(s domain.Signature) any { return seqCursor{Seq: s.Seq} })
}

func signature(row sqlcgen.Signature, entryHash []byte, title string) domain.Signature {
	return domain.Signature{
		ID: row.ID, Seq: row.Seq, DocID: row.DocID, DocTitle: title, Revision: int(row.Revision),
		UserID: row.UserSub, UserEmail: row.UserEmail, UserName: orEmpty(row.UserName), SignedAt: row.SignedAt.UTC(),
		PayloadHash: row.PayloadHash, Signature: row.Signature, Nonce: row.Nonce, PrevHash: orEmpty(row.PrevHash),
		EntryHash: hex.EncodeToString(entryHash), Referer: orEmpty(row.Referer),
	}
}
