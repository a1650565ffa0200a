-- The statements that write a change of who is asked to sign, in the transaction of its entries. The first ones refuse a change that was
-- made of what is no longer so: the refusal is the root of a negative number (SQLSTATE 2201F).

-- name: UnchangedDeadlines :exec
SELECT sqrt(-count(*)::float8)
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(dues)::timestamptz[])) AS seen (doc_id, due_at)
WHERE NOT EXISTS (
    SELECT FROM documents d WHERE d.doc_id = seen.doc_id AND d.deleted_at IS NULL AND d.due_at IS NOT DISTINCT FROM seen.due_at
);

-- name: UnchangedSigners :exec
SELECT sqrt(-count(*)::float8)
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(seqs)::bigint[])) AS seen (doc_id, email, seq)
LEFT JOIN expected_signers e ON e.doc_id = seen.doc_id AND e.email = seen.email
WHERE coalesce(e.seq, CASE WHEN e.id IS NULL THEN -2 ELSE -1 END) <> seen.seq;

-- name: UnchangedSignatures :exec
-- What those have signed who are withdrawn.
SELECT sqrt(-count(*)::float8)
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(revisions)::int[])) AS seen (doc_id, email, revision)
JOIN expected_signers e ON e.doc_id = seen.doc_id AND e.email = seen.email
WHERE e.signed_revision <> seen.revision;

-- name: UnchangedFollowers :exec
-- How many people follow the document's deadline.
SELECT sqrt(-abs(count(*) - sqlc.arg(followers)::bigint)::float8)
FROM expected_signers
WHERE doc_id = sqlc.arg(doc_id) AND withdrawn_at IS NULL AND due_at IS NULL;

-- name: UnchangedMembers :exec
SELECT sqrt(-abs(count(*) - sqlc.arg(members)::bigint)::float8 - (max(joined_at) IS DISTINCT FROM sqlc.narg(newest)::timestamptz)::int)
FROM signer_group_members
WHERE group_id = sqlc.arg(group_id)::uuid;

-- name: UnchangedListings :exec
SELECT sqrt(-(coalesce(array_agg(g.doc_id ORDER BY g.doc_id), '{}') IS DISTINCT FROM sqlc.arg(doc_ids)::text[])::int::float8)
FROM document_groups g
JOIN documents d ON d.doc_id = g.doc_id AND d.deleted_at IS NULL
WHERE g.group_id = sqlc.arg(group_id)::uuid;

-- name: AskSigners :exec
-- For the first time, or again. What they have signed already is taken over: looked up for each by document and address, which OFFSET 0 sees to; by
-- document and revision, all signatures of the document would be read for each.
INSERT INTO expected_signers AS e (doc_id, email, name, notes, added_at, added_by, due_at, group_id, seq, signed_revision, signed_at)
SELECT a.doc_id, a.email, a.name, nullif(a.notes, ''), sqlc.arg(at)::timestamptz, sqlc.arg(by)::text, a.due_at, nullif(a.group_id, '')::uuid,
    sqlc.arg(first_seq)::bigint + a.position - 1, coalesce(s.revision, 0), s.signed_at
FROM ROWS FROM (
    unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(names)::text[]), unnest(sqlc.arg(notes)::text[]),
    unnest(sqlc.arg(dues)::timestamptz[]), unnest(sqlc.arg(group_ids)::text[])
) WITH ORDINALITY AS a (doc_id, email, name, notes, due_at, group_id, position)
LEFT JOIN LATERAL (
    SELECT own.revision, own.signed_at
    FROM (SELECT revision, signed_at FROM signatures WHERE doc_id = a.doc_id AND user_email = a.email OFFSET 0) own
    ORDER BY own.revision DESC
    LIMIT 1
) s ON true
ON CONFLICT (doc_id, email) DO UPDATE
SET name = CASE WHEN EXCLUDED.name <> '' THEN EXCLUDED.name ELSE e.name END, notes = coalesce(EXCLUDED.notes, e.notes),
    added_at = EXCLUDED.added_at, added_by = EXCLUDED.added_by, due_at = EXCLUDED.due_at, due_reason = '', group_id = EXCLUDED.group_id,
    seq = EXCLUDED.seq, withdrawn_at = NULL, withdrawn_by = NULL;

