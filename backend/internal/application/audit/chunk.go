package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// chunkSize is how many entries are read and checked at once.
const chunkSize = 1024

// chunk is a run of entries that were checked by themselves; how they fit to their neighbours is checked in order.
type chunk struct {
	first, past     int64
	prev, last      proof.Hash // what the first entry links to, and the hash of the last
	firstAt, lastAt time.Time
	leaves          []tlog.Hash
	nodes           []tlog.Hash        // as stored, for these leaves
	signed          []proof.Checkpoint // the checkpoints of its batches
	erasures        int64
}

// has tells whether one of its batches ends at this size.
func (c *chunk) has(size int64) bool {
	return slices.ContainsFunc(c.signed, func(s proof.Checkpoint) bool { return s.Size == size })
}

// facts are what is known before the entries are read.
type facts struct {
	keys   proof.KeySet
	erased map[int64]int64 // which entry announced the erasure of which
}

// readChunk reads and checks a run of entries: form, hashes, signatures, keys, columns.
func readChunk(ctx context.Context, store Store, f facts, first, past int64) (*chunk, error) {
	entries, err := store.Entries(ctx, first, past)
	if err != nil {
		return nil, err
	}
	revisions, err := store.Revisions(ctx, first, past)
	if err != nil {
		return nil, err
	}
	checkpoints, err := store.Checkpoints(ctx, first, past)
	if err != nil {
		return nil, err
	}
	c := &chunk{first: first, past: past}
	if c.nodes, err = store.NodeRange(ctx, tlog.StoredHashIndex(0, first), tlog.StoredHashIndex(0, past)); err != nil {
		return nil, err
	}
	reader := chunkReader{chunk: c, facts: f, revisions: map[int64]*domain.Revision{}}
	for i := range revisions {
		reader.revisions[revisions[i].Seq] = &revisions[i]
	}
	if reader.batch, err = proof.NewBatch(f.keys); err != nil {
		return nil, Found("key.malformed", "%v", err)
	}
	for i := range entries {
		if finding := reader.entry(&entries[i]); finding != nil {
			return nil, finding
		}
	}
	if got := first + int64(len(entries)); got != past {
		return nil, at(got, "entry.missing", "there is no entry at this position")
	}
	if finding := reader.checkpoints(checkpoints); finding != nil {
		return nil, finding
	}
	if !reader.batch.Verify() {
		if finding := reader.culprit(entries, checkpoints); finding != nil {
			return nil, finding
		}
	}
	return c, nil
}

type chunkReader struct {
	*chunk
	facts
	batch     *proof.Batch
	revisions map[int64]*domain.Revision
}

// entry checks one entry but for its signature, which goes into the batch, and adds its leaf.
func (r *chunkReader) entry(e *StoredEntry) *Finding {
	next := r.first + int64(len(r.leaves))
	switch {
	case e.Seq < next:
		return at(e.Seq, "entry.repeated", "there are two rows for this position")
	case e.Seq > next:
		return at(next, "entry.missing", "there is no entry at this position")
	}
	stored, finding := r.stored(e)
	if finding != nil {
		return finding
	}
	payload, finding := r.payload(e, stored)
	if finding == nil {
		finding = checkSignatureRow(e, payload)
	}
	if finding == nil {
		finding = checkRevisionRow(e, payload, r.revisions[e.Seq])
	}
	if finding != nil {
		return finding
	}
	if len(r.leaves) == 0 {
		r.prev, r.firstAt = stored.PrevHash, e.CreatedAt
	} else if stored.PrevHash != r.last {
		return at(e.Seq, "entry.link", "it does not link to the entry before it")
	}
	if e.CreatedAt.Before(r.lastAt) {
		return at(e.Seq, "entry.time", "it is earlier than the entry before it")
	}
	r.last, r.lastAt = proof.Hash(e.EntryHash), e.CreatedAt
	r.leaves = append(r.leaves, tlog.Hash(r.last))
	return nil
}

