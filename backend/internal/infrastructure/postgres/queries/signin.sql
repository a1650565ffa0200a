-- name: AddLoginAttempt :exec
INSERT INTO login_attempts (state_hash, browser_hash, provider, redirect_to, locale, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, sqlc.arg(now)::timestamptz, sqlc.arg(expires_at)::timestamptz);

-- name: TakeLoginAttempt :one
DELETE FROM login_attempts WHERE state_hash = $1 RETURNING *;

-- name: DeleteLoginAttempts :execrows
DELETE FROM login_attempts WHERE expires_at < sqlc.arg(before)::timestamptz;

-- name: UseIdentity :one
UPDATE identities SET last_used_at = sqlc.arg(now)::timestamptz WHERE issuer = sqlc.arg(issuer) AND subject = sqlc.arg(subject) RETURNING user_id;

-- name: IdentityIsOf :one
SELECT EXISTS (SELECT FROM identities WHERE issuer = $1 AND subject = $2 AND user_id = $3);

-- name: AddIdentity :exec
INSERT INTO identities (issuer, subject, user_id, provider, email, created_at, last_used_at)
VALUES (sqlc.arg(issuer), sqlc.arg(subject), sqlc.arg(user_id), sqlc.arg(provider), sqlc.arg(email), sqlc.arg(now)::timestamptz, sqlc.arg(now));

-- name: LinkForAddress :one
-- When the newest but so many of the links of a kind was asked for, for an address.
SELECT created_at FROM magic_links
WHERE email = sqlc.arg(email) AND purpose = sqlc.arg(purpose) AND ip_address IS NOT NULL AND created_at > sqlc.arg(since)::timestamptz
ORDER BY created_at DESC OFFSET sqlc.arg(newer)::int LIMIT 1;

-- name: LinkFromClient :one
-- When the newest but so many of the links of all kinds was asked for, by a client.
SELECT created_at FROM magic_links
WHERE ip_address = sqlc.arg(ip_address) AND created_at > sqlc.arg(since)::timestamptz
ORDER BY created_at DESC OFFSET sqlc.arg(newer)::int LIMIT 1;

-- name: LockClient :exec
SELECT pg_advisory_xact_lock(hashtextextended(sqlc.arg(address)::text, 7276381650436444));

-- name: AddLink :exec
INSERT INTO magic_links (purpose, token_hash, code_hash, browser_hash, email, user_id, sent, locale, redirect_to, ip_address, created_at, expires_at)
VALUES (sqlc.arg(purpose), sqlc.arg(token_hash), sqlc.narg(code_hash), sqlc.narg(browser_hash), sqlc.arg(email), sqlc.narg(user_id), sqlc.arg(sent),
    sqlc.arg(locale), sqlc.arg(redirect_to), sqlc.narg(ip_address), sqlc.arg(now)::timestamptz, sqlc.arg(expires_at)::timestamptz);

-- name: GetLink :one
SELECT * FROM magic_links WHERE token_hash = $1 AND sent AND used_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz;

-- name: LockLink :one
SELECT * FROM magic_links WHERE token_hash = $1 AND sent AND used_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz FOR UPDATE;

-- name: LockLinkOfBrowser :one
-- The newest link that this browser has asked for; whether it was sent must not show.
SELECT * FROM magic_links
WHERE browser_hash = $1 AND code_hash IS NOT NULL AND used_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz
ORDER BY created_at DESC, id
LIMIT 1
FOR UPDATE;

-- name: CountWrongCodes :one
SELECT coalesce(sum(attempts), 0)::bigint FROM magic_links WHERE email = sqlc.arg(email) AND created_at > sqlc.arg(since)::timestamptz;

-- name: CountWrongCode :exec
UPDATE magic_links SET attempts = attempts + 1 WHERE id = $1;

-- name: UseLink :exec
UPDATE magic_links SET used_at = sqlc.arg(now)::timestamptz WHERE id = $1;

-- name: UseLinksOf :exec
-- The other links of the same purpose and person stop working too.
UPDATE magic_links SET used_at = sqlc.arg(now)::timestamptz WHERE email = sqlc.arg(email) AND purpose = sqlc.arg(purpose) AND used_at IS NULL;

-- name: DeleteLinks :execrows
DELETE FROM magic_links WHERE created_at < sqlc.arg(before)::timestamptz;

-- name: CountLoginFailure :one
-- Counts an attempt before its outcome is known, unless it has to wait; forgotten after an hour without one.
INSERT INTO login_failures AS f (key_hash, failures, last_failed_at)
VALUES (sqlc.arg(key_hash), 1, sqlc.arg(now)::timestamptz)
ON CONFLICT (key_hash) DO UPDATE SET
    failures = CASE WHEN f.last_failed_at < sqlc.arg(now)::timestamptz - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
    last_failed_at = excluded.last_failed_at,
    blocked_until = NULL
WHERE f.blocked_until IS NULL OR f.blocked_until <= sqlc.arg(now)::timestamptz
RETURNING failures;

-- name: BlockLogin :exec
UPDATE login_failures SET blocked_until = sqlc.arg(until)::timestamptz WHERE key_hash = sqlc.arg(key_hash);

-- name: LoginBlockedUntil :one
SELECT blocked_until FROM login_failures WHERE key_hash = $1;

-- name: UncountLogin :exec
UPDATE login_failures SET failures = failures - 1, blocked_until = NULL WHERE key_hash = $1;

-- name: ForgiveLogin :exec
DELETE FROM login_failures WHERE key_hash = $1;

-- name: DeleteLoginFailures :execrows
DELETE FROM login_failures WHERE last_failed_at < sqlc.arg(before)::timestamptz;
