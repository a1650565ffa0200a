package postgres_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func TestTimesNeverGoBackWhenTheClockJumps(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	d := l.document(t, "doc")
	off := atomic.Int64{}
	l.sequencer.Clock = func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
	signed := int64(1)
	for i, by := range []time.Duration{4 * time.Second, 3 * time.Hour, -4 * time.Second, -3 * time.Hour, 0, 4 * time.Second, -72 * time.Hour, -4 * time.Second, 72 * time.Hour, 0} {
		off.Store(int64(by))
		_, _, err := l.signing.Sign(t.Context(), session(l.user(t, fmt.Sprintf("p%d@example.com", i), domain.RoleSigner)), signing.SignInput{DocID: d.ID})
		if far := by.Abs() > 5*time.Second; far != errors.Is(err, domain.ErrClockSuspect) || !far && err != nil {
			t.Errorf("off by %s: %v", by, err)
		}
		if err == nil {
			signed++
		}
	}
	off.Store(0)
	if size := prove(t, l); size != signed {
		t.Errorf("%d entries, want %d", size, signed)
	}
	var back int
	err := database.AsOwner(t).Pool.QueryRow(t.Context(), `
		SELECT count(*) FROM (SELECT created_at < lag(created_at) OVER (ORDER BY seq) AS back FROM ledger_entries) e WHERE back`).Scan(&back)
	if err != nil || back != 0 {
		t.Errorf("%d entries are before the one before; %v", back, err)
	}
}

func TestADatabaseWithoutAConnectionLeftIsUnavailableUntilItHasOne(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	d := l.document(t, "doc")
	u := l.user(t, "signer@example.com", domain.RoleSigner)
	sign := func() (bool, error) {
		_, created, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID})
		return created, err
	}
	owner := database.AsOwner(t).Pool
	if _, err := owner.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT 0", database.Name)); err != nil {
		t.Fatal(err)
	}
	l.db.Pool.Reset()
	if _, err := sign(); !errors.Is(err, domain.ErrDatabase) {
		t.Errorf("with no connection left: %v", err)
	}
	if _, err := owner.Exec(t.Context(), fmt.Sprintf("ALTER DATABASE %s CONNECTION LIMIT -1", database.Name)); err != nil {
		t.Fatal(err)
	}
	if created, err := sign(); err != nil || !created {
		t.Errorf("afterwards: %v %v", created, err)
	}
}

func TestAConnectionThatDiesInTheMiddleOfABatch(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	d := l.document(t, "doc")
	u := l.user(t, "signer@example.com", domain.RoleSigner)
	owner := database.AsOwner(t).Pool
	turn, err := owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := turn.Exec(t.Context(), `SELECT pg_advisory_xact_lock(7276381650436441)`); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, created, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID})
		if err == nil && !created {
			err = errors.New("it was there")
		}
		done <- err
	}()
	for ended := 0; ended == 0; {
		err := owner.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity, pg_terminate_backend(pid)
			WHERE datname = current_database() AND usename = 'ackify_app' AND wait_event = 'advisory'`).Scan(&ended)
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(turn.Rollback(t.Context()), <-done); err != nil {
		t.Errorf("sign: %v", err)
	}
	if size := prove(t, l); size != 2 {
		t.Errorf("%d entries", size)
	}
}

// What the database itself ends, for its own reasons, is no fault of the request.
func TestWhatTheDatabaseEndsIsUnavailable(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	owner := database.AsOwner(t).Pool
	for _, setting := range []string{"statement_timeout", "idle_in_transaction_session_timeout", "transaction_timeout", "lock_timeout"} {
		tx, err := l.db.Pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		lock, err := owner.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := lock.Exec(t.Context(), `SELECT pg_advisory_xact_lock(7276381650436441)`); err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "SET LOCAL "+setting+" = 30"); err != nil {
			t.Fatal(err)
		}
		if setting == "idle_in_transaction_session_timeout" {
			for state := "idle in transaction"; state != ""; {
				if err := owner.QueryRow(t.Context(), `SELECT coalesce((SELECT state FROM pg_stat_activity WHERE pid = $1), '')`, tx.Conn().PgConn().PID()).Scan(&state); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err = tx.Exec(t.Context(), `SELECT pg_advisory_xact_lock(7276381650436441)`)
		if err = postgres.Translate(err); !errors.Is(err, domain.ErrDatabase) {
			t.Errorf("%s: %v", setting, err)
		}
		_ = tx.Rollback(t.Context())
		if err := lock.Rollback(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	l.sign(t, "afterwards", 1)
}
