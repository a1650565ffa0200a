package postgres

import (
	"context"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// HashTile returns stored hashes, one after the other, and how many there are.
func (l Ledger) HashTile(ctx context.Context, ids []int64) ([]byte, int, error) {
	row, err := l.queries().HashTile(ctx, ids)
	return row.Tile, int(row.Hashes), translate(err)
}

// Leaves returns entries without payloads.
func (l Ledger) Leaves(ctx context.Context, first, past int64) ([]proof.Entry, error) {
	rows, err := l.queries().Leaves(ctx, sqlcgen.LeavesParams{First: first, Past: past})
	return mapAll(rows, func(r sqlcgen.LeavesRow) proof.Entry {
		return proof.Entry{
			Seq: r.Seq, PrevHash: proof.Hash(r.PrevHash), PayloadHash: proof.Hash(r.PayloadHash), KeyID: proof.Hash(r.KeyID),
			Signature: [64]byte(r.Signature),
		}
	}), translate(err)
}

var _ ledger.TileStore = Ledger{}
