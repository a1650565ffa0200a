package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Ledger keeps entries, nodes, checkpoints and keys.
type Ledger struct{ DB }

// Tail reads the end of the ledger.
func (l Ledger) Tail(ctx context.Context) (tail ledger.Tail, err error) {
	err = pgx.BeginTxFunc(ctx, l.Pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		tail, err = readTail(ctx, sqlcgen.New(tx))
		return err
	})
	return tail, translate(err)
}

// IsEmpty tells whether nothing was recorded yet.
func (l Ledger) IsEmpty(ctx context.Context) (bool, error) {
	empty, err := l.queries().LedgerIsEmpty(ctx)
	return empty, translate(err)
}

func readTail(ctx context.Context, q *sqlcgen.Queries) (tail ledger.Tail, err error) {
	defer domain.Wrap(&err, "read the end of the ledger")
	tail.Nodes = map[int64]tlog.Hash{}
	keys, err := q.CurrentKeys(ctx)
	if err != nil {
		return tail, err
	}
	for _, key := range keys {
		if key.Purpose == "statement" {
			tail.Statement = proof.Hash(key.KeyID)
		} else {
			tail.Ledger = proof.Hash(key.KeyID)
		}
		if key.NotBefore.After(tail.KeysSince) {
			tail.KeysSince = key.NotBefore.UTC()
		}
	}
	last, err := q.LastEntry(ctx)
	if isNoRows(err) {
		return tail, nil
	}
	if err != nil {
		return tail, err
	}
	if last.CheckpointSize == nil {
		return tail, domain.ErrInconsistent.Because(fmt.Errorf("entry %d has no checkpoint", last.Seq))
	}
	tail.Size, tail.LastHash, tail.LastAt = last.Seq+1, proof.Hash(last.EntryHash), last.CreatedAt.UTC()
	tail.Root = proof.Hash(last.CheckpointRoot)
	tail.Nodes, err = readNodes(ctx, q, ledger.Frontier(tail.Size))
	return tail, err
}

func readNodes(ctx context.Context, q *sqlcgen.Queries, ids []int64) (map[int64]tlog.Hash, error) {
	rows, err := q.Nodes(ctx, ids)
	if err != nil {
		return nil, err
	}
	nodes := make(map[int64]tlog.Hash, len(rows))
	for _, row := range rows {
		nodes[row.ID] = tlog.Hash(row.Hash)
	}
	return nodes, nil
}

// Append writes a batch or nothing.
func (l Ledger) Append(ctx context.Context, b ledger.Batch) error {
	conn, err := l.Pool.Acquire(ctx)
	if err != nil {
		return domain.ErrDatabase.Because(err)
	}
	defer conn.Release()
	return committing(conn.Conn(), func() error { return send(ctx, conn, b) })
}

// sender is a pool, or a transaction.
type sender interface {
	SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
}

// send writes a batch in one round trip; outside of a transaction that is one of its own.
func send(ctx context.Context, to sender, b ledger.Batch) error {
	batch, err := statements(b)
	if err != nil {
		return err
	}
	return appendError(to.SendBatch(ctx, batch).Close())
}

// appendError says which of the answers of ledger.Store a failure is.
func appendError(err error) error {
	if err == nil {
		return nil
	}
	if sqlState(err) == "22P02" { // of TakeTurn
		return domain.ErrClockSuspect.Because(err)
	}
	if sqlState(err) == "22012" { // of UnchangedDocument
		return domain.ErrRevisionConflict.Because(err)
	}
	if sqlState(err) == "2201F" { // of a change of who is asked
		return domain.ErrRosterConflict.Because(err)
	}
	switch constraint(err) {
	case "ledger_entries_current_key":
		return domain.ErrKeyRetired.Because(err)
	case "ledger_entries_pkey", "ledger_entries_prev_seq_prev_hash_fkey", "ledger_entries_seq_entry_hash_key",
		"ledger_nodes_pkey", "ledger_checkpoints_pkey":
		return fmt.Errorf("%w: %w", ledger.ErrTailMoved, err)
	case "signatures_doc_id_revision_user_sub_key":
		return fmt.Errorf("%w: %w", domain.ErrSignatureExists, err)
	case "signatures_current_revision":
		return domain.ErrRevisionOutdated.Because(err)
	case "signatures_document_deleted":
		return domain.ErrDocumentDeleted.Because(err)
	case "documents_pkey", "documents_reference_hash_key":
		return domain.ErrDocumentExists.Because(err)
	case "document_revisions_pkey":
		return domain.ErrRevisionConflict.Because(err)
	case "document_revisions_content_hash_fkey":
		return domain.ErrContentMissing.Because(err)
	case "expected_signers_doc_id_email_key", "expected_signers_group_id_fkey", "document_groups_pkey", "document_groups_group_id_fkey",
		"signer_group_members_pkey", "signer_group_members_group_id_fkey":
		return domain.ErrRosterConflict.Because(err)
	}
	if pgconn.SafeToRetry(err) {
		return domain.ErrDatabase.Because(err)
	}
	if isUnavailable(err) {
		return fmt.Errorf("%w: %w", ledger.ErrOutcomeUnknown, err)
	}
	return err
}