-- name: TellSigners :exec
-- Another deadline, of which the entry is the newest about them.
UPDATE expected_signers e
SET seq = sqlc.arg(first_seq)::bigint + t.position - 1
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[])) WITH ORDINALITY AS t (doc_id, email, position)
WHERE e.doc_id = t.doc_id AND e.email = t.email;

-- name: WithdrawSigners :exec
UPDATE expected_signers e
SET withdrawn_at = sqlc.arg(at)::timestamptz, withdrawn_by = sqlc.arg(by)::text, seq = sqlc.arg(first_seq)::bigint + w.position - 1
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[])) WITH ORDINALITY AS w (doc_id, email, position)
WHERE e.doc_id = w.doc_id AND e.email = w.email;

-- name: CancelReminders :exec
-- Those that wait; what is being sent right now cannot be stopped.
UPDATE email_queue
SET status = 'cancelled', data = data - 'sealed', ended_at = sqlc.arg(at)::timestamptz, next_retry_at = NULL,
    last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details)::jsonb
FROM ROWS FROM (unnest(sqlc.arg(doc_ids)::text[]), unnest(sqlc.arg(emails)::text[])) AS w (doc_id, email)
WHERE reference_type = 'reminder' AND reference_id = w.doc_id AND to_addresses[1] = w.email AND status = 'pending';

-- name: CheckCompletion :exec
INSERT INTO completion_checks (doc_id) SELECT DISTINCT unnest(sqlc.arg(doc_ids)::text[]) ORDER BY 1
ON CONFLICT (doc_id) DO UPDATE SET doc_id = EXCLUDED.doc_id; -- whoever looks meanwhile passes over it

-- name: DescribeSigner :exec
-- What is not given stays.
UPDATE expected_signers
SET name = coalesce(sqlc.narg(name)::text, name),
    notes = CASE WHEN sqlc.narg(notes)::text IS NULL THEN notes ELSE nullif(sqlc.narg(notes), '') END,
    muted = coalesce(sqlc.narg(muted)::boolean, muted),
    due_at = CASE WHEN sqlc.narg(due_reason)::text IS NULL THEN due_at ELSE sqlc.narg(due_at)::timestamptz END,
    due_reason = coalesce(sqlc.narg(due_reason), due_reason)
WHERE doc_id = sqlc.arg(doc_id) AND email = sqlc.arg(email);

-- name: SetDeadline :exec
UPDATE documents SET due_at = sqlc.narg(due_at)::timestamptz, due_reason = sqlc.arg(due_reason) WHERE doc_id = sqlc.arg(doc_id);

-- name: JoinGroup :exec
INSERT INTO signer_group_members (group_id, email, name, joined_at)
SELECT m.group_id, m.email, m.name, sqlc.arg(at)::timestamptz
FROM ROWS FROM (unnest(sqlc.arg(group_ids)::uuid[]), unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(names)::text[])) AS m (group_id, email, name);

-- name: AddGroupToDocument :exec
INSERT INTO document_groups (doc_id, group_id, joiner_days, added_at, added_by)
VALUES (sqlc.arg(doc_id), sqlc.arg(group_id), sqlc.narg(joiner_days)::int, sqlc.arg(at)::timestamptz, sqlc.arg(by)::uuid);

-- name: TakeGroupFromDocument :exec
DELETE FROM document_groups WHERE doc_id = sqlc.arg(doc_id) AND group_id = sqlc.arg(group_id)::uuid;

-- The statements that read.

-- name: SignersByEmail :many
SELECT * FROM expected_signers WHERE doc_id = ANY (sqlc.arg(doc_ids)::text[]) AND email = ANY (sqlc.arg(emails)::text[]);

-- name: DeadlineFollowers :many
SELECT * FROM expected_signers WHERE doc_id = sqlc.arg(doc_id) AND withdrawn_at IS NULL AND due_at IS NULL ORDER BY id LIMIT sqlc.arg(max_rows);

-- name: MissingOfGroup :many
-- Who was asked with a group, has not signed, and is in none of the other groups that were asked.
SELECT e.* FROM expected_signers e
JOIN documents d ON d.doc_id = e.doc_id
WHERE e.doc_id = sqlc.arg(doc_id) AND e.group_id = sqlc.arg(group_id)::uuid AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision
    AND NOT EXISTS (
        SELECT FROM document_groups g
        JOIN signer_group_members m ON m.group_id = g.group_id AND m.email = e.email
        WHERE g.doc_id = e.doc_id AND g.group_id <> e.group_id
    )