// stored is the leaf that the columns make; it must have the hash that the chain and the tree go by.
func (r *chunkReader) stored(e *StoredEntry) (proof.Entry, *Finding) {
	for _, c := range []struct {
		name  string
		value []byte
		size  int
	}{
		{"payload_hash", e.PayloadHash, sha256.Size}, {"key_id", e.KeyID, sha256.Size}, {"signature", e.Signature, ed25519.SignatureSize},
		{"prev_hash", e.PrevHash, sha256.Size}, {"entry_hash", e.EntryHash, sha256.Size},
	} {
		if len(c.value) != c.size {
			return proof.Entry{}, at(e.Seq, "entry.column", "column %s has %d bytes, not %d", c.name, len(c.value), c.size)
		}
	}
	return proof.Entry{
		Seq: e.Seq, PrevHash: proof.Hash(e.PrevHash), PayloadHash: proof.Hash(e.PayloadHash), KeyID: proof.Hash(e.KeyID),
		Signature: [64]byte(e.Signature),
	}, nil
}

// payload parses what was signed and compares the entry's columns with it; nil when it was erased.
func (r *chunkReader) payload(e *StoredEntry, stored proof.Entry) (*proof.Payload, *Finding) {
	by, announced := r.erased[e.Seq]
	if e.Payload == nil {
		if !announced {
			return nil, at(e.Seq, "erasure.unannounced", "its content is gone, and no later entry says that it was erased")
		}
		r.erasures++
		if hash := stored.Hash(); !bytes.Equal(e.EntryHash, hash[:]) {
			return nil, at(e.Seq, "entry.hash", "its columns do not have the hash that was recorded")
		}
		if key, known := r.keys.StatementKey(stored.KeyID); !known || !key.Contains(e.CreatedAt) {
			return nil, at(e.Seq, "entry.key", "its key is unknown, or was not valid then")
		}
		return nil, nil
	}
	if announced {
		return nil, at(e.Seq, "erasure.undone", "entry %d says that its content was erased, and it is there", by)
	}
	p, err := proof.ParsePayload(e.Payload)
	if err != nil {
		return nil, at(e.Seq, "entry.payload", "%v", err)
	}
	if finding := checkEntryColumns(e, p); finding != nil {
		return nil, finding
	}
	if hash := stored.Hash(); !bytes.Equal(e.EntryHash, hash[:]) {
		return nil, at(e.Seq, "entry.hash", "its columns do not have the hash that was recorded")
	}
	key, err := r.keys.KeyOf(p)
	if err != nil {
		return nil, at(e.Seq, "entry.key", "%v", err)
	}
	r.batch.AddEntry(key, e.Payload, stored.Signature)
	return &p, nil
}

func (r *chunkReader) checkpoints(stored []StoredCheckpoint) *Finding {
	for _, s := range stored {
		c, err := r.batch.AddCheckpoint(s.Note)
		if err != nil {
			return Found("checkpoint.malformed", "the checkpoint of %d entries: %v", s.Size, err)
		}
		if c.Size != s.Size || !bytes.Equal(c.Root[:], s.Root) {
			return Found("checkpoint.column", "the columns of the checkpoint of %d entries are not what was signed", s.Size)
		}
		r.signed = append(r.signed, c)
	}
	return nil
}

// culprit finds the first signature that is wrong by itself. There may be none: what is verified alone decides.
func (r *chunkReader) culprit(entries []StoredEntry, checkpoints []StoredCheckpoint) *Finding {
	for i := range entries {
		e := &entries[i]
		if e.Payload == nil {
			continue
		}
		p, err := proof.ParsePayload(e.Payload)
		if err == nil {
			_, err = r.keys.VerifyEntry(p, [64]byte(e.Signature))
		}
		if err != nil {
			return at(e.Seq, "entry.signature", "%v", err)
		}
	}
	for _, c := range checkpoints {
		if _, _, err := proof.OpenCheckpoint(c.Note, r.keys); err != nil {
			return Found("checkpoint.signature", "the checkpoint of %d entries: %v", c.Size, err)
		}
	}
	return nil
}
