-- name: AddRefreshToken :exec
INSERT INTO refresh_tokens (user_id, token, jti, family, authenticated_at, created_at, expires_at, user_agent, ip_address)
VALUES ($1, $2, $3, $4, sqlc.arg(authenticated_at)::timestamptz, sqlc.arg(now)::timestamptz, sqlc.arg(expires_at)::timestamptz, $5, $6);

-- name: LockOwnerOfRefreshToken :one
-- The owner first: whoever ends everything of the person waits, and then sees the token's successor, or comes first and is seen.
SELECT * FROM users WHERE id = (SELECT r.user_id FROM refresh_tokens r WHERE r.token = $1) FOR UPDATE;

-- name: LockRefreshToken :one
SELECT * FROM refresh_tokens WHERE token = $1 FOR UPDATE;

-- name: UseRefreshToken :exec
UPDATE refresh_tokens SET used_at = sqlc.arg(now)::timestamptz WHERE id = $1;

-- name: RevokeFamily :execrows
UPDATE refresh_tokens SET revoked = true WHERE family = $1 AND NOT revoked;

-- name: FindAccess :one
-- The user of an access token, as long as its log-in goes on.
SELECT * FROM users u
WHERE u.id = sqlc.arg(user_id) AND u.is_active
    AND EXISTS (SELECT FROM refresh_tokens r WHERE r.family = sqlc.arg(family) AND r.user_id = u.id AND NOT r.revoked
        AND r.expires_at > sqlc.arg(now)::timestamptz);

-- name: DeleteRefreshTokens :execrows
DELETE FROM refresh_tokens WHERE expires_at < sqlc.arg(before)::timestamptz;

-- name: AddApiToken :one
INSERT INTO api_tokens (user_id, name, token_hash, hint, scopes, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, sqlc.arg(now)::timestamptz, sqlc.arg(expires_at)::timestamptz)
RETURNING *;

-- name: CountApiTokens :one
SELECT count(*) FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz;

-- name: ListApiTokens :many
SELECT * FROM api_tokens WHERE user_id = $1 AND revoked_at IS NULL ORDER BY created_at DESC, id;

-- name: RevokeApiToken :one
UPDATE api_tokens SET revoked_at = sqlc.arg(now)::timestamptz WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL
RETURNING name;

-- name: FindApiToken :one
SELECT sqlc.embed(t), sqlc.embed(u) FROM api_tokens t JOIN users u ON u.id = t.user_id
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND t.expires_at > sqlc.arg(now)::timestamptz AND u.is_active;

-- name: TouchApiToken :exec
UPDATE api_tokens SET last_used_at = sqlc.arg(now)::timestamptz WHERE id = $1;
