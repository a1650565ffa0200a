package audit

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Report is what a check found when nothing is wrong.
type Report struct {
	Since, Size int64
	Erased      int64 // entries among those checked whose content was erased
	Checkpoints int64 // compared with the tree
	Published   int64 // notes of the checkpoint file compared with the tree
	Root        proof.Hash
	At          time.Time // of the newest entry; zero when there is none
}

// Verifier checks a ledger.
type Verifier struct {
	Store Store
	File  File // nil: there is none to compare with
	// Pinned are the keys that are trusted whatever the database says; without any, those of the database are believed.
	Pinned   proof.KeySet
	Workers  int                       // 0: one a core
	Progress func(checked, size int64) // nil: nobody watches
}

// Verify checks the entries from since on, and all that holds them: keys, erasures, guards, the checkpoint file. What is before
// since is trusted as far as signed checkpoints cover it. The error is a *Finding when the ledger is disproven, and any other when
// the check could not be made.
func (v Verifier) Verify(ctx context.Context, since int64) (Report, error) {
	report, err := v.verify(ctx, since)
	if err != nil {
		return Report{}, v.Store.Explain(err)
	}
	return report, nil
}

func (v Verifier) verify(ctx context.Context, since int64) (Report, error) {
	size, err := v.Store.Size(ctx)
	if err != nil {
		return Report{}, err
	}
	since = min(max(since, 0), size)
	keys, err := v.Store.KeySet(ctx)
	if err != nil {
		return Report{}, err
	}
	events, err := readEvents(ctx, v.Store)
	if err != nil {
		return Report{}, err
	}
	if err := events.checkKeys(keys, v.Pinned); err != nil {
		return Report{}, err
	}
	published, err := v.readFile(since, events.accepted)
	if err != nil {
		return Report{}, err
	}
	m := merger{
		report: Report{Since: since, Size: size}, store: v.Store, hashes: map[int64]tlog.Hash{}, published: published, events: events,
	}
	if err := m.begin(ctx, since); err != nil {
		return Report{}, err
	}
	if err := v.chunks(ctx, facts{keys: keys, erased: events.erased}, &m); err != nil {
		return Report{}, err
	}
	if err := m.finish(ctx); err != nil {
		return Report{}, err
	}
	for _, look := range []func(context.Context) (*Finding, error){v.Store.Strays, v.Store.Guards} {
		finding, err := look(ctx)
		if err != nil {
			return Report{}, err
		}
		if finding != nil {
			return Report{}, finding
		}
	}
	return m.report, nil
}

// chunks reads pieces on all cores and merges them in order.
func (v Verifier) chunks(ctx context.Context, f facts, m *merger) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type result struct {
		chunk *chunk
		err   error
	}
	workers := v.Workers
	if workers == 0 {
		workers = runtime.NumCPU()
	}
	pending := make(chan chan result, 2*workers) // while some wait for the database, others verify
	go func() {
		defer close(pending)
		for first := m.report.Since; first < m.report.Size; first += chunkSize {
			past := min(first+chunkSize, m.report.Size)
			done := make(chan result, 1)
			select {
			case pending <- done:
			case <-ctx.Done():
				return
			}
			go func() {
				c, err := readChunk(ctx, v.Store, f, first, past)
				done <- result{c, err}
			}()
		}
	}()
	for done := range pending {
		r := <-done
		if r.err == nil {
			r.err = m.add(r.chunk)
		}
		if r.err != nil {
			return r.err
		}
		if v.Progress != nil {
			v.Progress(r.chunk.past, m.report.Size)
		}
	}
	return ctx.Err()
}

// merger puts chunks together: links, time, tree and checkpoints.
type merger struct {
	report    Report
	store     Store
	events    events
	published *publishedNotes
	prev      proof.Hash
	lastAt    time.Time
	size      int64               // of the tree so far
	hashes    map[int64]tlog.Hash // the roots of its complete subtrees
}

// begin takes up the tree and the chain where an earlier check left them.
func (m *merger) begin(ctx context.Context, since int64) error {
	if m.size = since; since == 0 {
		return nil
	}
	last, err := m.store.Entries(ctx, since-1, since)
	if err != nil {
		return err
	}
	if len(last) != 1 || len(last[0].EntryHash) != len(proof.Hash{}) {
		return at(since-1, "entry.missing", "there is no entry at this position")
	}
	m.prev, m.lastAt = proof.Hash(last[0].EntryHash), last[0].CreatedAt
	m.hashes, err = m.store.Nodes(ctx, ledger.Frontier(since))
	if err != nil {
		return err
	}
	if len(m.hashes) != len(ledger.Frontier(since)) {
		return Found("tree.node", "stored hashes of the tree of %d entries are missing", since)
	}
	return nil
}

