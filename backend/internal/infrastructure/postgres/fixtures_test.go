package postgres_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	testSecret = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	testOrigin = "sign.example.com/ledger"
)

type sentence struct{}

func (sentence) Acknowledgement(l domain.Locale) string {
	return "I have read this (" + string(l) + ")."
}

// nowhere is a network without anything in it.
type nowhere struct{}

func (nowhere) Fetch(context.Context, string, int64) (contents.Remote, error) {
	return contents.Remote{}, domain.ErrURLUnreachable
}

// testLedger is the real thing on a test's own database: repositories, sequencer and use cases.
type testLedger struct {
	db        postgres.DB
	store     postgres.Ledger
	sequencer *ledger.Sequencer
	documents documents.Service
	signing   signing.Service
	service   ledger.Service
	author    domain.User
}

func newLedger(t testing.TB, database dbtest.Database) *testLedger {
	t.Helper()
	l := openLedger(t, database.DB(t), nil)
	l.author = l.user(t, "author@example.com", domain.RoleAuthor)
	return l
}

// openLedger starts a sequencer, as one server process has it. wrap may put something before the store.
func openLedger(t testing.TB, db postgres.DB, wrap func(ledger.Store) ledger.Store) *testLedger {
	t.Helper()
	keys, err := proof.ParseSecret(testSecret)
	if err != nil {
		t.Fatal(err)
	}
	l := &testLedger{db: db, store: postgres.Ledger{DB: db}}
	origin, err := l.store.Open(t.Context(), testOrigin, keys, time.Now().UTC().Truncate(time.Microsecond))
	if err != nil {
		t.Fatal(err)
	}
	var store ledger.Store = l.store
	if wrap != nil {
		store = wrap(store)
	}
	l.sequencer = ledger.NewSequencer(store, keys, origin, time.Now, slog.New(slog.DiscardHandler))
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.sequencer.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	signatures := postgres.Signatures{DB: db}
	l.service = ledger.Service{Ledger: l.store}
	l.documents = documents.Service{
		Documents: postgres.Documents{DB: db}, Remotes: postgres.Remotes{DB: db}, Verifications: postgres.Verifications{DB: db},
		Contents: contents.Service{Fetcher: nowhere{}}, Signatures: signatures, Ledger: l.sequencer, Creators: domain.CreatorsAuthors, Clock: time.Now,
	}
	l.signing = signing.Service{
		Documents: postgres.Documents{DB: db}, Readers: l.documents, Signatures: signatures, Ledger: l.sequencer, Receipts: l.service, Sentences: sentence{},
	}
	return l
}

func (l *testLedger) user(t testing.TB, email string, role domain.Role) domain.User {
	t.Helper()
	u, err := postgres.Accounts{DB: l.db}.CreateUser(t.Context(), accounts.NewUser{
		ID: uuid.NewString(), Verified: true, Email: domain.Email(email), Name: strings.ToUpper(email[:1]) + email[1:], Role: role, Locale: "en", HashedPassword: "x", CreatedAt: time.Now().UTC(),
	}, domain.Outbox{})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (l *testLedger) document(t testing.TB, reference string) domain.Document {
	t.Helper()
	view, _, err := l.documents.Create(t.Context(), l.author, documents.CreateInput{Reference: reference, Title: "Title of " + reference})
	if err != nil {
		t.Fatal(err)
	}
	return view.Document
}

func session(u domain.User) domain.Session {
	return domain.Session{User: u, Method: "password", AuthenticatedAt: time.Now().UTC().Truncate(time.Microsecond)}
}

// sign makes a document and as many signers, who all sign it.
func (l *testLedger) sign(t testing.TB, reference string, signers int) {
	t.Helper()
	d := l.document(t, reference)
	for i := range signers {
		u := l.user(t, fmt.Sprintf("signer%d@%s.example.com", i, strings.ReplaceAll(reference, "_", "-")), domain.RoleSigner)
		if _, created, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID}); err != nil || !created {
			t.Fatalf("sign: created %v, %v", created, err)
		}
	}
}
