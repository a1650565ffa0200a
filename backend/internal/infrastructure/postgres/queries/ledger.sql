-- The statements that write one batch. They are sent together, so that a batch is one round trip and one transaction.

-- name: TakeTurn :exec
-- Waits for whoever is appending, until the end of their transaction, and refuses a server whose clock is more than five seconds
-- off: the refusal is a text that is no number (SQLSTATE 22P02). The lock only spares writers lost races; the constraints and
-- triggers of the tables alone keep the chain whole and closed keys out.
SELECT pg_advisory_xact_lock(7276381650436441), (CASE
    WHEN abs(extract(epoch FROM clock_timestamp() - sqlc.arg(server_clock)::timestamptz)) > 5 THEN 'clock.suspect'
    ELSE '1'
END)::int;

-- name: Wait :exec
-- Waits for whoever is appending, until the end of their transaction.
SELECT pg_advisory_xact_lock(7276381650436441);

-- name: AddEntries :exec
INSERT INTO ledger_entries (seq, type, payload, payload_hash, nonce, signature, prev_hash, entry_hash, created_at, key_id)
SELECT sqlc.arg(first_seq)::bigint + e.position - 1, e.type, e.payload, e.payload_hash, e.nonce, e.signature, e.prev_hash, e.entry_hash,
    e.created_at, sqlc.arg(key_id)::bytea
FROM ROWS FROM (
    unnest(sqlc.arg(types)::text[]), unnest(sqlc.arg(payloads)::bytea[]), unnest(sqlc.arg(payload_hashes)::bytea[]),
    unnest(sqlc.arg(nonces)::bytea[]), unnest(sqlc.arg(signatures)::bytea[]), unnest(sqlc.arg(prev_hashes)::bytea[]),
    unnest(sqlc.arg(entry_hashes)::bytea[]), unnest(sqlc.arg(times)::timestamptz[])
) WITH ORDINALITY AS e(type, payload, payload_hash, nonce, signature, prev_hash, entry_hash, created_at, position);

-- name: AddNodes :exec
INSERT INTO ledger_nodes (id, hash)
SELECT sqlc.arg(first_id)::bigint + n.position - 1, n.hash
FROM unnest(sqlc.arg(hashes)::bytea[]) WITH ORDINALITY AS n(hash, position);

-- name: AddCheckpoint :exec
INSERT INTO ledger_checkpoints (size, root, note, created_at)
VALUES (sqlc.arg(size)::bigint, sqlc.arg(root)::bytea, sqlc.arg(note)::text, sqlc.arg(at)::timestamptz);

-- name: AddDocument :exec
INSERT INTO documents (doc_id, reference, title, url, checksum, checksum_algorithm, description, read_mode, download_allowed, full_read,
    checksum_required, created_at, updated_at, created_by)
VALUES (sqlc.arg(doc_id), sqlc.arg(reference), sqlc.arg(title), sqlc.arg(url), sqlc.arg(checksum), sqlc.arg(checksum_algorithm),
    sqlc.arg(description), sqlc.arg(read_mode), sqlc.arg(download_allowed), sqlc.arg(full_read), sqlc.arg(checksum_required), sqlc.arg(at),
    sqlc.arg(at), sqlc.arg(created_by));

-- name: AddRevision :exec
INSERT INTO document_revisions (doc_id, revision, title, url, checksum, checksum_algorithm, created_by, created_at, seq, material, content_hash,
    file_name, media_type, size)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: UnchangedDocument :exec
-- Refuses a batch that builds on a document as it is no longer: the refusal is a division by zero (SQLSTATE 22012).
SELECT 1 / count(*) FROM documents WHERE doc_id = sqlc.arg(doc_id) AND updated_at = sqlc.arg(seen)::timestamptz;

-- name: ReviseDocument :exec
-- What a document shows follows its newest revision.
UPDATE documents
SET title = sqlc.arg(title), url = sqlc.arg(url), checksum = sqlc.arg(checksum), checksum_algorithm = sqlc.arg(checksum_algorithm),
    revision = sqlc.arg(revision), material_revision = sqlc.arg(material_revision), read_mode = sqlc.arg(read_mode),
    download_allowed = sqlc.arg(download_allowed), full_read = sqlc.arg(full_read), checksum_required = sqlc.arg(checksum_required)
WHERE doc_id = sqlc.arg(doc_id);

