package postgres

import (
	"context"
	"math"
	"time"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Remotes keeps what is known of documents' addresses.
type Remotes struct{ DB }

// Remote returns what is known of a document's address; where nothing is, it is unchecked.
func (r Remotes) Remote(ctx context.Context, docID string) (domain.Remote, error) {
	row, err := r.queries().GetRemote(ctx, docID)
	if isNoRows(err) {
		return domain.Remote{DocID: docID, State: domain.RemoteUnchecked}, nil
	}
	return remote(row), translate(err)
}

func remote(row sqlcgen.DocumentRemote) domain.Remote {
	return domain.Remote{
		DocID: row.DocID, State: domain.RemoteOutcome(row.State), Problem: row.Problem, FoundChecksum: row.FoundChecksum,
		Recheck: row.Recheck, CheckedAt: timeOrZero(row.CheckedAt), NextCheckAt: row.NextCheckAt.UTC(),
	}
}

// SetRecheck says whether an address is looked at again by itself.
func (r Remotes) SetRecheck(ctx context.Context, docID string, recheck bool, next time.Time, out domain.Outbox) error {
	return r.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.SetRecheck(ctx, sqlcgen.SetRecheckParams{DocID: docID, Recheck: recheck, Next: next}); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// Record writes what a look found, and returns the verification with its id.
func (r Remotes) Record(ctx context.Context, v domain.Verification, now domain.Remote, out domain.Outbox) (domain.Verification, error) {
	err := r.inTx(ctx, func(q *sqlcgen.Queries) (err error) {
		if v, err = addVerification(ctx, q, v); err != nil {
			return err
		}
		current, err := q.RecordRemote(ctx, sqlcgen.RecordRemoteParams{
			DocID: now.DocID, State: string(now.State), Problem: now.Problem, FoundChecksum: now.FoundChecksum, CheckedAt: now.CheckedAt,
			Next: now.NextCheckAt, Revision: int32(v.Revision), //nolint:gosec // revisions are small
		})
		if err != nil || current == 0 {
			return err
		}
		return post(ctx, q, out)
	})
	return v, err
}

// Due claims documents whose address is to be looked at again, until the lease ends.
func (r Remotes) Due(ctx context.Context, now, lease time.Time, limit int) (due []domain.Document, err error) {
	ids, err := r.queries().ClaimRemotes(ctx, sqlcgen.ClaimRemotesParams{Now: now, Lease: lease, MaxRows: int32(limit)}) //nolint:gosec // a handful
	if err != nil {
		return nil, translate(err)
	}
	for _, id := range ids {
		document, err := Documents(r).Document(ctx, id)
		if err != nil {
			return due, err
		}
		due = append(due, document)
	}
	return due, nil
}

// Prune forgets scheduled verifications that found nothing, older than before.
func (r Remotes) Prune(ctx context.Context, before time.Time) (int64, error) {
	pruned, err := r.queries().PruneVerifications(ctx, before)
	return pruned, translate(err)
}

// Verifications keeps comparisons of files with documents.
type Verifications struct{ DB }

// Add returns the verification with its id.
func (s Verifications) Add(ctx context.Context, v domain.Verification) (domain.Verification, error) {
	v, err := addVerification(ctx, s.queries(), v)
	return v, translate(err)
}

func addVerification(ctx context.Context, q *sqlcgen.Queries, v domain.Verification) (_ domain.Verification, err error) {
	v.ID, err = q.AddVerification(ctx, sqlcgen.AddVerificationParams{
		DocID: v.DocID, Revision: int32(v.Revision), Source: string(v.Source), VerifiedBy: v.VerifiedBy, VerifiedAt: v.VerifiedAt, //nolint:gosec // small
		StoredChecksum: v.Stored.Hex, CalculatedChecksum: v.Calculated, Algorithm: v.Stored.Algorithm, IsValid: v.Valid, ErrorMessage: v.Problem,
	})
	return v, err
}

// List holds a document's verifications, the newest first; with a user id only that person's.
func (s Verifications) List(ctx context.Context, docID, userID string, page domain.PageRequest) (domain.Page[domain.Verification], error) {
	after := numberCursor{Number: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Verification]{}, err
	}
	rows, err := s.queries().ListVerifications(ctx, sqlcgen.ListVerificationsParams{
		DocID: docID, UserID: userID, Before: after.Number, MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, func(r sqlcgen.ListVerificationsRow) domain.Verification {
		v := r.ChecksumVerification
		return domain.Verification{
			ID: v.ID, DocID: v.DocID, Revision: int(v.Revision), Source: domain.VerificationSource(v.Source), VerifiedAt: v.VerifiedAt.UTC(),
			VerifiedBy: v.VerifiedBy, VerifierName: r.Verifier, Stored: domain.Checksum{Algorithm: v.Algorithm, Hex: v.StoredChecksum},
			Calculated: v.CalculatedChecksum, Valid: v.IsValid, Problem: orEmpty(v.ErrorMessage),
		}
	}), page.Limit, func(v domain.Verification) any { return numberCursor{v.ID} }), translate(err)
}

// StoredFiles knows which files are stored, and which of them a revision needs.
type StoredFiles struct{ DB }

// Use notes that a file is stored or about to be. It fails with contents.ErrBeingDeleted.
func (s StoredFiles) Use(ctx context.Context, hash proof.Hash, size int64, now time.Time) error {
	noted, err := s.queries().UseStoredFile(ctx, sqlcgen.UseStoredFileParams{Hash: hash[:], Size: size, Now: now})
	if err == nil && noted == 0 {
		return contents.ErrBeingDeleted
	}
	return translate(err)
}

// Condemn claims files for deletion that no revision needs and nobody used since.
func (s StoredFiles) Condemn(ctx context.Context, since, now, lease time.Time, limit int) ([]proof.Hash, error) {
	rows, err := s.queries().CondemnStoredFiles(ctx, sqlcgen.CondemnStoredFilesParams{
		Since: since, Now: now, Lease: lease, MaxRows: int32(limit), //nolint:gosec // a handful
	})
	return mapAll(rows, func(hash []byte) proof.Hash { return proof.Hash(hash) }), translate(err)
}

// Forget ends a claim: the file is gone.
func (s StoredFiles) Forget(ctx context.Context, hash proof.Hash) error {
	return translate(s.queries().ForgetStoredFile(ctx, hash[:]))
}
