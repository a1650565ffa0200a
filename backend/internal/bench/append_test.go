//go:build bench

// Package bench measures what the documentation claims, each figure beside its baseline in the same run: `make bench`.
package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
	"github.com/ackify/ackify/backend/internal/infrastructure/fetch"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/pkg/proof"
)

const (
	rounds = 5
	round  = 3 * time.Second
)

// rate runs work with so many clients for a while and returns how often it was done a second.
func rate(t *testing.T, clients int, work func() error) float64 {
	t.Helper()
	var done atomic.Int64
	var wg sync.WaitGroup
	start := time.Now()
	end := start.Add(round)
	for range clients {
		wg.Go(func() {
			for time.Now().Before(end) {
				if err := work(); err != nil {
					t.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(start).Seconds()
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}

// Appends with everything in the same commit (entry, signature row, Merkle nodes, signed checkpoint) against plain inserts of one
// row of the same size, on the same PostgreSQL with fsync and synchronous_commit on, in turns. The plain row has what a system without
// a ledger keeps of a signature: the columns, unique constraint and indexes of migration 0001, and the payload.
func TestAppends(t *testing.T) {
	b := prepare(t)
	appendOne, insertOne := func() error { return b.append(1) }, b.plainInsert(t)
	for _, clients := range []int{32, 1} {
		var appends, inserts []float64
		for range rounds {
			inserts = append(inserts, rate(t, clients, insertOne))
			appends = append(appends, rate(t, clients, appendOne))
		}
		a, i := median(appends), median(inserts)
		fmt.Printf("appends, %2d clients: %7.0f/s   plain inserts: %7.0f/s   ratio %.2f (medians of %d rounds of %s)\n",
			clients, a, i, a/i, rounds, round)
	}
}

// bench is a ledger on a PostgreSQL of its own, fsync and all.
type bench struct {
	server    *embeddedpg.Server
	db        postgres.DB
	store     postgres.Ledger
	secret    string
	keys      proof.Keys
	origin    string
	sequencer *ledger.Sequencer
	signed    func() domain.Acknowledgement // the next person's
}

func prepare(t *testing.T) bench {
	t.Helper()
	debug.SetGCPercent(400) // as `ackify serve` does
	ctx := context.Background()
	bin, err := embeddedpgtest.BinDir()
	must(t, err)
	b := bench{}
	b.server, err = embeddedpg.Start(ctx, embeddedpg.Config{DataDir: t.TempDir(), BinDir: bin})
	must(t, err)
	t.Cleanup(func() { must(t, b.server.Stop(ctx)) })
	migrator, err := postgres.NewMigrator(ctx, b.server.MigrateDSN())
	must(t, err)
	must(t, migrator.Up())
	must(t, migrator.Close())
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: b.server.AppDSN(), MaxConns: 40})
	must(t, err)
	t.Cleanup(pool.Close)
	b.db = postgres.DB{Pool: pool}

	b.secret, err = proof.GenerateSecret()
	must(t, err)
	b.keys, err = proof.ParseSecret(b.secret)
	must(t, err)
	b.store = postgres.Ledger{DB: b.db}
	b.origin, err = b.store.Open(ctx, "sign.example.com/ledger", b.keys, time.Now().UTC())
	must(t, err)
	file, err := checkpointfile.Open(t.TempDir() + "/checkpoints")
	must(t, err)
	logger := slog.New(slog.DiscardHandler)
	anchor := &ledger.Anchor{Store: b.store, File: file, Origin: b.origin, Clock: time.Now, Logger: logger}
	must(t, anchor.Open(ctx))
	b.sequencer = ledger.NewSequencer(b.store, b.keys, b.origin, time.Now, logger)
	b.sequencer.Guard = anchor
	running, stop := context.WithCancel(ctx)
	var ended sync.WaitGroup
	ended.Go(func() { b.sequencer.Run(running) })
	ended.Go(func() { anchor.Run(running) })
	t.Cleanup(func() { stop(); ended.Wait() })

	user, err := postgres.Accounts{DB: b.db}.CreateUser(ctx, accounts.NewUser{
		ID: uuid.NewString(), Email: "zoe@example.com", Name: "Zoë Müller", Role: domain.RoleAuthor, Locale: "fr", HashedPassword: "x", Verified: true,
		CreatedAt: time.Now().UTC(),
	}, domain.Outbox{})
	must(t, err)
	offline, err := fetch.New(fetch.Config{Off: true})
	must(t, err)
	service := documents.Service{
		Documents: postgres.Documents{DB: b.db}, Remotes: postgres.Remotes{DB: b.db}, Signatures: postgres.Signatures{DB: b.db}, Ledger: b.sequencer,
		Contents: contents.Service{Fetcher: offline}, Creators: domain.CreatorsAuthors, Clock: time.Now, Logger: logger,
	}
	view, _, err := service.Create(ctx, user, documents.CreateInput{
		Reference: "https://docs.example.com/policy.pdf", Title: "Information security policy 2026",
	})
	must(t, err)
	var number atomic.Int64
	b.signed = func() domain.Acknowledgement {
		who := user
		who.ID = fmt.Sprintf("9d2f1f0e-0a51-4f8c-8f6f-%012d", number.Add(1))
		return domain.Acknowledgement{
			Document: view.Document, Locale: "fr", Text: "Je certifie avoir lu et compris ce document.",
			Session: domain.Session{User: who, Method: "password", AuthenticatedAt: time.Now()},
		}
	}
	return b
}

// append records so many acknowledgements, in one transaction.
func (b bench) append(count int) error {
	people := make([]domain.Acknowledgement, count)
	drafts := make([]domain.Draft, count)
	for i := range people {
		people[i] = b.signed()
		drafts[i] = people[i].Draft()
	}
	_, err := b.sequencer.Append(context.Background(), drafts, func(entries []domain.Entry) domain.Effects {
		var effects domain.Effects
		for i, e := range entries {
			effects.Signatures = append(effects.Signatures, people[i].Signature(e))
		}
		return effects
	})
	return err
}

// plainInsert prepares the table of migration 0001 and the row that an acknowledgement would be in it.
func (b bench) plainInsert(t *testing.T) func() error {
	t.Helper()
	ctx := context.Background()
	owner, err := postgres.Open(ctx, postgres.PoolConfig{DSN: b.server.OwnerDSN(), MaxConns: 1})
	must(t, err)
	defer owner.Close()
	_, err = owner.Exec(ctx, `CREATE TABLE plain (id bigserial PRIMARY KEY, doc_id text NOT NULL, user_sub text NOT NULL, user_email text NOT NULL,
		user_name text, signed_at timestamptz NOT NULL, payload bytea NOT NULL, payload_hash text NOT NULL, signature text NOT NULL,
		nonce text NOT NULL, prev_hash text NOT NULL, entry_hash text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
		UNIQUE (doc_id, user_sub));
		CREATE INDEX ON plain (doc_id); CREATE INDEX ON plain (user_sub);
		GRANT INSERT ON plain TO ackify_app; GRANT USAGE ON SEQUENCE plain_id_seq TO ackify_app`)
	must(t, err)
	payload, entry, err := proof.Seal(b.keys, proof.Position{Origin: b.origin, Seq: 123456, At: time.Now(), PrevHash: proof.Hash{1}},
		"signature", b.signed().Draft().Fields)
	must(t, err)
	hash := entry.Hash()
	return func() error {
		var nonce [16]byte
		rand.Read(nonce[:])
		a := b.signed()
		_, err := b.db.Pool.Exec(ctx, `INSERT INTO plain (doc_id, user_sub, user_email, user_name, signed_at, payload, payload_hash, signature,
			nonce, prev_hash, entry_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			a.Document.ID, a.Session.User.ID, string(a.Session.User.Email), a.Session.User.Name, time.Now(), payload,
			hex.EncodeToString(entry.PayloadHash[:]), hex.EncodeToString(entry.Signature[:]), hex.EncodeToString(nonce[:]),
			hex.EncodeToString(hash[:]), hex.EncodeToString(hash[:]))
		return err
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
