package ledger

import (
	"context"
	"encoding/binary"
	"strings"
	"sync/atomic"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	// tileHeight is that of every tile: up to 256 hashes, or entries (C2SP tlog-tiles).
	tileHeight = 8
	tileWidth  = 1 << tileHeight
	// entriesLevel is how tlog numbers what tlog-tiles calls "entries".
	entriesLevel = -1
	// cachedTiles is how many tiles are remembered; a hash tile has 8 KiB, an entry bundle 46 KiB.
	cachedTiles = 1024
)

// ErrNoTile is answered for an address that is no tile, or one that the ledger does not reach yet.
var ErrNoTile = domain.E(domain.KindNotFound, "ledger.no_tile", "There is no such tile, or not yet.")

// TileStore reads what tiles are made of.
type TileStore interface {
	Size(ctx context.Context) (int64, error)
	// HashTile returns the stored hashes with these ids, which ascend, one after the other, and how many were found.
	HashTile(ctx context.Context, ids []int64) (tile []byte, found int, err error)
	// Leaves returns the entries from first to before past, without payloads.
	Leaves(ctx context.Context, first, past int64) ([]proof.Entry, error)
}

// Tiles serves the ledger in the form of C2SP tlog-tiles. Whatever was a tile once is the same for ever, so it is remembered.
type Tiles struct {
	store TileStore
	cache *lru.Cache[string, []byte]
	size  atomic.Int64 // the ledger is at least that large
}

// NewTiles makes a cache over a store.
func NewTiles(store TileStore) (*Tiles, error) {
	cache, err := lru.New[string, []byte](cachedTiles)
	return &Tiles{store: store, cache: cache}, err
}

// Tile is one tile.
type Tile struct {
	Content []byte
	Full    bool // it will never be larger
	Entries bool // entries, each after its length in two bytes, rather than hashes
}

// ParseTilePath reads <L>/<N>[.p/<W>] or entries/<N>[.p/<W>]: numbers in the one spelling of C2SP tlog-tiles.
func ParseTilePath(path string) (tlog.Tile, error) {
	if rest, ok := strings.CutPrefix(path, "entries/"); ok {
		path = "data/" + rest
	} else if strings.HasPrefix(path, "data/") {
		return tlog.Tile{}, ErrNoTile
	}
	tile, err := tlog.ParseTilePath("tile/8/" + path)
	if err != nil || tile.L > 63/tileHeight {
		return tlog.Tile{}, ErrNoTile.Because(err)
	}
	return tile, nil
}

// Tile returns the tile at a path as ParseTilePath reads it; it fails with ErrNoTile.
func (t *Tiles) Tile(ctx context.Context, path string) (Tile, error) {
	tile, err := ParseTilePath(path)
	if err != nil {
		return Tile{}, err
	}
	answer := Tile{Full: tile.W == tileWidth, Entries: tile.L == entriesLevel}
	if content, ok := t.cache.Get(path); ok {
		answer.Content = content
		return answer, nil
	}
	if err := t.reaches(ctx, tile); err != nil {
		return Tile{}, err
	}
	if answer.Entries {
		answer.Content, err = t.bundle(ctx, tile)
	} else {
		answer.Content, err = t.hashes(ctx, tile)
	}
	if err == nil {
		t.cache.Add(path, answer.Content)
	}
	return answer, err
}

// reaches tells whether the ledger has the last entry that a tile is made of.
func (t *Tiles) reaches(ctx context.Context, tile tlog.Tile) error {
	level := max(tile.L, 0) * tileHeight
	if tile.N >= 1<<(62-tileHeight)>>level {
		return ErrNoTile
	}
	need := (tile.N<<tileHeight + int64(tile.W)) << level
	if need <= t.size.Load() {
		return nil
	}
	size, err := t.store.Size(ctx)
	if err != nil {
		return err
	}
	t.size.Store(size)
	if need > size {
		return ErrNoTile
	}
	return nil
}

func (t *Tiles) hashes(ctx context.Context, tile tlog.Tile) ([]byte, error) {
	ids := make([]int64, tile.W)
	for i := range ids {
		ids[i] = tlog.StoredHashIndex(tile.L*tileHeight, tile.N<<tileHeight+int64(i))
	}
	content, found, err := t.store.HashTile(ctx, ids)
	if err == nil && found != len(ids) {
		err = domain.ErrInconsistent
	}
	return content, err
}

func (t *Tiles) bundle(ctx context.Context, tile tlog.Tile) ([]byte, error) {
	first := tile.N << tileHeight
	entries, err := t.store.Leaves(ctx, first, first+int64(tile.W))
	if err == nil && len(entries) != tile.W {
		err = domain.ErrInconsistent
	}
	content := make([]byte, 0, len(entries)*(2+proof.LeafSize))
	for _, e := range entries {
		leaf := e.Leaf()
		content = binary.BigEndian.AppendUint16(content, proof.LeafSize)
		content = append(content, leaf[:]...)
	}
	return content, err
}
