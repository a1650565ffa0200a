// Package ledger appends statements to the hash-chained log, and reads receipts, keys and checkpoints from it.
package ledger

import (
	"context"
	"errors"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Tail is what the next entry is built on.
type Tail struct {
	Size      int64
	LastHash  proof.Hash // zero when the ledger is empty
	LastAt    time.Time
	Root      proof.Hash          // of the checkpoint at Size; zero when the ledger is empty
	Nodes     map[int64]tlog.Hash // the frontier; never nil
	Statement proof.Hash          // ids of the keys that are current in the database
	Ledger    proof.Hash
	KeysSince time.Time // start of their windows
}

// Node is one stored hash of the Merkle tree, numbered as tlog numbers it.
type Node struct {
	ID   int64
	Hash tlog.Hash
}

// Batch is everything that one transaction writes.
type Batch struct {
	Now     time.Time      // this server's clock
	Entries []domain.Entry // never empty
	Nodes   []Node         // in the order of their ids, without a gap
	Size    int64
	Root    proof.Hash
	Note    []byte
	Effects domain.Effects
}

// What Store answers besides the errors of domain.
var (
	// ErrTailMoved: another process has appended since the tail was read.
	ErrTailMoved = errors.New("the ledger has grown meanwhile")
	// ErrOutcomeUnknown: the connection was lost; the batch may or may not be there.
	ErrOutcomeUnknown = errors.New("connection lost before the commit was confirmed")
)

// Store keeps the ledger.
type Store interface {
	// Tail reads the end of the ledger.
	Tail(ctx context.Context) (Tail, error)
	// Append writes a batch or nothing. It fails with ErrTailMoved, ErrOutcomeUnknown, domain.ErrClockSuspect,
	// domain.ErrKeyRetired, domain.ErrDatabase, or the domain's error for a row that is there already.
	Append(ctx context.Context, b Batch) error
	// AppendInTurn waits until nobody else is appending, then writes the batch that build makes of the tail. When an
	// entry with one of the nonces is there already it writes nothing and answers true.
	AppendInTurn(ctx context.Context, nonces [][]byte, build func(Tail) (Batch, error)) (already bool, err error)
}

// Guard knows what was published, and keeps everybody from building on a ledger that does not continue it.
type Guard interface {
	// May fails with domain.ErrInconsistent while nothing may be appended.
	May() error
	// Trust checks a tail that was just read; it fails with domain.ErrInconsistent.
	Trust(ctx context.Context, tail Tail) error
	// Appended is told the checkpoint of each batch that arrived.
	Appended(note []byte)
}

// Reader answers questions about what was appended.
type Reader interface {
	Entry(ctx context.Context, seq int64) (domain.Entry, error)
	// CheckpointOf returns size and note of the checkpoint that an entry's batch made.
	CheckpointOf(ctx context.Context, seq int64) (size int64, note []byte, err error)
	// NewestCheckpoint fails with domain.ErrLedgerEmpty.
	NewestCheckpoint(ctx context.Context) ([]byte, error)
	Nodes(ctx context.Context, ids []int64) (map[int64]tlog.Hash, error)
	KeySet(ctx context.Context) (proof.KeySet, error)
}