ORDER BY e.id;

-- name: SignerStatus :one
-- Of the overdue, those with a deadline of their own are counted: the missing who have none are all overdue with the document, or none is.
SELECT n.expected, n.signed, n.unexpected,
    (
        (
            SELECT count(*) FROM expected_signers e
            WHERE e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision AND e.due_at < sqlc.arg(now)::timestamptz
        ) + CASE WHEN d.due_at < sqlc.arg(now)::timestamptz THEN n.expected - n.signed - (
            SELECT count(*) FROM expected_signers e
            WHERE e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision AND e.due_at IS NOT NULL
        ) ELSE 0 END
    )::bigint AS overdue
FROM documents d
CROSS JOIN LATERAL (
    SELECT coalesce(sum(c.expected), 0)::bigint AS expected, coalesce(sum(c.expected) FILTER (WHERE c.revision >= d.material_revision), 0)::bigint AS signed,
        coalesce(sum(c.unexpected) FILTER (WHERE c.revision >= d.material_revision), 0)::bigint AS unexpected
    FROM signature_counts c
    WHERE c.doc_id = d.doc_id
) n
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: SigningDays :many
-- How many of the expected had signed by the end of each day, the newest first. The days are those of a place whose clocks were, from the n-th moment of
-- the one list on, ahead of UTC by the n-th number of seconds of the other.
SELECT t.day::date AS day, t.signed::bigint AS signed
FROM (
    SELECT s.day, sum(sum(s.expected)) OVER (ORDER BY s.day) AS signed, sum(s.expected) AS more
    FROM (
        SELECT (t.quarter AT TIME ZONE 'UTC' + make_interval(secs => (sqlc.arg(ahead)::int[])[width_bucket(t.quarter, sqlc.arg(since)::timestamptz[])]))::date AS day, t.expected
        FROM signing_times t
        JOIN documents d ON d.doc_id = t.doc_id
        WHERE t.doc_id = sqlc.arg(doc_id) AND t.revision >= d.material_revision
    ) s
    GROUP BY s.day
) t
WHERE t.more > 0
ORDER BY t.day DESC
LIMIT 400;

-- name: DocumentExpectation :one
-- How many are asked to sign a document and how many of these have not, if that is to be counted, and whether somebody is, until when.
SELECT coalesce(x.expected, 0)::bigint AS expected, coalesce(x.missing, 0)::bigint AS missing,
    (me.id IS NOT NULL)::boolean AS asked, coalesce(me.due_at, d.due_at) AS due_at
FROM documents d
LEFT JOIN LATERAL (
    SELECT sum(c.expected) AS expected, sum(c.expected) FILTER (WHERE c.revision < d.material_revision) AS missing
    FROM signature_counts c
    WHERE c.doc_id = d.doc_id AND sqlc.arg(counted)::boolean
) x ON true
LEFT JOIN expected_signers me ON me.doc_id = d.doc_id AND me.email = sqlc.arg(email)::text AND me.withdrawn_at IS NULL
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: ListExpected :many
-- What somebody is asked to sign and has not: what is due first, and at last what has no deadline.
SELECT d.doc_id, d.title, d.url, d.revision, e.added_at, coalesce(e.due_at, d.due_at) AS due_at, e.signed_revision
FROM expected_signers e
JOIN documents d ON d.doc_id = e.doc_id
WHERE e.email = sqlc.arg(email)::text AND e.withdrawn_at IS NULL AND d.deleted_at IS NULL AND e.signed_revision < d.material_revision
    AND (coalesce(e.due_at, d.due_at, sqlc.arg(never)::timestamptz), d.doc_id) > (sqlc.arg(after)::timestamptz, sqlc.arg(after_id)::text)
ORDER BY coalesce(e.due_at, d.due_at, sqlc.arg(never)), d.doc_id
LIMIT sqlc.arg(max_rows);

-- name: CountExpected :one
SELECT count(*) FROM expected_signers e
JOIN documents d ON d.doc_id = e.doc_id
WHERE e.email = sqlc.arg(email)::text AND e.withdrawn_at IS NULL AND d.deleted_at IS NULL AND e.signed_revision < d.material_revision;