// AppendInTurn waits until nobody else is appending, then writes what build makes of the tail.
func (l Ledger) AppendInTurn(
	ctx context.Context, nonces [][]byte, build func(ledger.Tail) (ledger.Batch, error),
) (already bool, err error) {
	conn, err := l.Pool.Acquire(ctx) // and kept beyond the commit, which would give it back were it the pool's transaction
	if err != nil {
		return false, domain.ErrDatabase.Because(err)
	}
	defer conn.Release()
	tx, err := conn.Begin(ctx)
	if err != nil {
		return false, domain.ErrDatabase.Because(err)
	}
	defer func() { err = errors.Join(err, rollback(tx)) }()
	q := sqlcgen.New(tx)
	if err := q.Wait(ctx); err != nil {
		return false, translate(err)
	}
	if len(nonces) > 0 {
		there, err := q.CountNonces(ctx, nonces)
		if err != nil || there > 0 {
			return there > 0, translate(err)
		}
	}
	tail, err := readTail(ctx, q)
	if err != nil {
		return false, translate(err)
	}
	b, err := build(tail)
	if err != nil {
		return false, err
	}
	if err := send(ctx, tx, b); err != nil {
		return false, err
	}
	return false, committing(conn.Conn(), func() error { return appendError(tx.Commit(ctx)) })
}

// rollback ends a transaction that may have ended already.
func rollback(tx pgx.Tx) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := tx.Rollback(ctx); err != nil && !errors.Is(err, pgx.ErrTxClosed) && !isUnavailable(err) {
		return err
	}
	return nil
}

// Entry fails with domain.ErrSignatureNotFound when there is no entry at that place.
func (l Ledger) Entry(ctx context.Context, seq int64) (domain.Entry, error) {
	row, err := l.queries().Entry(ctx, seq)
	if err != nil {
		return domain.Entry{}, found(err, domain.ErrSignatureNotFound)
	}
	return domain.Entry{
		Entry: proof.Entry{
			Seq: row.Seq, PrevHash: proof.Hash(row.PrevHash), PayloadHash: proof.Hash(row.PayloadHash),
			KeyID: proof.Hash(row.KeyID), Signature: [64]byte(row.Signature),
		},
		Type: row.Type, Payload: row.Payload, Hash: proof.Hash(row.EntryHash),
	}, nil
}

// CheckpointOf returns size and note of the checkpoint that an entry's batch made.
func (l Ledger) CheckpointOf(ctx context.Context, seq int64) (int64, []byte, error) {
	row, err := l.queries().CheckpointCovering(ctx, seq)
	return row.Size, []byte(row.Note), found(err, domain.ErrLedgerEmpty)
}

// NewestCheckpoint fails with domain.ErrLedgerEmpty.
func (l Ledger) NewestCheckpoint(ctx context.Context) ([]byte, error) {
	note, err := l.queries().NewestCheckpoint(ctx)
	return []byte(note), found(err, domain.ErrLedgerEmpty)
}

// Nodes returns the stored hashes that are there.
func (l Ledger) Nodes(ctx context.Context, ids []int64) (map[int64]tlog.Hash, error) {
	nodes, err := readNodes(ctx, l.queries(), ids)
	return nodes, translate(err)
}
