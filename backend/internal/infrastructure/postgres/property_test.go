package postgres_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/ackify/ackify/backend/internal/application/audit"
	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/checkpointfile"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

// history is a ledger to which two processes do what the generator thinks of.
type history struct {
	t        *testing.T
	database dbtest.Database
	db       postgres.DB
	store    postgres.Ledger
	file     *checkpointfile.File
	secret   string
	secrets  int
	writers  [2]*writer
	document domain.Document
	people   int
}

// writer is one process: its sequencer, its anchor, and how it ends.
type writer struct {
	sequencer *ledger.Sequencer
	anchor    *ledger.Anchor
	stop      func()
}

func newHistory(t *testing.T) *history {
	h := &history{t: t, database: dbtest.New(t), secret: testSecret}
	h.db = h.database.DB(t)
	h.store = postgres.Ledger{DB: h.db}
	var err error
	if h.file, err = checkpointfile.Open(filepath.Join(t.TempDir(), "checkpoints")); err != nil {
		t.Fatal(err)
	}
	l := newLedger(t, h.database)
	h.document = l.document(t, "policy")
	for i := range h.writers {
		h.start(i)
	}
	return h
}

func (h *history) start(i int) {
	w := &writer{sequencer: ledger.NewSequencer(h.store, secretKeys(h.t, h.secret), testOrigin, time.Now, slog.New(slog.DiscardHandler))}
	w.anchor = &ledger.Anchor{Store: h.store, File: h.file, Origin: testOrigin, Clock: time.Now, Logger: slog.New(slog.DiscardHandler)}
	if err := errors.Join(w.anchor.Open(context.Background()), w.anchor.May()); err != nil {
		h.t.Fatal(err)
	}
	w.sequencer.Guard = w.anchor
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.sequencer.Run(ctx); close(done) }()
	w.stop = func() { cancel(); <-done }
	h.writers[i] = w
}

// append lets a writer record so many acknowledgements, each a request of its own or all in one.
func (h *history) append(i, count int, together bool) {
	people := make([]domain.Acknowledgement, count)
	for n := range people {
		h.people++
		u := domain.User{ID: fmt.Sprintf("user-%d", h.people), Email: domain.Email(fmt.Sprintf("p%d@example.com", h.people)), Name: "P"}
		people[n] = domain.Acknowledgement{Document: h.document, Session: session(u), Locale: "en", Text: "I have read this."}
	}
	record := func(who []domain.Acknowledgement) {
		drafts := make([]domain.Draft, len(who))
		for n := range who {
			drafts[n] = who[n].Draft()
		}
		_, err := h.writers[i].sequencer.Append(context.Background(), drafts, func(entries []domain.Entry) (effects domain.Effects) {
			for n, e := range entries {
				effects.Signatures = append(effects.Signatures, who[n].Signature(e))
			}
			return effects
		})
		// A crash between may leave it open to the caller whether it was written; never half.
		if err != nil && !errors.Is(err, domain.ErrDatabase) {
			h.t.Error(err)
		}
	}
	if together {
		record(people)
		return
	}
	var all sync.WaitGroup
	for n := range people {
		all.Go(func() { record(people[n : n+1]) })
	}
	all.Wait()
}

func (h *history) nextSecret() string {
	h.secrets++
	raw := make([]byte, 32)
	raw[0] = byte(h.secrets)
	return base64.StdEncoding.EncodeToString(raw)
}

func (h *history) verify(since int64) audit.Report {
	report, err := audit.Verifier{Store: h.store, File: h.file, Pinned: pinnedTo(h.t, h.secret)}.Verify(context.Background(), since)
	if err != nil {
		h.t.Fatalf("the ledger does not verify: %v", err)
	}
	return report
}

