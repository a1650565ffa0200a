-- What a check of the ledger reads: everything, in order, in pieces.

-- name: AuditEntries :many
-- Entries beside the readable rows that were made of them. The range is said twice: PostgreSQL does not take it over to the other side of
-- a left join, and would read all of it for each piece.
SELECT e.seq::bigint AS seq, e.type, e.payload, e.payload_hash, e.nonce, e.key_id, e.signature, e.prev_hash, e.entry_hash, e.created_at,
    s.id AS signature_id, s.doc_id, s.revision, s.user_sub, coalesce(s.user_email::text, '')::text AS user_email, s.user_name, s.signed_at,
    s.created_at AS row_created_at, s.payload_hash AS row_payload_hash, s.signature AS row_signature, s.nonce AS row_nonce,
    s.prev_hash AS row_prev_hash, s.referer, r.title, r.url, r.checksum, r.checksum_algorithm
FROM ledger_entries e
LEFT JOIN signatures s ON s.seq = e.seq AND s.seq >= sqlc.arg(first)::bigint AND s.seq < sqlc.arg(past)::bigint
LEFT JOIN document_revisions r ON r.doc_id = s.doc_id AND r.revision = s.revision
WHERE e.seq >= sqlc.arg(first)::bigint AND e.seq < sqlc.arg(past)::bigint
ORDER BY e.seq;

-- name: AuditRevisions :many
SELECT * FROM document_revisions WHERE seq >= sqlc.arg(first)::bigint AND seq < sqlc.arg(past)::bigint ORDER BY seq;

-- name: AuditCheckpoints :many
-- The checkpoints of the batches that end after the first entry and not beyond the last.
SELECT size::bigint AS size, root, note FROM ledger_checkpoints
WHERE size > sqlc.arg(first)::bigint AND size <= sqlc.arg(past)::bigint
ORDER BY size;

-- name: AuditNodes :many
SELECT hash FROM ledger_nodes WHERE id >= sqlc.arg(first)::bigint AND id < sqlc.arg(past)::bigint ORDER BY id;

-- name: Events :many
-- The few entries that say something about other entries or about keys.
SELECT seq::bigint AS seq, type, payload, signature FROM ledger_entries
WHERE type IN ('erased', 'key.rotated', 'ledger.accepted')
ORDER BY seq;

-- name: SignatureWithoutEntry :one
SELECT s.seq FROM signatures s
WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.seq = s.seq AND e.type = 'signature')
ORDER BY s.seq
LIMIT 1;

-- name: RevisionWithoutEntry :one
SELECT r.seq FROM document_revisions r
WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.seq = r.seq AND e.type = 'revision')
ORDER BY r.seq
LIMIT 1;

-- name: DocumentUnlikeItsRevision :one
-- What people are shown, and sign, beside the revision that its entry fixed.
SELECT r.seq FROM documents d
LEFT JOIN document_revisions r ON r.doc_id = d.doc_id AND r.revision = d.revision
LEFT JOIN LATERAL (
    SELECT max(m.revision) AS revision FROM document_revisions m WHERE m.doc_id = d.doc_id AND m.material
) material ON true
WHERE (d.title, d.url, d.checksum, d.material_revision) IS DISTINCT FROM (r.title, r.url, r.checksum, material.revision)
    OR (d.checksum <> '' AND d.checksum_algorithm IS DISTINCT FROM r.checksum_algorithm)
LIMIT 1;

-- name: DocumentUnlikeItsRemoval :one
-- Whether a document is there, beside the newest entry that deleted or restored it.
SELECT coalesce(last.seq, -1)::bigint AS seq FROM documents d
LEFT JOIN (
    SELECT DISTINCT ON (doc_id) doc_id, seq, type, created_at
    FROM (
        SELECT convert_from(e.payload, 'UTF8')::jsonb #>> '{doc,id}' AS doc_id, e.seq, e.type, e.created_at FROM ledger_entries e
        WHERE e.type IN ('document.deleted', 'document.restored')
    ) removals
    ORDER BY doc_id, seq DESC
) last ON last.doc_id = d.doc_id
WHERE d.deleted_at IS DISTINCT FROM CASE WHEN last.type = 'document.deleted' THEN last.created_at END
LIMIT 1;

-- name: SignerUnlikeItsEntry :one
-- Who is asked and until when, beside the newest entry about each; not of those who are being erased.
WITH said AS (
    SELECT DISTINCT ON (doc_id, email) doc_id, email, seq, type, due_at
    FROM (
        SELECT e.seq, e.type, p.payload #>> '{doc,id}' AS doc_id, p.payload ->> 'email' AS email, (p.payload ->> 'due_at')::timestamptz AS due_at
        FROM ledger_entries e
        CROSS JOIN LATERAL (SELECT convert_from(e.payload, 'UTF8')::jsonb AS payload) p
        WHERE e.type IN ('expected', 'unexpected') AND e.payload IS NOT NULL
    ) entries
    ORDER BY doc_id, email, seq DESC
), asked AS (
    SELECT s.doc_id, s.email::text AS email, s.seq, s.withdrawn_at, coalesce(s.due_at, d.due_at) AS due_at
    FROM expected_signers s
    LEFT JOIN documents d ON d.doc_id = s.doc_id
    WHERE s.email NOT LIKE 'erased:%' AND NOT EXISTS (SELECT FROM ledger_entries e WHERE e.seq = s.seq AND e.payload IS NULL)
)
SELECT coalesce(said.seq, asked.seq, -1)::bigint AS seq
FROM asked
FULL JOIN said ON said.doc_id = asked.doc_id AND said.email = asked.email
WHERE CASE
    WHEN asked.doc_id IS NULL THEN said.type = 'expected'
    ELSE asked.seq IS DISTINCT FROM said.seq
        OR asked.seq IS NOT NULL AND (asked.withdrawn_at IS NULL) <> (said.type = 'expected')
        OR asked.seq IS NOT NULL AND asked.withdrawn_at IS NULL AND asked.due_at IS DISTINCT FROM said.due_at
    END