-- name: RemoveDocument :exec
UPDATE documents SET deleted_at = sqlc.narg(deleted_at)::timestamptz WHERE doc_id = sqlc.arg(doc_id);

-- name: SetRemote :exec
-- What is known of an address that a revision has just named or looked at.
INSERT INTO document_remotes AS m (doc_id, state, problem, checked_at, next_check_at)
VALUES (sqlc.arg(doc_id), sqlc.arg(state), sqlc.arg(problem), sqlc.narg(checked_at)::timestamptz, sqlc.arg(next)::timestamptz)
ON CONFLICT (doc_id) DO UPDATE
SET state = EXCLUDED.state, problem = EXCLUDED.problem, found_checksum = '', checked_at = EXCLUDED.checked_at,
    next_check_at = EXCLUDED.next_check_at, locked_until = NULL;

-- name: AddSignatures :exec
INSERT INTO signatures (doc_id, revision, user_sub, user_email, user_name, payload_hash, signature, nonce, prev_hash, referer, seq,
    signed_at, created_at)
SELECT s.doc_id, s.revision, s.user_sub, s.user_email, nullif(s.user_name, ''), s.payload_hash, s.signature, s.nonce, s.prev_hash,
    nullif(s.referer, ''), s.seq, s.at, s.at
FROM ROWS FROM (
    unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(revisions)::int[]), unnest(sqlc.arg(user_subs)::text[]),
    unnest(sqlc.arg(user_emails)::text[]), unnest(sqlc.arg(user_names)::text[]), unnest(sqlc.arg(payload_hashes)::text[]),
    unnest(sqlc.arg(signatures)::text[]), unnest(sqlc.arg(nonces)::text[]), unnest(sqlc.arg(prev_hashes)::text[]),
    unnest(sqlc.arg(referers)::text[]), unnest(sqlc.arg(seqs)::bigint[]), unnest(sqlc.arg(times)::timestamptz[])
) AS s(doc_id, revision, user_sub, user_email, user_name, payload_hash, signature, nonce, prev_hash, referer, seq, at);

-- The statements that read.

-- name: LastEntry :one
SELECT e.seq, e.entry_hash, e.created_at, c.size AS checkpoint_size, c.root AS checkpoint_root
FROM ledger_entries e
LEFT JOIN ledger_checkpoints c ON c.size = e.seq + 1
ORDER BY e.seq DESC
LIMIT 1;

-- name: CountNonces :one
SELECT count(*) FROM ledger_entries WHERE nonce = ANY(sqlc.arg(nonces)::bytea[]);

-- name: Nodes :many
SELECT id, hash FROM ledger_nodes WHERE id = ANY(sqlc.arg(ids)::bigint[]);

-- name: Entry :one
SELECT seq, type, payload, payload_hash, key_id, signature, prev_hash, entry_hash FROM ledger_entries WHERE seq = $1;

-- name: CheckpointCovering :one
-- The checkpoint of the batch that holds an entry: the first one beyond it.
SELECT size, note FROM ledger_checkpoints WHERE size > sqlc.arg(seq)::bigint ORDER BY size LIMIT 1;

-- name: NewestCheckpoint :one
SELECT note FROM ledger_checkpoints ORDER BY size DESC LIMIT 1;

-- name: LedgerIsEmpty :one
SELECT NOT EXISTS (SELECT FROM ledger_entries);

-- name: Origin :one
SELECT origin FROM ledger_origin;

-- name: SetOrigin :exec
INSERT INTO ledger_origin (origin) VALUES ($1) ON CONFLICT DO NOTHING;

-- name: SigningKeys :many
SELECT key_id, purpose, public_key, not_before, not_after FROM signing_keys ORDER BY not_before, purpose;

-- name: CurrentKeys :many
SELECT key_id, purpose, not_before FROM signing_keys WHERE not_after IS NULL;

-- name: DropKeys :exec
-- Refused by a trigger once the ledger has an entry.
DELETE FROM signing_keys;

-- name: CloseKey :execrows
UPDATE signing_keys SET not_after = sqlc.arg(at)::timestamptz WHERE key_id = sqlc.arg(key_id)::bytea AND not_after IS NULL;

-- name: AddKey :exec
INSERT INTO signing_keys (key_id, purpose, public_key, not_before) VALUES ($1, $2, $3, $4);