// Any sequence of batches, crashes between, rotations, erasures and two writers gives a ledger that verifies.
func TestAnyHistoryVerifies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		t.Run("history", func(t *testing.T) {
			h := newHistory(t)
			rt.Repeat(map[string]func(*rapid.T){
				"one request": func(rt *rapid.T) {
					h.append(rapid.IntRange(0, 1).Draw(rt, "writer"), rapid.IntRange(1, 40).Draw(rt, "entries"), true)
				},
				"many at once": func(rt *rapid.T) {
					h.append(rapid.IntRange(0, 1).Draw(rt, "writer"), rapid.IntRange(1, 20).Draw(rt, "requests"), false)
				},
				"both at once": func(rt *rapid.T) {
					var both sync.WaitGroup
					counts := [2]int{rapid.IntRange(1, 8).Draw(rt, "first"), rapid.IntRange(1, 8).Draw(rt, "second")}
					people := h.people
					h.people += counts[0] + counts[1]
					for i := range h.writers {
						own := *h
						if own.people = people; i == 1 {
							own.people += counts[0]
						}
						both.Go(func() { own.append(i, counts[i], false) })
					}
					both.Wait()
				},
				"asked and no longer": func(rt *rapid.T) {
					e := domain.Expectation{DocID: h.document.ID, Email: domain.Email(fmt.Sprintf("p%d@example.com", rapid.IntRange(1, 50).Draw(rt, "who"))), By: "admin"}
					if _, err := h.writers[0].sequencer.Append(context.Background(), []domain.Draft{e.ExpectedDraft(), e.UnexpectedDraft()}, nil); err != nil {
						t.Error(err)
					}
				},
				"a crash": func(rt *rapid.T) {
					i := rapid.IntRange(0, 1).Draw(rt, "writer")
					var writing sync.WaitGroup
					own := *h
					h.people += 10
					writing.Go(func() { own.append(i, 10, false) })
					h.cut()
					writing.Wait()
					h.writers[i].stop()
					h.db.Pool.Reset()
					h.start(i)
				},
				"a rotation": func(*rapid.T) {
					known, err := h.store.KeySet(context.Background())
					if err != nil {
						t.Fatal(err)
					}
					next := h.nextSecret()
					err = ledger.Rotation{Origin: testOrigin, Old: secretKeys(t, h.secret), New: secretKeys(t, next), Clock: time.Now}.Rotate(context.Background(), h.store, known)
					if err != nil {
						t.Fatal(err)
					}
					h.secret = next
					for i, w := range h.writers {
						w.stop()
						h.start(i)
					}
				},
				"an erasure": func(rt *rapid.T) { h.erase(rapid.IntRange(1, 50).Draw(rt, "who")) },
				"publishing": func(rt *rapid.T) {
					a := h.writers[rapid.IntRange(0, 1).Draw(rt, "writer")].anchor
					if err := errors.Join(a.RunOnce(context.Background()), a.May()); err != nil {
						t.Fatal(err)
					}
				},
			})
			for _, w := range h.writers {
				w.stop()
			}
			report := h.verify(0)
			since := rapid.Int64Range(0, report.Size).Draw(rt, "since")
			if again := h.verify(since); again.Root != report.Root {
				t.Errorf("since %d there is another root", since)
			}
			var rows int64
			if err := h.db.Pool.QueryRow(context.Background(), "SELECT count(*) FROM signatures").Scan(&rows); err != nil || rows > int64(h.people) {
				t.Errorf("%d signatures of %d people, %v", rows, h.people, err)
			}
		})
	})
}

// cut ends every connection of the application, as a fail-over does.
func (h *history) cut() {
	conn, err := pgx.Connect(context.Background(), h.database.Owner)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(context.Background(), "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'ackify_app' AND datname = current_database()"); err != nil {
		h.t.Fatal(err)
	}
}

func (h *history) erase(who int) {
	email := fmt.Sprintf("p%d@example.com", who)
	migrate, err := postgres.Open(context.Background(), postgres.PoolConfig{DSN: h.database.Migrate, MaxConns: 1})
	if err != nil {
		h.t.Fatal(err)
	}
	defer migrate.Close()
	service := erasure.Service{Repository: postgres.Erasures{DB: h.db}, Clock: time.Now}
	once := ledger.Once{Keys: secretKeys(h.t, h.secret), Origin: testOrigin, Clock: time.Now}
	_, err = service.Carry(context.Background(), postgres.Erasures{DB: postgres.DB{Pool: migrate}}, once, email, "asked for it")
	if err != nil && !errors.Is(err, erasure.ErrNobody) {
		h.t.Fatal(err)
	}
}
