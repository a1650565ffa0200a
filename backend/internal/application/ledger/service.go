package ledger

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Service reads the ledger for those who want to check it.
type Service struct {
	Ledger Reader
}

// KeySet returns every key that was ever valid.
func (s Service) KeySet(ctx context.Context) (proof.KeySet, error) { return s.Ledger.KeySet(ctx) }

// Checkpoint returns the newest checkpoint, a signed note.
func (s Service) Checkpoint(ctx context.Context) ([]byte, error) {
	return s.Ledger.NewestCheckpoint(ctx)
}

// Newest is what the newest checkpoint says; it fails with domain.ErrLedgerEmpty.
func (s Service) Newest(ctx context.Context) (proof.Checkpoint, error) {
	note, err := s.Ledger.NewestCheckpoint(ctx)
	if err != nil {
		return proof.Checkpoint{}, err
	}
	return proof.ParseCheckpoint(note)
}

// Receipt returns the receipt of an entry against the checkpoint of its own batch: always the same bytes.
func (s Service) Receipt(ctx context.Context, seq int64) ([]byte, error) {
	entry, err := s.Ledger.Entry(ctx, seq)
	if err != nil {
		return nil, err
	}
	if entry.Payload == nil {
		return nil, domain.ErrSignatureErased
	}
	size, note, err := s.Ledger.CheckpointOf(ctx, seq)
	if err != nil {
		return nil, err
	}
	path, err := tlog.ProveRecord(size, seq, tlog.HashReaderFunc(func(ids []int64) ([]tlog.Hash, error) {
		found, err := s.Ledger.Nodes(ctx, ids)
		if err != nil {
			return nil, err
		}
		return nodes(found).ReadHashes(ids)
	}))
	if err != nil {
		return nil, fmt.Errorf("receipt of entry %d: %w", seq, err)
	}
	inclusion := make([]proof.Hash, len(path))
	for i, h := range path {
		inclusion[i] = proof.Hash(h)
	}
	return proof.BuildReceipt(entry.Payload, entry.KeyID, entry.Signature, seq, inclusion, note)
}
