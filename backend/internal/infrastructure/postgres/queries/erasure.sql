-- name: AddErasureRequest :one
INSERT INTO erasure_requests (email, reason, requested_by, requested_at)
VALUES (sqlc.arg(email), sqlc.arg(reason), sqlc.arg(requested_by), sqlc.arg(now)::timestamptz)
RETURNING id;

-- name: ListErasureRequests :many
SELECT sqlc.embed(r), u.name AS requested_by_name
FROM erasure_requests r
JOIN users u ON u.id = r.requested_by
WHERE (r.requested_at, r.id) < (sqlc.arg(before)::timestamptz, sqlc.arg(before_id)::uuid)
ORDER BY r.requested_at DESC, r.id DESC
LIMIT sqlc.arg(max_rows);

-- name: OpenErasureRequests :many
SELECT sqlc.embed(r), u.name AS requested_by_name
FROM erasure_requests r
JOIN users u ON u.id = r.requested_by
WHERE r.withdrawn_at IS NULL AND r.completed_at IS NULL
ORDER BY r.requested_at, r.id;

-- name: WithdrawErasureRequest :execrows
UPDATE erasure_requests SET withdrawn_at = sqlc.arg(now)::timestamptz
WHERE id = sqlc.arg(id) AND withdrawn_at IS NULL AND completed_at IS NULL;

-- name: PersonIsKnown :one
-- Whether anything that an erasure would change is about an address, and whether it is the only active administrator's.
SELECT (EXISTS (SELECT FROM users WHERE email = sqlc.arg(email)::text)
        OR EXISTS (SELECT FROM expected_signers WHERE email = sqlc.arg(email))
        OR EXISTS (SELECT FROM signatures WHERE user_email = sqlc.arg(email))
        OR EXISTS (SELECT FROM signer_group_members WHERE email = sqlc.arg(email))
        OR EXISTS (SELECT FROM invitations WHERE email = sqlc.arg(email))
        OR EXISTS (SELECT FROM magic_links WHERE email = sqlc.arg(email))
        OR EXISTS (SELECT FROM audit_log WHERE actor_email = sqlc.arg(email) OR subject_label = sqlc.arg(email)))::boolean AS known,
    (EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active AND email = sqlc.arg(email))
        AND NOT EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active AND email <> sqlc.arg(email)))::boolean AS last_admin;

-- name: EntriesAbout :many
-- The entries, not erased yet, whose statements are about a person; they are read one by one, which takes seconds for a million.
WITH said AS (
    SELECT e.seq, convert_from(e.payload, 'UTF8')::jsonb AS payload
    FROM ledger_entries e
    WHERE e.type IN ('signature', 'declined', 'expected', 'unexpected') AND e.payload IS NOT NULL
)
SELECT seq::bigint AS seq
FROM said
WHERE payload ->> 'email' = sqlc.arg(email)::text
    OR payload -> 'signer' ->> 'email' = sqlc.arg(email)
    OR payload -> 'signer' ->> 'user' = sqlc.narg(user_id)::text
ORDER BY seq;

-- name: NoTimeout :exec
-- For a transaction that reads the whole ledger.
SET LOCAL statement_timeout = 0;

-- name: EraseEntries :exec
SELECT erase_entries(sqlc.arg(seqs)::bigint[]);

-- name: ErasePerson :exec
SELECT erase_person(sqlc.arg(address)::text, sqlc.arg(entries)::int, sqlc.arg(at)::timestamptz);
