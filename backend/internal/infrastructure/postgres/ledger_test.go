package postgres_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// prove checks the whole ledger with nothing but pkg/proof and tlog: every link, hash and signature, every root, and the
// receipt of every entry. It returns the number of entries.
func prove(t testing.TB, l *testLedger) int64 {
	t.Helper()
	ctx := t.Context()
	keys, err := l.service.KeySet(ctx)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := l.db.Pool.Query(ctx, `SELECT e.seq, e.type, e.payload, e.payload_hash, e.nonce, e.key_id, e.signature, e.prev_hash,
			e.entry_hash, e.created_at, c.note
		FROM ledger_entries e LEFT JOIN ledger_checkpoints c ON c.size = e.seq + 1 ORDER BY e.seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var size int64
	var prev proof.Hash
	var last time.Time
	tree := map[int64]tlog.Hash{}
	reader := tlog.HashReaderFunc(func(ids []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(ids))
		for i, id := range ids {
			out[i] = tree[id]
		}
		return out, nil
	})
	for rows.Next() {
		var seq int64
		var kind string
		var payload, payloadHash, nonce, keyID, signature, prevHash, entryHash []byte
		var at time.Time
		var note *string
		if err := rows.Scan(&seq, &kind, &payload, &payloadHash, &nonce, &keyID, &signature, &prevHash, &entryHash, &at, &note); err != nil {
			t.Fatal(err)
		}
		p, err := proof.ParsePayload(payload)
		if err != nil {
			t.Fatalf("entry %d: %v", seq, err)
		}
		entry := p.Entry([64]byte(signature))
		if seq != size || p.Seq != seq || p.PrevHash != prev || !bytes.Equal(prevHash, prev[:]) || p.Type != kind ||
			!bytes.Equal(p.Nonce[:], nonce) || !p.At.Equal(at) || !bytes.Equal(p.KeyID[:], keyID) ||
			sha256.Sum256(payload) != entry.PayloadHash || !bytes.Equal(payloadHash, entry.PayloadHash[:]) || entry.Hash() != proof.Hash(entryHash) {
			t.Fatalf("entry %d does not fit: %s", seq, payload)
		}
		if at.Before(last) {
			t.Fatalf("entry %d is earlier than the one before", seq)
		}
		if _, err := keys.VerifyEntry(p, [64]byte(signature)); err != nil {
			t.Fatalf("entry %d: %v", seq, err)
		}
		stored, err := tlog.StoredHashesForRecordHash(seq, tlog.Hash(entry.Hash()), reader)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range stored {
			tree[tlog.StoredHashIndex(0, seq)+int64(i)] = h
		}
		prev, last, size = entry.Hash(), at, size+1
		if note != nil {
			proveCheckpoint(t, keys, []byte(*note), size, reader)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for seq := range size {
		receipt, err := l.service.Receipt(ctx, seq)
		if err != nil {
			t.Fatalf("receipt %d: %v", seq, err)
		}
		if verdict, err := proof.VerifyReceipt(receipt, keys); err != nil || verdict.Payload.Seq != seq {
			t.Fatalf("receipt %d: %v", seq, err)
		}
	}
	return size
}

func proveCheckpoint(t testing.TB, keys proof.KeySet, note []byte, size int64, reader tlog.HashReader) {
	t.Helper()
	checkpoint, _, err := proof.OpenCheckpoint(note, keys)
	if err != nil {
		t.Fatalf("checkpoint at %d: %v", size, err)
	}
	root, err := tlog.TreeHash(size, reader)
	if err != nil || checkpoint.Size != size || checkpoint.Root != proof.Hash(root) {
		t.Fatalf("checkpoint at %d is for size %d and another root: %v", size, checkpoint.Size, err)
	}
}

func TestEveryEntryIsProvable(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	for i := range 5 {
		l.sign(t, fmt.Sprintf("doc_%d", i), i*3)
	}
	if size := prove(t, l); size != 5+0+3+6+9+12 {
		t.Errorf("%d entries", size)
	}
}

func TestSignatureRowIsBoundToItsEntry(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	d := l.document(t, "https://example.com/policy.pdf")
	u := l.user(t, "zoe@example.com", domain.RoleSigner)
	s, created, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID, Locale: "fr"})
	if err != nil || !created {
		t.Fatal(created, err)
	}
	entry, err := l.store.Entry(t.Context(), s.Seq)
	if err != nil {
		t.Fatal(err)
	}
	p, err := proof.ParsePayload(entry.Payload)
	if err != nil {
		t.Fatal(err)
	}
	for what, pair := range map[string][2]string{
		"document": {s.DocID, p.Doc.ID}, "revision": {fmt.Sprint(s.Revision), p.Doc.Revision}, "user": {s.UserID, p.Signer.User},
		"email": {s.UserEmail, p.Signer.Email}, "name": {s.UserName, p.Signer.Name}, "hash": {s.PayloadHash, hex.EncodeToString(entry.PayloadHash[:])},
		"nonce": {s.Nonce, base64.StdEncoding.EncodeToString(p.Nonce[:])}, "title": {d.Title, p.Doc.Title}, "url": {d.URL, p.Doc.URL},
		"signature": {s.Signature, base64.StdEncoding.EncodeToString(entry.Signature[:])}, "previous": {s.PrevHash, hex.EncodeToString(entry.PrevHash[:])},
		"sentence": {"I have read this (fr).", p.Statement.Text}, "method": {"password", p.Signer.Method}, "entry": {s.EntryHash, hex.EncodeToString(entry.Hash[:])},
		"origin": {testOrigin, p.Origin},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: row %q, payload %q", what, pair[0], pair[1])
		}
	}
	if !s.SignedAt.Equal(p.At) {
		t.Errorf("signed at %v, payload %v", s.SignedAt, p.At)
	}
}

func TestReceiptStaysTheSameWhileTheLedgerGrows(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	l.sign(t, "first", 2)
	before, err := l.service.Receipt(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	l.sign(t, "second", 20)
	after, err := l.service.Receipt(t.Context(), 1)
	if err != nil || !bytes.Equal(before, after) {
		t.Errorf("the receipt changed: %v", err)
	}
}

func TestManySignAtOnceThroughTwoSequencers(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	one := newLedger(t, database)
	two := openLedger(t, database.DB(t), nil)
	d := one.document(t, "https://example.com/a")
	const people, tries = 24, 3
	var created atomic.Int64
	var wg sync.WaitGroup
	for i := range people {
		u := one.user(t, fmt.Sprintf("p%d@example.com", i), domain.RoleSigner)
		for try := range tries {
			wg.Go(func() {
				l := []*testLedger{one, two}[(i+try)%2]
				_, made, err := l.signing.Sign(context.Background(), session(u), signing.SignInput{DocID: d.ID})
				if err != nil {
					t.Errorf("sign: %v", err)
				}
				if made {
					created.Add(1)
				}
			})
		}
	}
	wg.Wait()
	if created.Load() != people {
		t.Errorf("%d signatures were created for %d people", created.Load(), people)
	}
	if size := prove(t, one); size != people+1 {
		t.Errorf("%d entries", size)
	}
}

func TestFirstVisitorsAtOnceGetTheSameDocument(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	one := newLedger(t, database)
	two := openLedger(t, database.DB(t), nil)
	two.author = one.author
	ids := make(chan string, 16)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			l := []*testLedger{one, two}[i%2]
			view, _, err := l.documents.Create(context.Background(), l.author, documents.CreateInput{Reference: "HTTPS://Example.com/same?utm_source=x"})
			if err != nil {
				t.Errorf("create: %v", err)
			}
			ids <- view.ID
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("two documents: %s and %s", first, id)
		}
	}
	if size := prove(t, one); size != 1 {
		t.Errorf("%d revisions were recorded", size)
	}
}

// flaky is a store whose connection is lost now and then, before or after the commit.
type flaky struct {
	ledger.Store
	before, after, inTurn atomic.Int64 // how many calls fail that way
}

func (f *flaky) Append(ctx context.Context, b ledger.Batch) error {
	if f.before.Add(-1) >= 0 {
		return ledger.ErrOutcomeUnknown
	}
	err := f.Store.Append(ctx, b)
	if err == nil && f.after.Add(-1) >= 0 {
		return ledger.ErrOutcomeUnknown
	}
	return err
}

func (f *flaky) AppendInTurn(ctx context.Context, nonces [][]byte, build func(ledger.Tail) (ledger.Batch, error)) (bool, error) {
	already, err := f.Store.AppendInTurn(ctx, nonces, build)
	if err == nil && !already && f.inTurn.Add(-1) >= 0 {
		return false, ledger.ErrOutcomeUnknown
	}
	return already, err
}

func TestALostConnectionNeitherLosesNorDoubles(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(*flaky){
		"before the commit":             func(f *flaky) { f.before.Store(1) },
		"after the commit":              func(f *flaky) { f.after.Store(1) },
		"before, then after in turn":    func(f *flaky) { f.before.Store(1); f.inTurn.Store(1) },
		"again and again, in each way":  func(f *flaky) { f.before.Store(3); f.after.Store(4); f.inTurn.Store(3) },
		"after the commit, three times": func(f *flaky) { f.after.Store(3) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var broken *flaky
			l := openLedger(t, dbtest.New(t).DB(t), func(s ledger.Store) ledger.Store {
				broken = &flaky{Store: s}
				return broken
			})
			l.author = l.user(t, "author@example.com", domain.RoleAuthor)
			d := l.document(t, "doc")
			fail(broken)
			for i := range 8 {
				u := l.user(t, fmt.Sprintf("p%d@example.com", i), domain.RoleSigner)
				if _, created, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID}); err != nil || !created {
					t.Fatalf("sign: created %v, %v", created, err)
				}
			}
			if size := prove(t, l); size != 9 {
				t.Errorf("%d entries", size)
			}
		})
	}
}

func TestAClockThatIsOffSignsNothing(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	d := l.document(t, "doc")
	off := atomic.Int64{}
	l.sequencer.Clock = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
	sign := func(email string) error {
		_, _, err := l.signing.Sign(t.Context(), session(l.user(t, email, domain.RoleSigner)), signing.SignInput{DocID: d.ID})
		return err
	}
	for _, by := range []time.Duration{10 * time.Second, -10 * time.Second} {
		off.Store(int64(by))
		if err := sign(fmt.Sprintf("p%d@example.com", rand.Int32())); !errors.Is(err, domain.ErrClockSuspect) {
			t.Errorf("off by %v: %v", by, err)
		}
	}
	off.Store(int64(-2 * time.Second))
	if err := sign("late@example.com"); err != nil {
		t.Errorf("off by two seconds: %v", err)
	}
	if size := prove(t, l); size != 2 {
		t.Errorf("%d entries", size)
	}
}

func TestTheLedgerKeepsItsKeysAndItsOrigin(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	open := func(secret, origin string) (string, error) {
		keys, err := proof.ParseSecret(secret)
		if err != nil {
			t.Fatal(err)
		}
		return l.store.Open(t.Context(), origin, keys, time.Now().UTC())
	}
	other, err := proof.GenerateSecret()
	if err != nil {
		t.Fatal(err)
	}
	if origin, err := open(other, "elsewhere.example.com/ledger"); err != nil || origin != testOrigin {
		t.Errorf("an empty ledger takes new keys and keeps its origin: %q, %v", origin, err)
	}
	d := domain.Draft{Type: "revision", Fields: proof.Fields{"doc": proof.Fields{"id": "x"}}}
	if _, err := l.sequencer.Append(t.Context(), []domain.Draft{d}, nil); !errors.Is(err, domain.ErrKeyRetired) {
		t.Errorf("a process with the old secret signs: %v", err)
	}
	if _, err := open(testSecret, testOrigin); err != nil {
		t.Fatal(err)
	}
	if _, err := l.sequencer.Append(t.Context(), []domain.Draft{d}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := open(other, testOrigin); !errors.Is(err, domain.ErrKeyRetired) {
		t.Errorf("a ledger with an entry takes other keys: %v", err)
	}
	if size := prove(t, l); size != 1 {
		t.Errorf("%d entries", size)
	}
}

func TestOneBadRequestOfABatchHarmsNoOther(t *testing.T) {
	t.Parallel()
	l := newLedger(t, dbtest.New(t))
	good := domain.Draft{Type: "revision", Fields: proof.Fields{"doc": proof.Fields{"id": "x"}}}
	bad := domain.Draft{Type: "revision", Fields: proof.Fields{"seq": "7"}}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			draft, fails := good, i%5 == 0
			if fails {
				draft = bad
			}
			if _, err := l.sequencer.Append(context.Background(), []domain.Draft{draft, good}, nil); (err != nil) != fails {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	wg.Wait()
	if size := prove(t, l); size != 64 {
		t.Errorf("%d entries", size)
	}
}

var _ ledger.Store = postgres.Ledger{}
