-- name: GetDocument :one
-- With how many signatures count: those of the newest revision that everyone has to sign, and of those after it.
SELECT sqlc.embed(d), r.content_hash, r.file_name, r.media_type, r.size,
    (SELECT coalesce(sum(c.signatures), 0) FROM signature_counts c WHERE c.doc_id = d.doc_id AND c.revision >= d.material_revision)::bigint AS signatures
FROM documents d
LEFT JOIN document_revisions r ON r.doc_id = d.doc_id AND r.revision = d.revision
WHERE d.doc_id = $1;

-- name: FindDocumentByReference :one
-- By its normalised reference; an identifier that no document was created with may still be a doc_id.
SELECT sqlc.embed(d), r.content_hash, r.file_name, r.media_type, r.size,
    (SELECT coalesce(sum(c.signatures), 0) FROM signature_counts c WHERE c.doc_id = d.doc_id AND c.revision >= d.material_revision)::bigint AS signatures
FROM documents d
LEFT JOIN document_revisions r ON r.doc_id = d.doc_id AND r.revision = d.revision
WHERE d.reference_hash = sha256(convert_to(sqlc.arg(reference)::text, 'UTF8')) OR d.doc_id = sqlc.arg(reference)::text
ORDER BY d.reference_hash = sha256(convert_to(sqlc.arg(reference)::text, 'UTF8')) DESC
LIMIT 1;

-- name: UpdateDocument :execrows
-- What needs no revision, of a document that nobody has changed since it was seen.
UPDATE documents
SET description = sqlc.arg(description), read_mode = sqlc.arg(read_mode), download_allowed = sqlc.arg(download_allowed),
    full_read = sqlc.arg(full_read), checksum_required = sqlc.arg(checksum_required)
WHERE doc_id = sqlc.arg(doc_id) AND updated_at = sqlc.arg(seen)::timestamptz;

-- name: IsAsked :one
SELECT EXISTS (SELECT FROM expected_signers WHERE doc_id = $1 AND email = $2 AND withdrawn_at IS NULL);

-- name: GetRevision :one
SELECT * FROM document_revisions WHERE doc_id = $1 AND revision = $2;

-- name: ListRevisions :many
-- The newest first, with how many have signed each. Who made one is looked up by the id as it is: compared as a text, every user would be read.
SELECT sqlc.embed(r), coalesce(u.name, '')::text AS author, coalesce(c.signatures, 0)::bigint AS signatures
FROM document_revisions r
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(r.created_by, 'uuid') THEN r.created_by::uuid END
LEFT JOIN signature_counts c ON c.doc_id = r.doc_id AND c.revision = r.revision
WHERE r.doc_id = sqlc.arg(doc_id) AND r.revision < sqlc.arg(before)::int
ORDER BY r.revision DESC
LIMIT sqlc.arg(max_rows);

-- name: GetRemote :one
SELECT * FROM document_remotes WHERE doc_id = $1;

-- name: SetRecheck :exec
UPDATE document_remotes SET recheck = sqlc.arg(recheck), next_check_at = sqlc.arg(next)::timestamptz WHERE doc_id = sqlc.arg(doc_id);

-- name: RecordRemote :execrows
-- Of a document with another revision by now nothing is known yet.
UPDATE document_remotes m
SET state = sqlc.arg(state), problem = sqlc.arg(problem), found_checksum = sqlc.arg(found_checksum), checked_at = sqlc.arg(checked_at)::timestamptz,
    next_check_at = sqlc.arg(next)::timestamptz, locked_until = NULL
FROM documents d
WHERE m.doc_id = sqlc.arg(doc_id) AND d.doc_id = m.doc_id AND d.revision = sqlc.arg(revision);

-- name: ClaimRemotes :many
UPDATE document_remotes m
SET locked_until = sqlc.arg(lease)::timestamptz
FROM documents d
WHERE d.doc_id = m.doc_id AND m.doc_id IN (
    SELECT due.doc_id
    FROM document_remotes due
    JOIN documents of ON of.doc_id = due.doc_id
    WHERE due.recheck AND due.next_check_at <= sqlc.arg(now)::timestamptz AND (due.locked_until IS NULL OR due.locked_until <= sqlc.arg(now))
        AND of.deleted_at IS NULL AND of.url <> '' AND of.checksum <> ''
    ORDER BY due.next_check_at
    LIMIT sqlc.arg(max_rows)
    FOR UPDATE OF due SKIP LOCKED
)
RETURNING m.doc_id;

-- name: AddVerification :one
INSERT INTO checksum_verifications (doc_id, revision, source, verified_by, verified_at, stored_checksum, calculated_checksum, algorithm, is_valid,
    error_message)
VALUES (sqlc.arg(doc_id), sqlc.arg(revision), sqlc.arg(source), sqlc.arg(verified_by), sqlc.arg(verified_at)::timestamptz, sqlc.arg(stored_checksum),
    sqlc.arg(calculated_checksum), sqlc.arg(algorithm), sqlc.arg(is_valid), nullif(sqlc.arg(error_message)::text, ''))
RETURNING id;

-- name: ListVerifications :many
-- All of a document, or with a user only that one's.
SELECT sqlc.embed(v), coalesce(u.name, '')::text AS verifier
FROM checksum_verifications v
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(v.verified_by, 'uuid') THEN v.verified_by::uuid END
WHERE v.doc_id = sqlc.arg(doc_id) AND v.id < sqlc.arg(before)::bigint
    AND (sqlc.arg(user_id)::text = '' OR v.verified_by = sqlc.arg(user_id))
ORDER BY v.id DESC
LIMIT sqlc.arg(max_rows);

-- name: PruneVerifications :execrows
DELETE FROM checksum_verifications
WHERE source = 'remote' AND is_valid AND verified_by = 'system' AND verified_at < sqlc.arg(before)::timestamptz;

-- name: UseStoredFile :execrows
-- Not while somebody is deleting it.
INSERT INTO stored_files AS f (hash, size, created_at, used_at)
VALUES (sqlc.arg(hash)::bytea, sqlc.arg(size), sqlc.arg(now)::timestamptz, sqlc.arg(now))
ON CONFLICT (hash) DO UPDATE SET used_at = EXCLUDED.used_at, locked_until = NULL
WHERE f.locked_until IS NULL OR f.locked_until <= EXCLUDED.used_at;

-- name: CondemnStoredFiles :many
UPDATE stored_files
SET locked_until = sqlc.arg(lease)::timestamptz
WHERE hash IN (
    SELECT f.hash FROM stored_files f
    WHERE f.used_at < sqlc.arg(since)::timestamptz AND (f.locked_until IS NULL OR f.locked_until <= sqlc.arg(now)::timestamptz)
        AND NOT EXISTS (SELECT FROM document_revisions r WHERE r.content_hash = f.hash)
    ORDER BY f.used_at
    LIMIT sqlc.arg(max_rows)
    FOR UPDATE SKIP LOCKED
)
RETURNING hash;

-- name: ForgetStoredFile :exec
DELETE FROM stored_files WHERE hash = sqlc.arg(hash)::bytea;
