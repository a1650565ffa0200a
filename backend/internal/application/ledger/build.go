package ledger

import (
	"fmt"
	"maps"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// build seals the batch's statements onto the tail. A request that cannot be encoded is answered here and left out.
func (s *Sequencer) build(tail Tail, batch []*request) (Batch, []*request, error) {
	if err := s.mayExtend(tail); err != nil {
		return Batch{}, batch, err
	}
	now := s.Clock().UTC()
	b := Batch{Now: now}
	at := latest(now.Truncate(time.Microsecond), tail.LastAt, tail.KeysSince)
	seq, prev := tail.Size, tail.LastHash
	kept := make([]*request, 0, len(batch))
	for _, r := range batch {
		entries, err := s.seal(r, seq, prev, at)
		if err != nil {
			r.answer(domain.E(domain.KindInvalid, "request.invalid", "This cannot be recorded.").Because(err))
			continue
		}
		kept = append(kept, r)
		r.entries = entries
		b.Entries = append(b.Entries, entries...)
		seq, prev = seq+int64(len(entries)), entries[len(entries)-1].Hash
		if r.effects != nil {
			b.Effects.Add(r.effects(entries))
		}
	}
	if len(kept) == 0 {
		return b, nil, nil
	}
	if err := s.grow(&b, tail); err != nil {
		return Batch{}, kept, err
	}
	return b, kept, nil
}

// mayExtend refuses a tail that this process must not build on.
func (s *Sequencer) mayExtend(tail Tail) error {
	if tail.Statement != proof.KeyID(s.Keys.StatementPublic()) || tail.Ledger != proof.KeyID(s.Keys.LedgerPublic()) {
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

func (s *Sequencer) seal(r *request, seq int64, prev proof.Hash, at time.Time) ([]domain.Entry, error) {
	entries := make([]domain.Entry, len(r.drafts))
	for i, draft := range r.drafts {
		payload, sealed, err := proof.Seal(s.Keys, proof.Position{
			Origin: s.Origin, Seq: seq, PrevHash: prev, At: at, Nonce: r.nonces[i],
		}, draft.Type, draft.Fields)
		if err != nil {
			return nil, err
		}
		entries[i] = domain.Entry{
			Entry: sealed, Type: draft.Type, Payload: payload, Nonce: r.nonces[i], At: at, Hash: sealed.Hash(),
		}
		seq, prev = seq+1, entries[i].Hash
	}
	return entries, nil
}

// grow adds the batch's leaves to the tree and signs the checkpoint.
func (s *Sequencer) grow(b *Batch, tail Tail) error {
	all := nodes(maps.Clone(tail.Nodes))
	for _, e := range b.Entries {
		stored, err := tlog.StoredHashesForRecordHash(e.Seq, tlog.Hash(e.Hash), all)
		if err != nil {
			return domain.ErrInconsistent.Because(err)
		}
		for i, id := 0, tlog.StoredHashIndex(0, e.Seq); i < len(stored); i, id = i+1, id+1 {
			all[id] = stored[i]
			b.Nodes = append(b.Nodes, Node{ID: id, Hash: stored[i]})
		}
	}
	b.Size = tail.Size + int64(len(b.Entries))
	root, err := tlog.TreeHash(b.Size, all)
	if err != nil {
		return domain.ErrInconsistent.Because(err)
	}
	b.Root = proof.Hash(root)
	b.Note, err = proof.SignCheckpoint(s.Keys, proof.Checkpoint{Origin: s.Origin, Size: b.Size, Root: b.Root})
	return err
}

func latest(times ...time.Time) time.Time {
	last := times[0]
	for _, t := range times[1:] {
		if t.After(last) {
			last = t
		}
	}
	return last
}
