package ledger

import (
	"fmt"
	"maps"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// assembly is a batch in the making, on top of a tail.
type assembly struct {
	sequencer *Sequencer
	tail      Tail
	requests  []*request
	batch     Batch
	prev      proof.Hash
	at        time.Time
}

func (s *Sequencer) assemble(tail Tail) *assembly {
	return &assembly{sequencer: s, tail: tail, prev: tail.LastHash, at: latest(tail.LastAt, tail.KeysSince)}
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// add seals a request's statements onto what is there; one that cannot be encoded changes nothing.
func (a *assembly) add(r *request) error {
	s := a.sequencer
	at := latest(s.Clock().UTC().Truncate(time.Microsecond), a.at)
	seq, prev := a.tail.Size+int64(len(a.batch.Entries)), a.prev
	entries := make([]domain.Entry, len(r.drafts))
	for i, draft := range r.drafts {
		payload, sealed, err := proof.Seal(s.Keys, proof.Position{
			Origin: s.Origin, Seq: seq, PrevHash: prev, At: at, Nonce: r.nonces[i],
		}, draft.Type, draft.Fields)
		if err != nil {
			return err
		}
		entries[i] = domain.Entry{
			Entry: sealed, Type: draft.Type, Payload: payload, Nonce: r.nonces[i], At: at, Hash: sealed.Hash(),
		}
		seq, prev = seq+1, entries[i].Hash
	}
	r.entries = entries
	a.requests = append(a.requests, r)
	a.batch.Entries = append(a.batch.Entries, entries...)
	a.prev, a.at = prev, at
	if r.effects != nil {
		a.batch.Effects.Add(r.effects(entries))
	}
	return nil
}

// finish grows the tree by the batch's leaves, signs the checkpoint and returns the tail that the batch will make.
func (a *assembly) finish() (Batch, Tail, error) {
	if err := a.mayExtend(); err != nil {
		return Batch{}, Tail{}, err
	}
	s, b := a.sequencer, a.batch
	all := nodes(maps.Clone(a.tail.Nodes))
	for _, e := range b.Entries {
		stored, err := tlog.StoredHashesForRecordHash(e.Seq, tlog.Hash(e.Hash), all)
		if err != nil {
			return Batch{}, Tail{}, domain.ErrInconsistent.Because(err)
		}
		for i, id := 0, tlog.StoredHashIndex(0, e.Seq); i < len(stored); i, id = i+1, id+1 {
			all[id] = stored[i]
			b.Nodes = append(b.Nodes, Node{ID: id, Hash: stored[i]})
		}
	}
	b.Now, b.Size = s.Clock().UTC(), a.tail.Size+int64(len(b.Entries))
	root, err := tlog.TreeHash(b.Size, all)
	if err != nil {
		return Batch{}, Tail{}, domain.ErrInconsistent.Because(err)
	}
	b.Root = proof.Hash(root)
	if b.Note, err = proof.SignCheckpoint(s.Keys, proof.Checkpoint{Origin: s.Origin, Size: b.Size, Root: b.Root}); err != nil {
		return Batch{}, Tail{}, err
	}
	after := a.tail
	after.Size, after.LastHash, after.LastAt, after.Root, after.Nodes = b.Size, a.prev, a.at, b.Root, all.trim(b.Size)
	return b, after, nil
}

// mayExtend refuses a tail that this process must not build on.
func (a *assembly) mayExtend() error {
	keys, tail := a.sequencer.Keys, a.tail
	if guard := a.sequencer.Guard; guard != nil {
		if err := guard.May(); err != nil {
			return err
		}
	}
	if tail.Statement != proof.KeyID(keys.StatementPublic()) || tail.Ledger != proof.KeyID(keys.LedgerPublic()) {
		return domain.ErrKeyRetired
	}
	if tail.Size == 0 {
		return nil
	}
	root, err := tlog.TreeHash(tail.Size, nodes(tail.Nodes))
	if err != nil {
		return domain.ErrInconsistent.Because(err)
	}
	if proof.Hash(root) != tail.Root {
		return domain.ErrInconsistent.Because(fmt.Errorf("the tree of %d entries has another root than its checkpoint", tail.Size))
	}
	return nil
}