LIMIT 1;

-- name: WrongSignatureCount :one
SELECT coalesce(c.doc_id, s.doc_id)::text AS doc_id FROM signature_counts c
FULL JOIN (SELECT doc_id, revision, count(*) AS signatures FROM signatures GROUP BY doc_id, revision) s
    ON s.doc_id = c.doc_id AND s.revision = c.revision
WHERE coalesce(c.signatures, 0) <> coalesce(s.signatures, 0)
LIMIT 1;

-- name: WrongSignerCount :one
-- Beside those who are asked, and the newest signature of each person who never was.
SELECT coalesce(c.doc_id, s.doc_id)::text AS doc_id FROM signature_counts c
FULL JOIN (
    SELECT p.doc_id, p.revision, sum(p.expected) AS expected, sum(p.unexpected) AS unexpected
    FROM (
        SELECT e.doc_id, e.signed_revision AS revision, 1 AS expected, 0 AS unexpected FROM expected_signers e WHERE e.withdrawn_at IS NULL
        UNION ALL
        SELECT g.doc_id, max(g.revision), 0, 1 FROM signatures g
        WHERE g.user_email NOT LIKE 'erased:%' AND NOT EXISTS (SELECT FROM expected_signers x WHERE x.doc_id = g.doc_id AND x.email = g.user_email)
        GROUP BY g.doc_id, g.user_email
    ) p
    GROUP BY p.doc_id, p.revision
) s ON s.doc_id = c.doc_id AND s.revision = c.revision
WHERE coalesce(c.expected, 0) <> coalesce(s.expected, 0) OR coalesce(c.unexpected, 0) <> coalesce(s.unexpected, 0)
LIMIT 1;

-- name: RepeatedNonce :one
SELECT max(seq)::bigint AS seq FROM ledger_entries WHERE nonce IS NOT NULL GROUP BY nonce HAVING count(*) > 1 LIMIT 1;

-- name: HashTile :one
-- Consecutive stored hashes, one after the other.
SELECT count(*)::int AS hashes, string_agg(n.hash, ''::bytea ORDER BY n.id)::bytea AS tile
FROM ledger_nodes n
WHERE n.id = ANY (sqlc.arg(ids)::bigint[]);

-- name: Leaves :many
SELECT seq::bigint AS seq, prev_hash, payload_hash, key_id, signature FROM ledger_entries
WHERE seq >= sqlc.arg(first)::bigint AND seq < sqlc.arg(past)::bigint
ORDER BY seq;

-- name: LedgerSize :one
SELECT coalesce(max(size), 0)::bigint FROM ledger_checkpoints;

-- name: BeginCheck :one
-- One check at a time; one that is not seen for a minute has died.
INSERT INTO ledger_checks (since, size, started_at, seen_at)
SELECT sqlc.arg(since)::bigint, sqlc.arg(size)::bigint, sqlc.arg(now)::timestamptz, sqlc.arg(now)
WHERE NOT EXISTS (SELECT FROM ledger_checks WHERE state = 'running' AND seen_at > sqlc.arg(now)::timestamptz - interval '1 minute')
RETURNING *;

-- name: LockChecks :exec
SELECT pg_advisory_xact_lock(7276381650436443);

-- name: AdvanceCheck :exec
UPDATE ledger_checks SET checked = sqlc.arg(checked)::bigint, seen_at = sqlc.arg(now)::timestamptz WHERE id = sqlc.arg(id);

-- name: EndCheck :exec
UPDATE ledger_checks
SET checked = sqlc.arg(checked)::bigint, erased = sqlc.arg(erased)::bigint, state = sqlc.arg(state), code = sqlc.arg(code), seq = sqlc.narg(seq),
    detail = sqlc.arg(detail), root = sqlc.narg(root), size = sqlc.arg(size)::bigint, seen_at = sqlc.arg(now)::timestamptz,
    finished_at = sqlc.arg(now)::timestamptz
WHERE id = sqlc.arg(id);

-- name: DropOldChecks :exec
DELETE FROM ledger_checks WHERE started_at < sqlc.arg(before)::timestamptz AND state <> 'disproven';

-- name: RunningCheck :one
SELECT * FROM ledger_checks WHERE state = 'running' AND seen_at > sqlc.arg(now)::timestamptz - interval '1 minute' ORDER BY id DESC LIMIT 1;

-- name: LastCheck :one
SELECT * FROM ledger_checks WHERE state = ANY (sqlc.arg(states)::text[]) AND since <= sqlc.arg(since)::bigint ORDER BY id DESC LIMIT 1;
