-- name: AddSession :one
INSERT INTO sessions (id, token_hash, user_id, method, provider, issuer, subject, refresh_due_at,
    authenticated_at, created_at, last_seen_at, expires_at, user_agent, ip_address)
VALUES (sqlc.arg(id), sqlc.arg(token_hash), sqlc.arg(user_id), sqlc.arg(method), sqlc.arg(provider), sqlc.arg(issuer), sqlc.arg(subject),
    sqlc.narg(refresh_due_at)::timestamptz, sqlc.arg(now), sqlc.arg(now), sqlc.arg(now), sqlc.arg(expires_at),
    sqlc.arg(user_agent), sqlc.arg(ip_address))
RETURNING *;

-- name: AddOAuthSession :exec
INSERT INTO oauth_sessions (session_id, user_sub, refresh_token_encrypted, id_token_encrypted, access_token_expires_at, last_refreshed_at,
    user_agent, ip_address)
VALUES (sqlc.arg(session_id), sqlc.arg(user_sub), sqlc.narg(refresh_token_encrypted), sqlc.narg(id_token_encrypted), sqlc.narg(access_token_expires_at)::timestamptz,
    sqlc.arg(now)::timestamptz, sqlc.arg(user_agent), sqlc.arg(ip_address));

-- name: ClaimRefresh :one
-- One request at a time asks the provider: the others find the row locked until then.
UPDATE oauth_sessions SET locked_until = sqlc.arg(until)::timestamptz
WHERE session_id = sqlc.arg(session_id) AND (locked_until IS NULL OR locked_until <= sqlc.arg(now)::timestamptz)
    AND EXISTS (SELECT FROM sessions s WHERE s.id = sqlc.arg(session)::uuid AND s.refresh_due_at <= sqlc.arg(now)::timestamptz)
RETURNING refresh_token_encrypted;

-- name: SaveRefreshed :exec
UPDATE oauth_sessions
SET refresh_token_encrypted = sqlc.arg(refresh_token_encrypted), access_token_expires_at = sqlc.narg(access_token_expires_at)::timestamptz,
    last_refreshed_at = sqlc.arg(now)::timestamptz, locked_until = NULL
WHERE session_id = sqlc.arg(session_id);

-- name: UnlockRefresh :exec
UPDATE oauth_sessions SET locked_until = NULL WHERE session_id = sqlc.arg(session_id);

-- name: SetRefreshDue :exec
UPDATE sessions SET refresh_due_at = sqlc.arg(due)::timestamptz WHERE id = sqlc.arg(id);

-- name: SeeDevice :one
-- Notes a device of a person and tells whether it was known; the first one that is noted counts as known.
INSERT INTO known_devices AS k (user_id, device, first_seen_at, last_seen_at)
VALUES (sqlc.arg(user_id), sqlc.arg(device), sqlc.arg(now)::timestamptz, sqlc.arg(now))
ON CONFLICT (user_id, device) DO UPDATE SET last_seen_at = excluded.last_seen_at
RETURNING (k.first_seen_at <> sqlc.arg(now)
    OR NOT EXISTS (SELECT FROM known_devices o WHERE o.user_id = sqlc.arg(user_id) AND o.device <> sqlc.arg(device)))::boolean AS known;

-- name: IDTokenOf :one
SELECT id_token_encrypted FROM oauth_sessions WHERE session_id = $1;

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

-- name: ListAppSessions :many
-- One row a log-in of an application: its newest refresh token.
SELECT DISTINCT ON (family) * FROM refresh_tokens
WHERE user_id = $1 AND NOT revoked AND expires_at > sqlc.arg(now)::timestamptz
ORDER BY family, id DESC;

-- name: EndSession :execrows
DELETE FROM sessions WHERE id = $1 AND user_id = $2;

-- name: EndAppSession :execrows
UPDATE refresh_tokens SET revoked = true WHERE family = $1 AND user_id = $2 AND NOT revoked;

-- name: EndSessionByToken :exec
DELETE FROM sessions WHERE token_hash = $1;

-- name: EndOtherSessions :exec
DELETE FROM sessions WHERE user_id = $1 AND id <> sqlc.arg(keep);

-- name: EndOtherAppSessions :exec
UPDATE refresh_tokens SET revoked = true WHERE user_id = $1 AND family <> sqlc.arg(keep) AND NOT revoked;

-- name: DeleteExpiredSessions :execrows
DELETE FROM sessions WHERE expires_at < sqlc.arg(before)::timestamptz;
