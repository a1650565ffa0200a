package postgres

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Explain tells a table or column that is gone, which is a finding, from a database that does not answer, which is none.
func (l Ledger) Explain(err error) error {
	switch sqlState(err) {
	case "42P01", "42703", "42883":
		return audit.Found("guard.table", "a table, column or function that holds the proof is gone: %s", pgMessage(err))
	}
	if isNoRows(err) {
		return audit.Found("guard.table", "a row without which there is no ledger is gone")
	}
	return err
}

// Size is the number of entries that the newest checkpoint covers.
func (l Ledger) Size(ctx context.Context) (int64, error) {
	size, err := l.queries().LedgerSize(ctx)
	return size, translate(err)
}

// Entries returns entries as they are stored, each beside the signature row made of it.
func (l Ledger) Entries(ctx context.Context, first, past int64) ([]audit.StoredEntry, error) {
	rows, err := l.queries().AuditEntries(ctx, sqlcgen.AuditEntriesParams{First: first, Past: past})
	if err != nil {
		return nil, translate(err)
	}
	entries := make([]audit.StoredEntry, len(rows))
	for i := range rows {
		r := &rows[i]
		entries[i] = audit.StoredEntry{
			Seq: r.Seq, Type: r.Type, Payload: r.Payload, PayloadHash: r.PayloadHash, Nonce: r.Nonce, KeyID: r.KeyID,
			Signature: r.Signature, PrevHash: r.PrevHash, EntryHash: r.EntryHash, CreatedAt: r.CreatedAt,
		}
		if r.SignatureID != nil {
			entries[i].Row = storedSignature(r)
		}
	}
	return entries, nil
}

func storedSignature(r *sqlcgen.AuditEntriesRow) *audit.StoredSignature {
	var content *audit.Content
	if r.Title != nil {
		content = &audit.Content{Title: *r.Title, URL: orEmpty(r.Url), Checksum: orEmpty(r.Checksum), Algorithm: orEmpty(r.ChecksumAlgorithm)}
	}
	return &audit.StoredSignature{
		Content: content,
		DocID:   orEmpty(r.DocID), Revision: int(orEmpty(r.Revision)), User: orEmpty(r.UserSub), Email: r.UserEmail, Name: orEmpty(r.UserName),
		SignedAt: orEmpty(r.SignedAt), CreatedAt: orEmpty(r.RowCreatedAt), PayloadHash: orEmpty(r.RowPayloadHash),
		Signature: orEmpty(r.RowSignature), Nonce: orEmpty(r.RowNonce), PrevHash: orEmpty(r.RowPrevHash), Referer: orEmpty(r.Referer),
	}
}

// Revisions returns the readable rows of revisions, by the position of their entries.
func (l Ledger) Revisions(ctx context.Context, first, past int64) ([]domain.Revision, error) {
	rows, err := l.queries().AuditRevisions(ctx, sqlcgen.AuditRevisionsParams{First: first, Past: past})
	return mapAll(rows, revision), translate(err)
}

// Checkpoints returns those of the batches that end after first and not beyond past.
func (l Ledger) Checkpoints(ctx context.Context, first, past int64) ([]audit.StoredCheckpoint, error) {
	rows, err := l.queries().AuditCheckpoints(ctx, sqlcgen.AuditCheckpointsParams{First: first, Past: past})
	return mapAll(rows, func(r sqlcgen.AuditCheckpointsRow) audit.StoredCheckpoint {
		return audit.StoredCheckpoint{Size: r.Size, Root: r.Root, Note: []byte(r.Note)}
	}), translate(err)
}

// NodeRange returns the stored hashes from id first to before past; those of wrong length are left out.
func (l Ledger) NodeRange(ctx context.Context, first, past int64) ([]tlog.Hash, error) {
	rows, err := l.queries().AuditNodes(ctx, sqlcgen.AuditNodesParams{First: first, Past: past})
	hashes := make([]tlog.Hash, 0, len(rows))
	for _, row := range rows {
		if len(row) == tlog.HashSize {
			hashes = append(hashes, tlog.Hash(row))
		}
	}
	return hashes, translate(err)
}

// Events returns the entries that say something about other entries or about keys.
func (l Ledger) Events(ctx context.Context) ([]audit.StoredEvent, error) {
	rows, err := l.queries().Events(ctx)
	return mapAll(rows, func(r sqlcgen.EventsRow) audit.StoredEvent {
		return audit.StoredEvent{Seq: r.Seq, Type: r.Type, Payload: r.Payload, Signature: r.Signature}
	}), translate(err)
}

// Strays looks for rows that no entry accounts for, and for nonces used twice.
func (l Ledger) Strays(ctx context.Context) (finding *audit.Finding, err error) {
	err = l.withoutTimeout(ctx, func(q *sqlcgen.Queries) error {
		for _, look := range []struct {
			find         func(context.Context) (int64, error)
			code, detail string
		}{
			{q.SignatureWithoutEntry, "signature.stray", "there is a signature row for an entry that is not there, or not a signature"},
			{q.RevisionWithoutEntry, "revision.stray", "there is a row of a document's revision for an entry that is not there, or not a revision"},
			{func(ctx context.Context) (int64, error) {
				seq, err := q.DocumentUnlikeItsRevision(ctx)
				return seqOrNone(seq), err
			}, "document.column", "a row of documents does not say what its revision's entry fixed"},
			{q.DocumentUnlikeItsRemoval, "document.column", "a document is there or deleted, and its entries say otherwise"},
			{q.SignerUnlikeItsEntry, "signer.column", "a row of expected_signers does not say what the newest entry about it does, or is gone"},
			{q.RepeatedNonce, "entry.nonce", "its nonce was used before"},
			{func(ctx context.Context) (int64, error) {
				_, err := q.WrongSignatureCount(ctx)
				return -1, err
			}, "document.column", "the number of signatures that is shown of a document is not how many there are"},
			{func(ctx context.Context) (int64, error) {
				_, err := q.WrongSignerCount(ctx)
				return -1, err
			}, "signer.column", "the number of people that is shown of a document is not how many there are"},
		} {
			seq, err := look.find(ctx)
			if isNoRows(err) {
				continue
			}
			if err == nil {
				finding = &audit.Finding{Code: look.code, Seq: seq, Detail: look.detail}
			}
			return err
		}
		return nil
	})
	return finding, err
}

// seqOrNone is -1 for no position.
func seqOrNone(seq *int64) int64 {
	if seq == nil {
		return -1
	}
	return *seq
}
