-- name: GetDocument :one
SELECT * FROM documents WHERE doc_id = $1;

-- name: FindDocumentByReference :one
-- By its normalised reference; an identifier that no document was created with may still be a doc_id.
SELECT * FROM documents
WHERE reference_hash = sha256(convert_to(sqlc.arg(reference)::text, 'UTF8')) OR doc_id = sqlc.arg(reference)::text
ORDER BY reference_hash = sha256(convert_to(sqlc.arg(reference)::text, 'UTF8')) DESC
LIMIT 1;

-- name: ListDocuments :many
-- The living ones, of one author or of all.
SELECT * FROM documents
WHERE deleted_at IS NULL
  AND (sqlc.arg(author)::text = '' OR created_by = sqlc.arg(author))
  AND (created_at, doc_id) < (sqlc.arg(before)::timestamptz, sqlc.arg(before_id)::text)
  AND (sqlc.arg(pattern)::text = '' OR title ILIKE sqlc.arg(pattern) OR reference ILIKE sqlc.arg(pattern))
ORDER BY created_at DESC, doc_id DESC
LIMIT sqlc.arg(max_rows);
