-- name: AppendBatch :one
-- Writes one batch: entries, Merkle nodes, checkpoint and every row that follows from the entries, or nothing.
-- One statement is one round trip and one transaction. The lock only spares writers of other processes a lost race;
-- the schema alone keeps the chain whole. With a clock more than five seconds off nothing is written and
-- the answer is 0.
WITH turn AS MATERIALIZED (
    SELECT abs(extract(epoch FROM clock_timestamp() - sqlc.arg(now)::timestamptz)) <= 5 AS clock_agrees
    FROM (SELECT pg_advisory_xact_lock(7276381650436441)) AS locked
), entries AS (
    INSERT INTO ledger_entries (seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at)
    SELECT e.seq, e.type, e.payload, e.payload_hash, e.nonce, e.key_id, e.signature, e.prev_hash, e.entry_hash, e.created_at
    FROM turn, ROWS FROM (
        unnest(sqlc.arg(seqs)::bigint[]), unnest(sqlc.arg(types)::text[]), unnest(sqlc.arg(payloads)::bytea[]),
        unnest(sqlc.arg(payload_hashes)::bytea[]), unnest(sqlc.arg(nonces)::bytea[]), unnest(sqlc.arg(key_ids)::bytea[]),
        unnest(sqlc.arg(signatures)::bytea[]), unnest(sqlc.arg(prev_hashes)::bytea[]), unnest(sqlc.arg(entry_hashes)::bytea[]),
        unnest(sqlc.arg(times)::timestamptz[])
    ) AS e(seq, type, payload, payload_hash, nonce, key_id, signature, prev_hash, entry_hash, created_at)
    WHERE turn.clock_agrees
    RETURNING seq
), nodes AS (
    INSERT INTO ledger_nodes (id, hash)
    SELECT n.id, n.hash
    FROM turn, ROWS FROM (unnest(sqlc.arg(node_ids)::bigint[]), unnest(sqlc.arg(node_hashes)::bytea[])) AS n(id, hash)
    WHERE turn.clock_agrees
), checkpoint AS (
    INSERT INTO ledger_checkpoints (size, root, note, created_at)
    SELECT sqlc.arg(size)::bigint, sqlc.arg(root)::bytea, sqlc.arg(note)::text, sqlc.arg(now)::timestamptz
    FROM turn WHERE turn.clock_agrees
), new_documents AS (
    INSERT INTO documents (doc_id, reference, title, url, checksum, checksum_algorithm, description, created_at, updated_at, created_by)
    SELECT d.doc_id, d.reference, d.title, d.url, d.checksum, d.checksum_algorithm, d.description, d.at, d.at, d.created_by
    FROM turn, ROWS FROM (
        unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(doc_references)::text[]), unnest(sqlc.arg(doc_titles)::text[]),
        unnest(sqlc.arg(doc_urls)::text[]), unnest(sqlc.arg(doc_checksums)::text[]), unnest(sqlc.arg(doc_algorithms)::text[]),
        unnest(sqlc.arg(doc_descriptions)::text[]), unnest(sqlc.arg(doc_times)::timestamptz[]), unnest(sqlc.arg(doc_authors)::text[])
    ) AS d(doc_id, reference, title, url, checksum, checksum_algorithm, description, at, created_by)
    WHERE turn.clock_agrees
), new_revisions AS (
    INSERT INTO document_revisions (doc_id, revision, title, url, checksum, checksum_algorithm, created_by, created_at, seq)
    SELECT r.doc_id, r.revision, r.title, r.url, r.checksum, r.checksum_algorithm, r.created_by, r.at, r.seq
    FROM turn, ROWS FROM (
        unnest(sqlc.arg(rev_doc_ids)::text[]), unnest(sqlc.arg(rev_revisions)::int[]), unnest(sqlc.arg(rev_titles)::text[]),
        unnest(sqlc.arg(rev_urls)::text[]), unnest(sqlc.arg(rev_checksums)::text[]), unnest(sqlc.arg(rev_algorithms)::text[]),
        unnest(sqlc.arg(rev_authors)::text[]), unnest(sqlc.arg(rev_times)::timestamptz[]), unnest(sqlc.arg(rev_seqs)::bigint[])
    ) AS r(doc_id, revision, title, url, checksum, checksum_algorithm, created_by, at, seq)
    WHERE turn.clock_agrees
), new_signatures AS (
    INSERT INTO signatures (doc_id, revision, user_sub, user_email, user_name, signed_at, created_at, payload_hash,
        signature, nonce, prev_hash, referer, seq)
    SELECT s.doc_id, s.revision, s.user_sub, s.user_email, nullif(s.user_name, ''), s.at, s.at, s.payload_hash,
        s.signature, s.nonce, s.prev_hash, nullif(s.referer, ''), s.seq
    FROM turn, ROWS FROM (
        unnest(sqlc.arg(sig_doc_ids)::text[]), unnest(sqlc.arg(sig_revisions)::int[]), unnest(sqlc.arg(sig_users)::text[]),
        unnest(sqlc.arg(sig_emails)::text[]), unnest(sqlc.arg(sig_names)::text[]), unnest(sqlc.arg(sig_times)::timestamptz[]),
        unnest(sqlc.arg(sig_payload_hashes)::text[]), unnest(sqlc.arg(sig_signatures)::text[]), unnest(sqlc.arg(sig_nonces)::text[]),
        unnest(sqlc.arg(sig_prev_hashes)::text[]), unnest(sqlc.arg(sig_referers)::text[]), unnest(sqlc.arg(sig_seqs)::bigint[])
    ) AS s(doc_id, revision, user_sub, user_email, user_name, at, payload_hash, signature, nonce, prev_hash, referer, seq)
    WHERE turn.clock_agrees
)
SELECT count(*) FROM entries;

-- name: TakeTurn :exec
-- Waits for whoever is appending; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(7276381650436441);

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

-- name: AddKey :exec
INSERT INTO signing_keys (key_id, purpose, public_key, not_before) VALUES ($1, $2, $3, $4);
