-- name: NewestSignature :one
-- A person's signature of the newest revision that they signed.
SELECT sqlc.embed(s), e.entry_hash, r.title AS doc_title
FROM signatures s
JOIN ledger_entries e ON e.seq = s.seq
JOIN document_revisions r ON r.doc_id = s.doc_id AND r.revision = s.revision
WHERE s.doc_id = $1 AND s.user_sub = $2
ORDER BY s.revision DESC
LIMIT 1;

-- name: GetSignature :one
SELECT sqlc.embed(s), e.entry_hash, r.title AS doc_title, d.created_by AS doc_author
FROM signatures s
JOIN ledger_entries e ON e.seq = s.seq
JOIN document_revisions r ON r.doc_id = s.doc_id AND r.revision = s.revision
JOIN documents d ON d.doc_id = s.doc_id
WHERE s.id = $1;

-- name: ListSignaturesOfUser :many
SELECT sqlc.embed(s), e.entry_hash, r.title AS doc_title
FROM signatures s
JOIN ledger_entries e ON e.seq = s.seq
JOIN document_revisions r ON r.doc_id = s.doc_id AND r.revision = s.revision
WHERE s.user_sub = sqlc.arg(user_sub)
  AND s.seq < sqlc.arg(before)::bigint
  AND (sqlc.arg(pattern)::text = '' OR r.title ILIKE sqlc.arg(pattern) OR r.url ILIKE sqlc.arg(pattern) OR s.doc_id ILIKE sqlc.arg(pattern))
ORDER BY s.seq DESC
LIMIT sqlc.arg(max_rows);

-- name: ListSignaturesOfDocument :many
-- All of a document, or with a user only that one's.
SELECT sqlc.embed(s), e.entry_hash, r.title AS doc_title
FROM signatures s
JOIN ledger_entries e ON e.seq = s.seq
JOIN document_revisions r ON r.doc_id = s.doc_id AND r.revision = s.revision
WHERE s.doc_id = sqlc.arg(doc_id)
  AND s.seq < sqlc.arg(before)::bigint
  AND (sqlc.arg(user_sub)::text = '' OR s.user_sub = sqlc.arg(user_sub))
  AND (sqlc.arg(pattern)::text = '' OR s.user_email ILIKE sqlc.arg(pattern) OR s.user_name ILIKE sqlc.arg(pattern))
ORDER BY s.seq DESC
LIMIT sqlc.arg(max_rows);
