//go:build bench

package bench

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What is searched for: three titles, every second one, and none, whose letters are all there.
const (
	rareWord    = "zephyr"
	commonWord  = "policy"
	missingWord = "security+manifesto"
)

// owner is the superuser, for whom foreign keys are not checked (they hold nevertheless) and nothing waits for the disk.
func (s testServer) owner(t *testing.T) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, s.database(t).OwnerTCP)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) })
	// Otherwise there would be a checkpoint every few seconds.
	for _, setting := range []string{"ALTER SYSTEM SET max_wal_size = '16GB'", "SELECT pg_reload_conf()"} {
		_, err = conn.Exec(ctx, setting)
		must(t, err)
	}
	_, err = conn.Exec(ctx, "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB'")
	must(t, err)
	return conn
}

// fillSteps make a database of $SIGNATURES: 100 of each document, 10 of each person. Documents are numbered; ten of them, and a hundred people
// who sign all of these, make a group. A document has one to three revisions, and its signatures are spread over those, and evenly
// over the whole ledger. The entries are linked, and neither signed nor in a tree: nobody checks them here, the mark of a check that
// seems to be running sees to that. Every trigger that guards the proof tables also works for replicas, and did not mind.
var fillSteps = []string{
	`INSERT INTO ledger_checks (since, size, started_at, seen_at) VALUES (0, 0, now(), now() + interval '1 day')`,

	`CREATE TEMP TABLE facts AS SELECT $SIGNATURES / 100 AS documents,
		(SELECT sum(1 + d % 3) FROM generate_series(0, $SIGNATURES / 100 - 1) d) AS revisions,
		k.key_id, k.not_before AS start, (SELECT id FROM users WHERE role = 'admin') AS admin, (SELECT id FROM users WHERE role = 'signer') AS signer
		FROM signing_keys k WHERE k.purpose = 'statement'`,

	`CREATE TEMP TABLE people AS SELECT n, CASE n WHEN 0 THEN f.admin WHEN 1 THEN f.signer ELSE md5('person ' || n)::uuid END AS id,
		CASE n WHEN 0 THEN 'admin' WHEN 1 THEN 'signer' ELSE 'person' || n END || '@example.com' AS email,
		(ARRAY['Zoé', 'Ada', 'Ömer', 'Jean-Luc', 'Mei', 'Rosa', 'Piotr'])[1 + n % 7] || ' ' ||
			(ARRAY['Müller', 'Lovelace', 'Dupont', 'García', 'Rossi', 'Nguyễn', 'Kowalski', 'Okafor', 'Smith', 'Lindqvist', 'Haddad'])[1 + n % 11] AS name
		FROM generate_series(0, $SIGNATURES / 10 - 1) n, facts f`,

	`INSERT INTO users (id, email, name, is_verified, created_at, verified_at) SELECT id, email, name, true, start, start FROM people, facts WHERE n > 1`,

	`INSERT INTO ledger_entries (seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at)
		SELECT s, CASE WHEN s < f.revisions THEN 'revision' ELSE 'signature' END, convert_to(rpad('{"seq":"' || s || '",', 900, md5(s::text)), 'UTF8'),
			sha256(('payload ' || s)::bytea), substr(sha256(('nonce ' || s)::bytea), 1, 16), f.key_id,
			sha256(s::text::bytea) || sha256(('signature ' || s)::bytea),
			CASE s WHEN 0 THEN decode(repeat('00', 32), 'hex') ELSE sha256((s - 1)::text::bytea) END, sha256(s::text::bytea), f.start + s * interval '1 ms'
		FROM facts f, generate_series(0, f.revisions::int + $SIGNATURES - 1) s`,

	`CREATE TEMP TABLE planned AS SELECT d, left(md5(d::text), 12) AS doc_id, 1 + d % 3 AS revisions,
		CASE WHEN d % 4 = 1 THEN 'https://docs.example.com/' || (ARRAY['hr', 'it', 'legal', 'safety', 'quality'])[1 + d % 5] || '/' || md5('file' || d) || '.pdf'
			ELSE '' END AS url,
		(ARRAY['Information', 'Travel', 'Remote work', 'Privacy', 'Fire', 'Procurement', 'Chemical', 'Mobile phone', 'Visitor', 'Laboratory', 'Crane',
			'Backup', 'Gift'])[1 + d % 13] || ' ' ||
			(ARRAY['security', 'safety', 'manual', 'expenses', 'incident', 'retention', 'training'])[1 + d / 13 % 7] || ' ' ||
			CASE WHEN d % 2 = 0 THEN '$COMMON' ELSE (ARRAY['guideline', 'handbook', 'notice', 'charter', 'procedure'])[1 + d / 2 % 5] END ||
			CASE WHEN d IN (1, 4, 7) THEN ' of project $RARE' ELSE ' for site ' || d / 10 END || ', ' || 2016 + d % 11 AS title,
		CASE WHEN d < 5 THEN f.signer ELSE md5('person ' || 2 + d % 20)::uuid END AS author, f.start - interval '5 years' + d * interval '1 hour' AS at
		FROM facts f, generate_series(0, f.documents - 1) d`,

	`INSERT INTO documents (doc_id, reference, reference_hash, title, url, created_at, updated_at, created_by)
		SELECT doc_id, r, sha256(convert_to(r, 'UTF8')), title, url, at, at + d * 7 % 101 * interval '1 day', author::text
		FROM planned, LATERAL (SELECT CASE url WHEN '' THEN doc_id ELSE url END AS r) reference`,

	`INSERT INTO document_remotes (doc_id, state, recheck, next_check_at) SELECT doc_id, 'unchecked', false, now() FROM planned WHERE url <> ''`,

	`INSERT INTO document_revisions (doc_id, revision, title, url, checksum, checksum_algorithm, created_by, created_at, seq)
		SELECT doc_id, r, title, url, '', 'SHA-256', author::text, at, row_number() OVER (ORDER BY r, d) - 1
		FROM planned, LATERAL generate_series(1, revisions) r`,

	// As it went: everyone signed what was current then.
	`ANALYZE people, planned, facts, documents, ledger_entries`,
	strings.Replace(signRevision, "$ROUND", "1", 1), openRevision,
	strings.Replace(signRevision, "$ROUND", "2", 1), openRevision,
	strings.Replace(signRevision, "$ROUND", "3", 1),

	`CHECKPOINT`, `VACUUM (ANALYZE)`,
}

const (
	signRevision = `INSERT INTO signatures (doc_id, revision, user_sub, user_email, user_name, payload_hash, signature, nonce, prev_hash, seq, signed_at, created_at)
		SELECT p.doc_id, d.revision, u.id::text, u.email, u.name, encode(e.payload_hash, 'hex'), encode(e.signature, 'base64'), encode(e.nonce, 'hex'),
			encode(e.prev_hash, 'hex'), e.seq, e.created_at, e.created_at
		FROM facts f
		CROSS JOIN planned p
		JOIN documents d ON d.doc_id = p.doc_id
		CROSS JOIN generate_series(0, 99) k
		JOIN people u ON u.n = p.d / 10 * 100 + k
		JOIN ledger_entries e ON e.seq = f.revisions + k::bigint * f.documents + p.d
		WHERE 1 + k % p.revisions = d.revision AND d.revision = $ROUND
		ORDER BY e.seq`
	openRevision = `UPDATE documents d SET revision = d.revision + 1, material_revision = d.revision + 1
		FROM planned p WHERE p.doc_id = d.doc_id AND d.revision < p.revisions`
)
