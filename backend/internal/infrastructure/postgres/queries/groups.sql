-- Named lists of people.

-- name: GetGroup :one
SELECT sqlc.embed(g), (SELECT count(*) FROM signer_group_members m WHERE m.group_id = g.id) AS members FROM signer_groups g WHERE g.id = $1;

-- name: ListGroups :many
-- By name, after a group; the name is looked up: it may be longer than a cursor.
SELECT sqlc.embed(g), (SELECT count(*) FROM signer_group_members m WHERE m.group_id = g.id) AS members
FROM signer_groups g
WHERE (sqlc.narg(after)::uuid IS NULL OR (lower(g.name), g.id) > (SELECT lower(a.name), a.id FROM signer_groups a WHERE a.id = sqlc.narg(after)))
    AND (sqlc.arg(pattern)::text = '' OR g.name ILIKE sqlc.arg(pattern))
ORDER BY lower(g.name), g.id
LIMIT sqlc.arg(max_rows);

-- name: AddGroup :exec
INSERT INTO signer_groups (id, name, created_at, created_by) VALUES ($1, $2, sqlc.arg(created_at)::timestamptz, $3);

-- name: RenameGroup :execrows
UPDATE signer_groups SET name = $2 WHERE id = $1;

-- name: DeleteGroup :execrows
DELETE FROM signer_groups WHERE id = $1;

-- name: ListMembers :many
SELECT * FROM signer_group_members
WHERE group_id = sqlc.arg(group_id) AND email > sqlc.arg(after)::text
    AND (sqlc.arg(pattern)::text = '' OR email ILIKE sqlc.arg(pattern) OR name ILIKE sqlc.arg(pattern))
ORDER BY email
LIMIT sqlc.arg(max_rows);

-- name: MembersOfGroup :many
SELECT * FROM signer_group_members WHERE group_id = $1 ORDER BY email;

-- name: MembersByEmail :many
SELECT email FROM signer_group_members WHERE group_id = sqlc.arg(group_id) AND email = ANY (sqlc.arg(emails)::text[]);

-- name: RemoveMember :execrows
DELETE FROM signer_group_members WHERE group_id = $1 AND email = $2;

-- name: GroupsOfDocument :many
SELECT sqlc.embed(g), a.joiner_days, a.added_at, a.added_by, (SELECT count(*) FROM signer_group_members m WHERE m.group_id = g.id) AS members
FROM document_groups a
JOIN signer_groups g ON g.id = a.group_id
WHERE a.doc_id = sqlc.arg(doc_id)
ORDER BY lower(g.name);

-- name: ListingsOfGroup :many
-- The documents that a group was added to and that are there.
SELECT d.doc_id, d.title, d.due_at, a.joiner_days
FROM document_groups a
JOIN documents d ON d.doc_id = a.doc_id AND d.deleted_at IS NULL
WHERE a.group_id = sqlc.arg(group_id)
ORDER BY d.doc_id;
