package ledger

import (
	"context"
	"math"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// numberedStore has so many entries, and hashes that are their ids.
type numberedStore struct{ size int64 }

func (s numberedStore) Size(context.Context) (int64, error) { return s.size, nil }

func (s numberedStore) HashTile(_ context.Context, ids []int64) (tile []byte, found int, err error) {
	for _, id := range ids {
		if id >= tlog.StoredHashIndex(0, s.size) {
			break
		}
		tile, found = append(tile, make([]byte, tlog.HashSize)...), found+1
	}
	return tile, found, nil
}

func (s numberedStore) Leaves(_ context.Context, first, past int64) (entries []proof.Entry, err error) {
	for seq := first; seq < min(past, s.size); seq++ {
		entries = append(entries, proof.Entry{Seq: seq})
	}
	return entries, nil
}

func FuzzTilePath(f *testing.F) {
	for _, path := range []string{
		"0/000", "0/000.p/1", "1/x001/067.p/255", "entries/x001/x234/067", "data/000", "8/000", "0/x999/x999/x999/x999/x999/x999/999", "-1/000", "", "/",
	} {
		f.Add(path, int64(70_000))
	}
	f.Fuzz(func(t *testing.T, path string, size int64) {
		size &= math.MaxInt32
		tiles, err := NewTiles(numberedStore{size})
		if err != nil {
			t.Fatal(err)
		}
		tile, err := tiles.Tile(t.Context(), path)
		if err != nil {
			if tile.Content != nil || len(err.Error()) == 0 {
				t.Errorf("%q: content beside an error", path)
			}
			return
		}
		parsed, err := ParseTilePath(path)
		if err != nil {
			t.Fatalf("%q is served and does not parse: %v", path, err)
		}
		width := tlog.HashSize
		if tile.Entries {
			width = 2 + proof.LeafSize
		}
		if len(tile.Content) != parsed.W*width || tile.Full != (parsed.W == tileWidth) {
			t.Errorf("%q: %d bytes for width %d", path, len(tile.Content), parsed.W)
		}
		level := max(parsed.L, 0) * tileHeight
		if (parsed.N<<tileHeight+int64(parsed.W))<<level > size {
			t.Errorf("%q is beyond %d entries", path, size)
		}
	})
}
