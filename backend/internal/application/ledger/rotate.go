package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Rotation replaces the keys: what the old ones signed stays valid, and nothing new is signed with them.
type Rotation struct {
	Origin string
	Old    proof.Keys
	New    proof.Keys
	Clock  func() time.Time
}

// RotationStore writes a rotation.
type RotationStore interface {
	// Rotate waits until nobody else is appending and writes what build makes of the tail, two entries: after the first the current
	// keys are closed, at its time, and next are the current ones. It fails with domain.ErrKeyRetired when the first entry's key is
	// not the current one.
	Rotate(ctx context.Context, next proof.Keys, build func(Tail) (Batch, error)) error
}

// Errors of a rotation.
var (
	errSameKey  = errors.New("the new secret is the current one")
	errUsedKey  = errors.New("the new secret was this ledger's before; make one with `ackify keygen`")
	errNotEmpty = errors.New("the ledger has no entry yet: start the server with the new secret instead")
)

// Rotate makes the new keys the current ones. known are the keys that the ledger ever had.
func (r Rotation) Rotate(ctx context.Context, store RotationStore, known proof.KeySet) error {
	if err := r.New.SelfTest(); err != nil {
		return err
	}
	id := proof.KeyID(r.New.StatementPublic())
	if id == proof.KeyID(r.Old.StatementPublic()) {
		return errSameKey
	}
	if _, used := known.StatementKey(id); used {
		return errUsedKey
	}
	return store.Rotate(ctx, r.New, func(tail Tail) (Batch, error) {
		b, err := r.build(tail)
		return noted(ctx, b, domain.ActKeyRotated), err
	})
}

// build seals the entry that closes the old key and the one that opens the new, under a checkpoint by the new ledger key.
func (r Rotation) build(tail Tail) (Batch, error) {
	if tail.Size == 0 {
		return Batch{}, errNotEmpty
	}
	if tail.Statement != proof.KeyID(r.Old.StatementPublic()) || tail.Ledger != proof.KeyID(r.Old.LedgerPublic()) {
		return Batch{}, domain.ErrKeyRetired
	}
	a := (&Sequencer{Keys: r.Old, Origin: r.Origin, Clock: r.Clock}).assemble(tail)
	if err := a.add(r.request()); err != nil {
		return Batch{}, err
	}
	a.sequencer = &Sequencer{Keys: r.New, Origin: r.Origin, Clock: r.Clock}
	a.tail.Statement, a.tail.Ledger = proof.KeyID(r.New.StatementPublic()), proof.KeyID(r.New.LedgerPublic())
	if err := a.add(r.request()); err != nil {
		return Batch{}, err
	}
	b, _, err := a.finish()
	return b, err
}

func (r Rotation) request() *request {
	one := &request{drafts: []domain.Draft{domain.RotatedDraft(r.New, domain.Operator)}, nonces: make([][16]byte, 1)}
	rand.Read(one.nonces[0][:])
	return one
}
