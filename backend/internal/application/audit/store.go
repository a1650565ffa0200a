// Package audit checks the ledger: every signature, link and position, the tree against every checkpoint, every readable column
// against what was signed, keys against their windows, erasures, what keeps the tables append-only, and the checkpoint file.
package audit

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// StoredEntry is one entry as the database has it, nothing in it believed, beside the signature row made of it.
type StoredEntry struct {
	Seq                                                                int64
	Type                                                               string
	Payload, PayloadHash, Nonce, KeyID, Signature, PrevHash, EntryHash []byte
	CreatedAt                                                          time.Time
	Row                                                                *StoredSignature // nil when there is none
}

// StoredSignature is a row of signatures as the database has it.
type StoredSignature struct {
	DocID, User, Email, Name, PayloadHash, Signature, Nonce, PrevHash, Referer string
	Revision                                                                   int
	Content                                                                    *Content // of the revision's row; nil when there is none
	SignedAt, CreatedAt                                                        time.Time
}

// Content is what a revision fixes.
type Content struct{ Title, URL, Checksum, Algorithm string }

// StoredCheckpoint is the checkpoint of a batch as the database has it.
type StoredCheckpoint struct {
	Size int64
	Root []byte
	Note []byte
}

// StoredEvent is an entry that says something about other entries or about keys.
type StoredEvent struct {
	Seq       int64
	Type      string
	Payload   []byte
	Signature []byte
}

// Store reads the ledger as it is. Ranges begin at first and end before past; answers are in order.
type Store interface {
	Size(ctx context.Context) (int64, error)
	KeySet(ctx context.Context) (proof.KeySet, error)
	Entries(ctx context.Context, first, past int64) ([]StoredEntry, error)
	Revisions(ctx context.Context, first, past int64) ([]domain.Revision, error)
	// Checkpoints returns those of the batches that end after first and not beyond past.
	Checkpoints(ctx context.Context, first, past int64) ([]StoredCheckpoint, error)
	// NodeRange returns the hashes from id first to before past.
	NodeRange(ctx context.Context, first, past int64) ([]tlog.Hash, error)
	Nodes(ctx context.Context, ids []int64) (map[int64]tlog.Hash, error)
	Events(ctx context.Context) ([]StoredEvent, error)
	// Strays looks for rows that no entry accounts for, and nonces used twice.
	Strays(ctx context.Context) (*Finding, error)
	// Explain turns an error that says that part of the ledger is gone into a *Finding, and leaves every other as it is.
	Explain(err error) error
	// Guards compares triggers, grants and constraints with what the migrations made.
	Guards(ctx context.Context) (*Finding, error)
}

// File is the checkpoint file: every note in it, the oldest first.
type File interface {
	Each(fn func(note []byte) error) error
}

// Finding is something wrong. It is the error of a ledger that is disproven.
type Finding struct {
	Code   string // stable and dotted, such as entry.signature
	Seq    int64  // the entry, or -1
	Detail string // one English line
}

func (f *Finding) Error() string {
	if f.Seq >= 0 {
		return fmt.Sprintf("entry %d: %s (%s)", f.Seq, f.Detail, f.Code)
	}
	return fmt.Sprintf("%s (%s)", f.Detail, f.Code)
}

func at(seq int64, code, format string, args ...any) *Finding {
	return &Finding{Code: code, Seq: seq, Detail: fmt.Sprintf(format, args...)}
}

// Found makes a finding that is at no entry.
func Found(code, format string, args ...any) *Finding { return at(-1, code, format, args...) }
