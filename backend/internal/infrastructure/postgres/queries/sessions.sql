-- name: AddSession :one
INSERT INTO sessions (token_hash, user_id, method, authenticated_at, created_at, last_seen_at, expires_at, user_agent, ip_address)
VALUES (sqlc.arg(token_hash), sqlc.arg(user_id), sqlc.arg(method), sqlc.arg(now), sqlc.arg(now), sqlc.arg(now), sqlc.arg(expires_at), sqlc.arg(user_agent), sqlc.arg(ip_address))
RETURNING *;

-- name: FindSession :one
SELECT sqlc.embed(s), sqlc.embed(u)
FROM sessions s
JOIN users u ON u.id = s.user_id
WHERE s.token_hash = $1 AND s.expires_at > sqlc.arg(now)::timestamptz AND u.is_active;

-- name: TouchSession :exec
UPDATE sessions SET last_seen_at = sqlc.arg(now)::timestamptz, ip_address = sqlc.arg(ip_address), user_agent = sqlc.arg(user_agent)
WHERE id = sqlc.arg(id);

-- name: ListSessions :many
SELECT * FROM sessions WHERE user_id = $1 AND expires_at > sqlc.arg(now)::timestamptz ORDER BY last_seen_at DESC;

-- name: EndSession :execrows
DELETE FROM sessions WHERE id = $1 AND user_id = $2;

-- name: EndSessionByToken :exec
DELETE FROM sessions WHERE token_hash = $1;

-- name: EndOtherSessions :exec
DELETE FROM sessions WHERE user_id = $1 AND id <> sqlc.arg(keep);

-- name: DeleteExpiredSessions :execrows
DELETE FROM sessions WHERE expires_at < sqlc.arg(before)::timestamptz;
