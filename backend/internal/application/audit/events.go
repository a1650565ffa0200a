package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/ackify/ackify/backend/pkg/proof"
)

// events are the entries that say something about other entries, keys or checkpoints. Like every entry they are checked in
// their place; here only what they say is taken in.
type events struct {
	erased   map[int64]int64 // which entry announced the erasure of which
	accepted map[string]bool // notes that no longer fit, and were accepted
	rotated  []proof.Payload
}

func readEvents(ctx context.Context, store Store) (events, error) {
	e := events{erased: map[int64]int64{}, accepted: map[string]bool{}}
	stored, err := store.Events(ctx)
	if err != nil {
		return e, err
	}
	for _, s := range stored {
		if s.Payload == nil {
			return e, at(s.Seq, "erasure.unannounced", "the content of an entry of type %s is gone", s.Type)
		}
		p, err := proof.ParsePayload(s.Payload)
		if err != nil {
			return e, at(s.Seq, "entry.payload", "%v", err)
		}
		switch p.Type {
		case proof.TypeErased:
			for _, seq := range p.Seqs {
				e.erased[seq] = p.Seq
			}
		case proof.TypeLedgerAccepted:
			e.accepted[p.Checkpoint] = true
		case proof.TypeKeyRotated:
			e.rotated = append(e.rotated, p)
		}
	}
	return e, nil
}

// checkKeys compares the recorded keys with the entries that brought them: the first pair was there from the beginning, each later
// one came with two entries, the first under the key that it closed.
func (e events) checkKeys(keys, pinned proof.KeySet) error {
	if err := comparePinned(keys, pinned); err != nil {
		return err
	}
	if len(e.rotated)%2 != 0 {
		return Found("key.rotation", "a rotation of keys is not two entries")
	}
	statement, statements := sortByWindow(keys.Statement, func(k proof.StatementKey) time.Time { return k.NotBefore })
	ledgerKeys, ledgers := sortByWindow(keys.Ledger, func(k proof.LedgerKey) time.Time { return k.NotBefore })
	if want := 1 + len(e.rotated)/2; statements != want || ledgers != want {
		return Found("key.unannounced", "there are %d statement and %d ledger keys, and entries for %d of each", statements, ledgers, want)
	}
	for i := 0; i < len(e.rotated); i += 2 {
		n := i / 2
		closing, opening := e.rotated[i], e.rotated[i+1]
		switch {
		case closing.Seq+1 != opening.Seq || closing.KeyID != statement[n].KeyID || opening.KeyID != statement[n+1].KeyID ||
			!bytes.Equal(closing.StatementKey, opening.StatementKey) || !bytes.Equal(closing.LedgerKey, opening.LedgerKey):
			return at(closing.Seq, "key.rotation", "this rotation of keys is not two entries, by the old key and by the new")
		case !bytes.Equal(closing.StatementKey, statement[n+1].PublicKey) || !bytes.Equal(closing.LedgerKey, ledgerKeys[n+1].PublicKey()):
			return at(closing.Seq, "key.unannounced", "the keys that it names are not the recorded ones")
		case !statement[n].NotAfter.Equal(closing.At) || !ledgerKeys[n].NotAfter.Equal(closing.At) ||
			!statement[n+1].NotBefore.Equal(closing.At) || !ledgerKeys[n+1].NotBefore.Equal(closing.At):
			return at(closing.Seq, "key.window", "the windows of the keys do not meet where it says")
		}
	}
	if last := len(statement) - 1; last >= 0 && (!statement[last].NotAfter.IsZero() || !ledgerKeys[last].NotAfter.IsZero()) {
		return Found("key.window", "the current key is closed, and no entry says so")
	}
	return nil
}

// comparePinned makes sure that what is pinned is among the ledger's keys, with the same window.
func comparePinned(keys, pinned proof.KeySet) error {
	if len(pinned.Statement) == 0 {
		return nil
	}
	if pinned.Origin != "" && pinned.Origin != keys.Origin {
		return Found("key.origin", "the ledger is %s, the pinned keys are of %s", keys.Origin, pinned.Origin)
	}
	for _, p := range pinned.Statement {
		key, ok := keys.StatementKey(p.KeyID)
		if !ok || !bytes.Equal(key.PublicKey, p.PublicKey) {
			return Found("key.unknown", "a pinned statement key is not among the ledger's keys")
		}
		if !p.NotBefore.IsZero() && !p.NotBefore.Equal(key.NotBefore) || !p.NotAfter.IsZero() && !p.NotAfter.Equal(key.NotAfter) {
			return Found("key.window", "the window of a pinned key is not the recorded one")
		}
	}
	for _, p := range pinned.Ledger {
		found := false
		for _, key := range keys.Ledger {
			found = found || bytes.Equal(key.PublicKey(), p.PublicKey()) && len(p.PublicKey()) == ed25519.PublicKeySize
		}
		if !found {
			return Found("key.unknown", "a pinned ledger key is not among the ledger's keys")
		}
	}
	return nil
}

// sortByWindow orders keys by the beginning of their windows.
func sortByWindow[K any](keys []K, begins func(K) time.Time) ([]K, int) {
	sorted := slices.Clone(keys)
	slices.SortFunc(sorted, func(a, b K) int { return begins(a).Compare(begins(b)) })
	return sorted, len(sorted)
}
