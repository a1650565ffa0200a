package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/signing"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/dbtest"
)

func connect(t testing.TB, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := conn.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// The queries that operators know by heart, word for word.
const (
	signaturesOfDocument = `
SELECT
  user_email,
  user_name,
  signed_at,
  payload_hash,
  signature
FROM signatures
WHERE doc_id = 'my_document'
ORDER BY signed_at DESC;`
	completion = `
WITH expected AS (
  SELECT COUNT(*) as total
  FROM expected_signers
  WHERE doc_id = 'my_document'
),
signed AS (
  SELECT COUNT(*) as count
  FROM signatures s
  INNER JOIN expected_signers e ON s.user_email = e.email AND s.doc_id = e.doc_id
  WHERE s.doc_id = 'my_document'
)
SELECT
  e.total as expected,
  s.count as signed,
  ROUND(100.0 * s.count / NULLIF(e.total, 0), 2) as completion_pct
FROM expected e, signed s;`
	missingSigners = `
SELECT
  e.email,
  e.name,
  e.added_at
FROM expected_signers e
LEFT JOIN signatures s ON e.email = s.user_email AND e.doc_id = s.doc_id
WHERE e.doc_id = 'my_document' AND s.id IS NULL
ORDER BY e.added_at;`
	unexpectedSignatures = `
SELECT
  s.user_email,
  s.signed_at
FROM signatures s
LEFT JOIN expected_signers e ON s.user_email = e.email AND s.doc_id = e.doc_id
WHERE s.doc_id = 'my_document' AND e.id IS NULL
ORDER BY s.signed_at DESC;`
	waitingEmails = `
SELECT
  id,
  to_addresses,
  subject,
  status,
  priority,
  retry_count,
  scheduled_for,
  created_at
FROM email_queue
WHERE status IN ('pending', 'processing')
ORDER BY priority DESC, scheduled_for ASC
LIMIT 20;`
	failedEmails = `
SELECT
  id,
  to_addresses,
  subject,
  retry_count,
  max_retries,
  last_error,
  next_retry_at
FROM email_queue
WHERE status = 'failed'
ORDER BY created_at DESC;`
	emailStatistics = `
SELECT
  status,
  COUNT(*) as count,
  MIN(created_at) as oldest,
  MAX(created_at) as newest
FROM email_queue
GROUP BY status
ORDER BY status;`
	tableSizes = `
SELECT
  schemaname,
  tablename,
  pg_size_pretty(pg_total_relation_size(schemaname||'.'||tablename)) AS size
FROM pg_tables
WHERE schemaname = 'public'
ORDER BY pg_total_relation_size(schemaname||'.'||tablename) DESC;`
	tableStatistics   = `SELECT * FROM pg_stat_user_tables WHERE schemaname = 'public';`
	activeConnections = `
SELECT
  datname,
  usename,
  application_name,
  client_addr,
  state,
  query
FROM pg_stat_activity
WHERE datname = 'ackify';`
)

func column[T any](t *testing.T, conn *pgx.Conn, query string, index int) []T {
	t.Helper()
	rows, err := conn.Query(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	values, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v T, err error) {
		all, err := row.Values()
		if err == nil {
			v, _ = all[index].(T)
		}
		return v, err
	})
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	return values
}

func TestSeedQueries(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	l := newLedger(t, database)
	d := l.document(t, "my_document")
	conn := connect(t, database.Owner)
	for i, email := range []string{"ada@example.com", "bob@example.com", "eve@example.com"} {
		u := l.user(t, email, domain.RoleSigner)
		if i != 1 {
			if _, _, err := l.signing.Sign(t.Context(), session(u), signing.SignInput{DocID: d.ID}); err != nil {
				t.Fatal(err)
			}
		}
		if i != 2 {
			if _, err := conn.Exec(t.Context(), `INSERT INTO expected_signers (doc_id, email, name, added_by) VALUES ('my_document', $1, 'N', 'admin')`, email); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := conn.Exec(t.Context(), `INSERT INTO email_queue (to_addresses, subject, template, status, priority) VALUES
		('{a@x}', 'low', 'reminder', 'pending', 0), ('{a@x}', 'high', 'reminder', 'processing', 10), ('{a@x}', 'broken', 'reminder', 'failed', 0)`); err != nil {
		t.Fatal(err)
	}
	same := func(name string, got []string, want ...string) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%s: %v, want %v", name, got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
	same("signatures of a document", column[string](t, conn, signaturesOfDocument, 0), "eve@example.com", "ada@example.com")
	same("missing", column[string](t, conn, missingSigners, 0), "bob@example.com")
	same("unexpected", column[string](t, conn, unexpectedSignatures, 0), "eve@example.com")
	same("waiting emails", column[string](t, conn, waitingEmails, 2), "high", "low")
	same("failed emails", column[string](t, conn, failedEmails, 2), "broken")
	same("statistics", column[string](t, conn, emailStatistics, 0), "failed", "pending", "processing")
	if sizes := column[string](t, conn, tableSizes, 2); len(sizes) < 15 {
		t.Errorf("sizes of %d tables", len(sizes))
	}
	if statistics := column[string](t, conn, tableStatistics, 2); len(statistics) < 15 {
		t.Errorf("statistics of %d tables", len(statistics))
	}
	column[string](t, conn, activeConnections, 0)
	var expected, signed int
	var percent float64
	if err := conn.QueryRow(t.Context(), completion).Scan(&expected, &signed, &percent); err != nil || expected != 2 || signed != 1 || percent != 50 {
		t.Errorf("completion: %d of %d, %v %%, %v", signed, expected, percent, err)
	}
}

func TestSeedFunctionsAndTriggers(t *testing.T) {
	t.Parallel()
	database := dbtest.New(t)
	conn := connect(t, database.Owner)
	for retries, minutes := range []float64{1, 2, 4, 8, 16, 32} {
		var got float64
		err := conn.QueryRow(t.Context(), `SELECT (extract(epoch FROM calculate_next_retry_time($1) - now()) / 60)::float8`, retries).Scan(&got)
		if err != nil || got != minutes {
			t.Errorf("retry %d comes after %v minutes instead of %v, %v", retries, got, minutes, err)
		}
	}
	var changed bool
	if _, err := conn.Exec(t.Context(), `INSERT INTO documents (doc_id, updated_at) VALUES ('d', '2020-01-01')`); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), `UPDATE documents SET title = 'new' WHERE doc_id = 'd' RETURNING updated_at > now() - interval '1 minute'`).Scan(&changed); err != nil || !changed {
		t.Errorf("updated_at follows an update: %v, %v", changed, err)
	}
	for what, statement := range map[string]string{
		"upper case in users":      `INSERT INTO users (email, name) VALUES ('Ada@example.com', 'Ada')`,
		"a space before":           `INSERT INTO expected_signers (doc_id, email, added_by) VALUES ('d', ' ada@example.com', 'x')`,
		"a status nobody knows":    `INSERT INTO email_queue (to_addresses, subject, template, status) VALUES ('{}', 's', 't', 'lost')`,
		"a reminder to a stranger": `INSERT INTO reminder_logs (doc_id, recipient_email, sent_by, template_used, status) VALUES ('d', 'no@example.com', 'x', 't', 'sent')`,
	} {
		if _, err := conn.Exec(t.Context(), statement); err == nil {
			t.Errorf("%s is accepted", what)
		}
	}
}
