//go:build bench

// Package bench measures what the documentation claims, each figure beside its baseline in the same run: `make bench`.
package bench

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg"
	"github.com/ackify/ackify/backend/internal/infrastructure/embeddedpg/embeddedpgtest"
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
	appendOne, insertOne := prepare(t)
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

func prepare(t *testing.T) (appendOne, insertOne func() error) {
	t.Helper()
	ctx := context.Background()
	bin, err := embeddedpgtest.BinDir()
	must(t, err)
	server, err := embeddedpg.Start(ctx, embeddedpg.Config{DataDir: t.TempDir(), BinDir: bin})
	must(t, err)
	t.Cleanup(func() { must(t, server.Stop(ctx)) })
	migrator, err := postgres.NewMigrator(ctx, server.MigrateDSN())
	must(t, err)
	must(t, migrator.Up())
	must(t, migrator.Close())
	pool, err := postgres.Open(ctx, postgres.PoolConfig{DSN: server.AppDSN(), MaxConns: 40})
	must(t, err)
	t.Cleanup(pool.Close)
	db := postgres.DB{Pool: pool}

	secret, err := proof.GenerateSecret()
	must(t, err)
	keys, err := proof.ParseSecret(secret)
	must(t, err)
	store := postgres.Ledger{DB: db}
	origin, err := store.Open(ctx, "sign.example.com/ledger", keys, time.Now().UTC())
	must(t, err)
	sequencer := ledger.NewSequencer(store, keys, origin, time.Now, slog.New(slog.DiscardHandler))
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { sequencer.Run(running); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })

	user, err := postgres.Accounts{DB: db}.CreateUser(ctx, accounts.NewUser{
		Email: "zoe@example.com", Name: "Zoë Müller", Role: domain.RoleAuthor, Locale: "fr", HashedPassword: "x", CreatedAt: time.Now().UTC(),
	})
	must(t, err)
	service := documents.Service{Documents: postgres.Documents{DB: db}, Signatures: postgres.Signatures{DB: db}, Ledger: sequencer}
	view, _, err := service.Create(ctx, user, "https://docs.example.com/policy.pdf", "Information security policy 2026")
	must(t, err)
	var number atomic.Int64
	signed := func() domain.Acknowledgement {
		who := user
		who.ID = fmt.Sprintf("9d2f1f0e-0a51-4f8c-8f6f-%012d", number.Add(1))
		return domain.Acknowledgement{
			Document: view.Document, Locale: "fr", Text: "Je certifie avoir lu et compris ce document.",
			Session: domain.Session{User: who, Method: "password", AuthenticatedAt: time.Now()},
		}
	}
	appendOne = func() error {
		a := signed()
		_, err := sequencer.Append(ctx, []domain.Draft{a.Draft()}, func(e []domain.Entry) domain.Effects {
			return domain.Effects{Signatures: []domain.Signature{a.Signature(e[0])}}
		})
		return err
	}
	return appendOne, plainInsert(t, server, db, keys, origin, signed)
}

// plainInsert prepares the table of migration 0001 and the row that an acknowledgement would be in it.
func plainInsert(t *testing.T, server *embeddedpg.Server, db postgres.DB, keys proof.Keys, origin string, signed func() domain.Acknowledgement) func() error {
	t.Helper()
	ctx := context.Background()
	owner, err := postgres.Open(ctx, postgres.PoolConfig{DSN: server.OwnerDSN(), MaxConns: 1})
	must(t, err)
	defer owner.Close()
	_, err = owner.Exec(ctx, `CREATE TABLE plain (id bigserial PRIMARY KEY, doc_id text NOT NULL, user_sub text NOT NULL, user_email text NOT NULL,
		user_name text, signed_at timestamptz NOT NULL, payload bytea NOT NULL, payload_hash text NOT NULL, signature text NOT NULL,
		nonce text NOT NULL, prev_hash text NOT NULL, entry_hash text NOT NULL, created_at timestamptz NOT NULL DEFAULT now(),
		UNIQUE (doc_id, user_sub));
		CREATE INDEX ON plain (doc_id); CREATE INDEX ON plain (user_sub);
		GRANT INSERT ON plain TO ackify_app; GRANT USAGE ON SEQUENCE plain_id_seq TO ackify_app`)
	must(t, err)
	payload, entry, err := proof.Seal(keys, proof.Position{Origin: origin, Seq: 123456, At: time.Now(), PrevHash: proof.Hash{1}},
		"signature", signed().Draft().Fields)
	must(t, err)
	hash := entry.Hash()
	return func() error {
		var nonce [16]byte
		rand.Read(nonce[:])
		a := signed()
		_, err := db.Pool.Exec(ctx, `INSERT INTO plain (doc_id, user_sub, user_email, user_name, signed_at, payload, payload_hash, signature,
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
