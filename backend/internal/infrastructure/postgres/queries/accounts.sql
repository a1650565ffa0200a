-- name: CreateUser :one
INSERT INTO users (email, name, role, locale, hashed_password, is_verified, created_at, verified_at)
VALUES (sqlc.arg(email), sqlc.arg(name), sqlc.arg(role), sqlc.arg(locale), sqlc.arg(hashed_password), sqlc.arg(is_verified)::boolean,
    sqlc.arg(now)::timestamptz, CASE WHEN sqlc.arg(is_verified)::boolean THEN sqlc.arg(now)::timestamptz END)
RETURNING *;

-- name: GetUserByEmail :one
SELECT * FROM users WHERE email = $1;

-- name: GetUserByID :one
SELECT * FROM users WHERE id = $1;

-- name: UpdateLastLogin :exec
UPDATE users SET last_login_at = sqlc.arg(at)::timestamptz WHERE id = $1;

-- name: UpdatePassword :execrows
UPDATE users SET hashed_password = sqlc.arg(hashed_password)::text WHERE id = $1;

-- name: UpdateProfile :one
UPDATE users SET name = sqlc.arg(name), locale = sqlc.arg(locale) WHERE id = sqlc.arg(id) RETURNING *;

-- name: SetRole :execrows
UPDATE users SET role = sqlc.arg(role) WHERE email = sqlc.arg(email);

-- name: ListUsers :many
SELECT * FROM users
WHERE email > sqlc.arg(after)
  AND (sqlc.arg(pattern)::text = '' OR email ILIKE sqlc.arg(pattern) OR name ILIKE sqlc.arg(pattern))
ORDER BY email
LIMIT sqlc.arg(max_rows);

-- name: AdminExists :one
SELECT EXISTS (SELECT FROM users WHERE role = 'admin' AND is_active);

-- name: LockSetup :exec
-- Two who set up at once must not both become the first administrator.
SELECT pg_advisory_xact_lock(7276381650436442);

-- name: AddSetupToken :exec
INSERT INTO setup_tokens (token_hash, created_at, expires_at) VALUES ($1, $2, $3);

-- name: UseSetupToken :execrows
UPDATE setup_tokens SET used_at = sqlc.arg(now)::timestamptz
WHERE token_hash = sqlc.arg(token_hash) AND used_at IS NULL AND expires_at > sqlc.arg(now);

-- name: EndInvitationsOf :exec
UPDATE invitations SET ended_at = sqlc.arg(now)::timestamptz WHERE email = sqlc.arg(email) AND accepted_at IS NULL AND ended_at IS NULL;

-- name: AddInvitation :one
INSERT INTO invitations (token_hash, email, name, role, invited_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
RETURNING *;

-- name: FindOpenInvitation :one
SELECT sqlc.embed(i), u.name AS inviter
FROM invitations i
JOIN users u ON u.id = i.invited_by
WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.ended_at IS NULL AND i.expires_at > sqlc.arg(now)::timestamptz
FOR UPDATE OF i;

-- name: AcceptInvitation :exec
UPDATE invitations SET accepted_at = sqlc.arg(now)::timestamptz WHERE id = sqlc.arg(id);

-- name: EndInvitation :execrows
UPDATE invitations SET ended_at = sqlc.arg(now)::timestamptz WHERE id = sqlc.arg(id) AND accepted_at IS NULL AND ended_at IS NULL;

-- name: ListOpenInvitations :many
SELECT * FROM invitations
WHERE accepted_at IS NULL AND ended_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz
  AND (created_at, id) < (sqlc.arg(before)::timestamptz, sqlc.arg(before_id)::uuid)
ORDER BY created_at DESC, id DESC
LIMIT sqlc.arg(max_rows);
