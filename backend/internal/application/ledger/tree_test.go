package ledger

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The frontier alone is enough to grow the tree and to compute its root, at every size.
func TestFrontierIsAllThatIsNeeded(t *testing.T) {
	t.Parallel()
	all, kept := nodes{}, nodes{}
	for n := range int64(600) {
		hash := tlog.RecordHash([]byte{byte(n), byte(n >> 8)})
		stored, err := tlog.StoredHashesForRecordHash(n, hash, kept)
		if err != nil {
			t.Fatalf("entry %d: %v", n, err)
		}
		for i, h := range stored {
			id := tlog.StoredHashIndex(0, n) + int64(i)
			all[id], kept[id] = h, h
		}
		kept = kept.trim(n + 1)
		want, err := tlog.TreeHash(n+1, all)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tlog.TreeHash(n+1, kept); err != nil || got != want {
			t.Fatalf("size %d: %v", n+1, err)
		}
		if len(kept) > 10 {
			t.Fatalf("size %d keeps %d nodes", n+1, len(kept))
		}
	}
}
