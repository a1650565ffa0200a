package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const nextSecret = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA="

// rotate replaces the keys, as `ackify keys rotate` does.
func (w *witnessed) rotate(t testing.TB, from, to string) error {
	t.Helper()
	known, err := w.store.KeySet(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.pinned = pinnedTo(t, to)
	return ledger.Rotation{Origin: testOrigin, Old: secretKeys(t, from), New: secretKeys(t, to), Clock: time.Now}.Rotate(t.Context(), w.store, known)
}

// serveWith starts another sequencer with a secret, as a server restarted with it does.
func (w witnessed) serveWith(t testing.TB, secret string) *testLedger {
	t.Helper()
	l := *w.testLedger
	l.sequencer = ledger.NewSequencer(w.store, secretKeys(t, secret), testOrigin, time.Now, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.sequencer.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	l.documents.Ledger, l.signing.Ledger = l.sequencer, l.sequencer
	return &l
}

func TestARotationKeepsEveryProof(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	before := receipts(t, w.testLedger, 7)
	if err := w.rotate(t, testSecret, nextSecret); err != nil {
		t.Fatal(err)
	}
	// The server that still has the old secret signs nothing; one with the new secret goes on.
	u := w.user(t, "late@example.com", domain.RoleSigner)
	if _, _, err := w.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: "first"}); !errors.Is(err, domain.ErrKeyRetired) {
		t.Fatalf("a process with the old secret: %v", err)
	}
	next := w.serveWith(t, nextSecret)
	if _, created, err := next.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: "first"}); err != nil || !created {
		t.Fatal(created, err)
	}
	report, err := w.verify(t.Context(), 0)
	if err != nil || report.Size != 10 {
		t.Fatalf("%+v, %v", report, err)
	}
	if size := prove(t, next); size != 10 {
		t.Errorf("%d entries", size)
	}
	for seq, receipt := range receipts(t, next, 7) {
		if string(receipt) != string(before[seq]) {
			t.Errorf("receipt %d has changed", seq)
		}
	}
	if err := w.rotate(t, nextSecret, testSecret); err == nil {
		t.Error("a secret that was used before is accepted again")
	}
	keys, err := next.service.KeySet(t.Context())
	if err != nil || len(keys.Statement) != 2 || len(keys.Ledger) != 2 {
		t.Fatal(keys, err)
	}
	for _, k := range keys.Statement {
		if last := k.KeyID == proof.KeyID(secretKeys(t, nextSecret).StatementPublic()); last != k.NotAfter.IsZero() {
			t.Errorf("window of %x: %+v", k.KeyID, k.Window)
		}
	}
}

func TestTheSchemaRefusesAClosedKey(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	if err := w.rotate(t, testSecret, nextSecret); err != nil {
		t.Fatal(err)
	}
	// A process that does not look: it has the tail as it is, and the old key.
	tail, err := w.store.Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	old := secretKeys(t, testSecret)
	tail.Statement, tail.Ledger = proof.KeyID(old.StatementPublic()), proof.KeyID(old.LedgerPublic())
	batch, err := (ledger.Once{Keys: old, Origin: testOrigin, Clock: time.Now}).Build(tail, domain.Draft{Type: "x", Fields: proof.Fields{}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Append(t.Context(), batch); !errors.Is(err, domain.ErrKeyRetired) {
		t.Errorf("an entry under the closed key: %v", err)
	}
}

func TestRotationsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	w := newWitnessed(t)
	if err := w.rotate(t, testSecret, testSecret); err == nil {
		t.Error("the same secret is accepted")
	}
	third := "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="
	if err := w.rotate(t, nextSecret, third); !errors.Is(err, domain.ErrKeyRetired) {
		t.Errorf("a rotation by a secret that is not the current one: %v", err)
	}
	w.pinned = pinnedTo(t, testSecret)
	if report, err := w.verify(t.Context(), 0); err != nil || report.Size != 7 {
		t.Errorf("something was written: %+v, %v", report, err)
	}
}

func receipts(t testing.TB, l *testLedger, count int64) (all [][]byte) {
	t.Helper()
	for seq := range count {
		receipt, err := l.service.Receipt(t.Context(), seq)
		if err != nil {
			t.Fatal(fmt.Errorf("receipt %d: %w", seq, err))
		}
		all = append(all, receipt)
	}
	return all
}

var _ ledger.RotationStore = postgres.Ledger{}