func (m *merger) add(c *chunk) error {
	if c.prev != m.prev {
		return at(c.first, "entry.link", "it does not link to the entry before it")
	}
	if c.firstAt.Before(m.lastAt) {
		return at(c.first, "entry.time", "it is earlier than the entry before it")
	}
	nodes, checkpoints := c.nodes, c.signed
	for i, leaf := range c.leaves {
		seq := c.first + int64(i)
		stored, err := tlog.StoredHashesForRecordHash(seq, leaf, m)
		if err != nil {
			return err
		}
		if len(nodes) < len(stored) {
			return at(seq, "tree.node", "stored hashes of the tree are missing")
		}
		for j, hash := range stored {
			if nodes[j] != hash {
				return at(seq, "tree.node", "a stored hash of the tree is not that of its entries")
			}
			m.hashes[tlog.StoredHashIndex(0, seq)+int64(j)] = hash
		}
		nodes, m.size = nodes[len(stored):], seq+1
		for len(checkpoints) > 0 && checkpoints[0].Size == m.size {
			if err := m.compare(checkpoints[0]); err != nil {
				return err
			}
			checkpoints = checkpoints[1:]
		}
		if err := m.comparePublished(c.has(m.size)); err != nil {
			return err
		}
	}
	m.trim()
	m.prev, m.lastAt = c.last, c.lastAt
	m.report.Erased += c.erasures
	return nil
}

// ReadHashes makes the merger a tlog.HashReader of its own tree.
func (m *merger) ReadHashes(ids []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(ids))
	for i, id := range ids {
		hash, ok := m.hashes[id]
		if !ok {
			return nil, Found("tree.node", "node %d of the tree is missing", id)
		}
		hashes[i] = hash
	}
	return hashes, nil
}

func (m *merger) trim() {
	kept := make(map[int64]tlog.Hash, 64)
	for _, id := range ledger.Frontier(m.size) {
		kept[id] = m.hashes[id]
	}
	m.hashes = kept
}

func (m *merger) root() (proof.Hash, error) {
	root, err := tlog.TreeHash(m.size, m)
	return proof.Hash(root), err
}

func (m *merger) compare(c proof.Checkpoint) error {
	root, err := m.root()
	if err != nil {
		return err
	}
	if root != c.Root {
		return Found("checkpoint.root", "the first %d entries have another root than their checkpoint", c.Size)
	}
	m.report.Checkpoints++
	return nil
}

// comparePublished notes whether the published checkpoints of this size fit.
func (m *merger) comparePublished(hasCheckpoint bool) error {
	if m.published == nil || !m.published.reach(m.size) {
		return nil
	}
	root, err := m.root()
	if err != nil {
		return err
	}
	if m.published.compare(root) && !hasCheckpoint {
		return Found("checkpoint.missing", "the checkpoint of %d entries was published, and is not in the ledger", m.size)
	}
	return nil
}

// nothingBeyond refuses stored hashes of a tree that is larger than the ledger: nobody could append any more.
func (m *merger) nothingBeyond(ctx context.Context) error {
	next := tlog.StoredHashIndex(0, m.size)
	beyond, err := m.store.NodeRange(ctx, next, next+1)
	if err != nil || len(beyond) == 0 {
		return err
	}
	// The ledger may have grown meanwhile.
	if size, err := m.store.Size(ctx); err != nil || size > m.size {
		return err
	}
	return Found("tree.node", "there are stored hashes beyond the tree of %d entries", m.size)
}

// finish makes sure that the last entry is covered, and that everything published is in the ledger.
func (m *merger) finish(ctx context.Context) (err error) {
	if m.size > 0 {
		if m.report.Root, err = m.root(); err != nil {
			return err
		}
		m.report.At = m.lastAt
		last, err := m.store.Checkpoints(ctx, m.size-1, m.size)
		if err != nil {
			return err
		}
		if len(last) == 0 {
			return Found("checkpoint.missing", "the last of the %d entries has no checkpoint", m.size)
		}
	}
	if beyond, err := m.store.Entries(ctx, m.size, m.size+1); err != nil {
		return err
	} else if len(beyond) > 0 {
		// A batch committed meanwhile has its checkpoint too; an entry that nothing covers has not.
		covering, err := m.store.Checkpoints(ctx, m.size, m.size+1<<40)
		if err != nil {
			return err
		}
		if len(covering) == 0 {
			return at(m.size, "checkpoint.missing", "no checkpoint covers it")
		}
	}
	if m.published != nil {
		m.report.Published = m.published.fitting()
		if err := m.published.finding(); err != nil {
			return err
		}
	}
	return m.nothingBeyond(ctx)
}
