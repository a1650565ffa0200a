package postgres

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Open remembers the origin and makes sure that the keys are the current ones; see ledger.KeyStore.
func (l Ledger) Open(ctx context.Context, origin string, keys proof.Keys, now time.Time) (string, error) {
	err := l.inTx(ctx, func(q *sqlcgen.Queries) (err error) {
		defer domain.Wrap(&err, "open the ledger")
		if err := q.Wait(ctx); err != nil {
			return err
		}
		if err := q.SetOrigin(ctx, origin); err != nil {
			return err
		}
		if origin, err = q.Origin(ctx); err != nil {
			return err
		}
		return installKeys(ctx, q, keys, now)
	})
	return origin, err
}

func installKeys(ctx context.Context, q *sqlcgen.Queries, keys proof.Keys, now time.Time) error {
	ours := map[string]ed25519.PublicKey{"statement": keys.StatementPublic(), "ledger": keys.LedgerPublic()}
	current, err := q.CurrentKeys(ctx)
	if err != nil {
		return err
	}
	same := 0
	for _, key := range current {
		if proof.KeyID(ours[key.Purpose]) == proof.Hash(key.KeyID) {
			same++
		}
	}
	if same == len(ours) {
		return nil
	}
	empty, err := q.LedgerIsEmpty(ctx)
	if err != nil {
		return err
	}
	if !empty {
		return domain.ErrKeyRetired
	}
	if err := q.DropKeys(ctx); err != nil {
		return err
	}
	for purpose, key := range ours {
		id := proof.KeyID(key)
		if err := q.AddKey(ctx, sqlcgen.AddKeyParams{KeyID: id[:], Purpose: purpose, PublicKey: key, NotBefore: now}); err != nil {
			return err
		}
	}
	return nil
}

// Rotate writes the two entries of a rotation, and closes the current keys between them; see ledger.RotationStore.
func (l Ledger) Rotate(ctx context.Context, next proof.Keys, build func(ledger.Tail) (ledger.Batch, error)) error {
	err := pgx.BeginFunc(ctx, l.Pool, func(tx pgx.Tx) error {
		q := sqlcgen.New(tx)
		if err := q.Wait(ctx); err != nil {
			return err
		}
		tail, err := readTail(ctx, q)
		if err != nil {
			return err
		}
		b, err := build(tail)
		if err != nil {
			return err
		}
		at := b.Entries[0].At
		out := &pgx.Batch{}
		out.Queue(sqlcgen.TakeTurn, b.Now)
		queueEntries(out, b.Entries[:1])
		out.Queue(sqlcgen.CloseKey, at, tail.Statement[:])
		out.Queue(sqlcgen.CloseKey, at, tail.Ledger[:])
		for purpose, key := range map[string]ed25519.PublicKey{"statement": next.StatementPublic(), "ledger": next.LedgerPublic()} {
			id := proof.KeyID(key)
			out.Queue(sqlcgen.AddKey, id[:], purpose, key, at)
		}
		queueEntries(out, b.Entries[1:])
		queueTree(out, b)
		if err := queueAudit(out, b.Effects.Audit); err != nil {
			return err
		}
		return tx.SendBatch(ctx, out).Close()
	})
	return appendError(err)
}

// Accepted tells whether an entry accepts that the ledger does not continue a published checkpoint. An entry that does not bear a
// signature by a key of the ledger says nothing.
func (l Ledger) Accepted(ctx context.Context, note []byte) (bool, error) {
	events, err := l.Events(ctx)
	if err != nil {
		return false, err
	}
	keys, err := l.KeySet(ctx)
	if err != nil {
		return false, err
	}
	for _, e := range events {
		p, err := proof.ParsePayload(e.Payload)
		if err != nil || p.Type != proof.TypeLedgerAccepted || p.Checkpoint != string(note) || len(e.Signature) != ed25519.SignatureSize {
			continue
		}
		if _, err := keys.VerifyEntry(p, [64]byte(e.Signature)); err == nil {
			return true, nil
		}
	}
	return false, nil
}

// KeySet returns every key that was ever valid.
func (l Ledger) KeySet(ctx context.Context) (set proof.KeySet, err error) {
	q := l.queries()
	if set.Origin, err = q.Origin(ctx); err != nil {
		return set, translate(err)
	}
	rows, err := q.SigningKeys(ctx)
	if err != nil {
		return set, translate(err)
	}
	for _, row := range rows {
		window := proof.Window{NotBefore: row.NotBefore.UTC()}
		if row.NotAfter != nil {
			window.NotAfter = row.NotAfter.UTC()
		}
		if row.Purpose == "statement" {
			set.Statement = append(set.Statement, proof.StatementKey{
				KeyID: proof.Hash(row.KeyID), PublicKey: row.PublicKey, Window: window,
			})
			continue
		}
		vkey, err := proof.VerifierKey(set.Origin, row.PublicKey)
		if err != nil {
			return set, err
		}
		set.Ledger = append(set.Ledger, proof.LedgerKey{Vkey: vkey, Window: window})
	}
	return set, nil
}
