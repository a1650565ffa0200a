package ledger

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// lossy loses the connection at every append and finds the nonces of whoever asks for them.
type lossy struct {
	Store
	keys  proof.Keys
	asked int // how often nonces were looked up
}

func (l *lossy) AppendInTurn(_ context.Context, nonces [][]byte, build func(Tail) (Batch, error)) (bool, error) {
	if len(nonces) > 0 {
		l.asked++
		return true, nil
	}
	_, err := build(Tail{
		Statement: proof.KeyID(l.keys.StatementPublic()), Ledger: proof.KeyID(l.keys.LedgerPublic()), Nodes: nodes{},
	})
	return false, errors.Join(ErrOutcomeUnknown, err)
}

// Given up with an unknown outcome, after a neighbour's row had refused the batch: everybody hears that the database is away, and
// nobody is looked for again under a batch that was never sent.
func TestGivingUpAloneAfterAConflictIsFinal(t *testing.T) {
	t.Parallel()
	keys, err := proof.ParseSecret("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	if err != nil {
		t.Fatal(err)
	}
	store := &lossy{keys: keys}
	now := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	clock := func() time.Time { now = now.Add(time.Hour); return now } // patience is over at once
	s := NewSequencer(store, keys, "sign.example.com/ledger", clock, slog.New(slog.DiscardHandler))
	requests := make([]*request, 2)
	for i := range requests {
		requests[i] = &request{
			drafts: []domain.Draft{{Type: "revision", Fields: proof.Fields{"doc": proof.Fields{"id": "x"}}}},
			nonces: [][16]byte{{byte(i + 1)}}, done: make(chan error, 2),
		}
	}
	s.settle(t.Context(), requests, Batch{}, domain.ErrSignatureExists)
	for i, r := range requests {
		if err := <-r.done; !errors.Is(err, domain.ErrDatabase) {
			t.Errorf("request %d: %v", i, err)
		}
		if len(r.done) > 0 {
			t.Errorf("request %d is answered twice", i)
		}
	}
	if store.asked != 0 {
		t.Errorf("nonces were looked up %d times", store.asked)
	}
}
