package ledger

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

// nodes is a tlog.HashReader over hashes held in memory.
type nodes map[int64]tlog.Hash

func (n nodes) ReadHashes(ids []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(ids))
	for i, id := range ids {
		h, ok := n[id]
		if !ok {
			return nil, fmt.Errorf("node %d of the tree is missing", id)
		}
		hashes[i] = h
	}
	return hashes, nil
}

// Frontier returns the ids of the roots of the complete subtrees that a tree of this size is made of: all that is
// needed to go on.
func Frontier(size int64) []int64 {
	var ids []int64
	var start int64
	for level := 62; level >= 0; level-- {
		if width := int64(1) << level; size&width != 0 {
			ids = append(ids, tlog.StoredHashIndex(level, start>>level))
			start += width
		}
	}
	return ids
}

// trim keeps the frontier only.
func (n nodes) trim(size int64) nodes {
	kept := make(nodes, 64)
	for _, id := range Frontier(size) {
		kept[id] = n[id]
	}
	return kept
}
