-- name: CreateUser :one
INSERT INTO users (id, email, name, role, locale, hashed_password, is_verified, created_at, verified_at)
VALUES (sqlc.arg(id), sqlc.arg(email), sqlc.arg(name), sqlc.arg(role), sqlc.arg(locale), nullif(sqlc.arg(hashed_password)::text, ''), sqlc.arg(is_verified)::boolean,
    sqlc.arg(now)::timestamptz, CASE WHEN sqlc.arg(is_verified)::boolean THEN sqlc.arg(now)::timestamptz END)
RETURNING *;

-- name: GetUserByEmail :one
SELECT * FROM users WHERE email = $1;

-- name: GetUserByID :one
SELECT * FROM users WHERE id = $1;

-- name: LockUserByEmail :one
SELECT * FROM users WHERE email = $1 FOR UPDATE;

-- name: LockUserByID :one
SELECT * FROM users WHERE id = $1 FOR UPDATE;

-- name: LockAddress :exec
-- Two who come with the same address at once are served one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(sqlc.arg(email)::text, 7276381650436443));

-- name: UpdateLastLogin :exec
UPDATE users SET last_login_at = sqlc.arg(at)::timestamptz, last_login_method = sqlc.arg(method) WHERE id = sqlc.arg(id);

-- name: VerifyUserEmail :execrows
UPDATE users SET is_verified = true, verified_at = sqlc.arg(at)::timestamptz WHERE id = sqlc.arg(id) AND NOT is_verified;

-- name: ReplaceUnverified :exec
-- Who registers again before confirming means the newer name and password.
UPDATE users SET name = sqlc.arg(name), locale = sqlc.arg(locale), hashed_password = sqlc.arg(hashed_password)::text, created_at = sqlc.arg(at)::timestamptz
WHERE id = sqlc.arg(id) AND NOT is_verified;

-- name: DropPassword :exec
UPDATE users SET hashed_password = NULL WHERE id = $1;

-- name: SetActive :exec
UPDATE users SET is_active = sqlc.arg(is_active) WHERE id = sqlc.arg(id);

-- name: EndSessionsOf :exec
DELETE FROM sessions WHERE user_id = $1;

-- name: DropIdentitiesOf :exec
DELETE FROM identities WHERE user_id = $1;

-- name: RevokeRefreshTokensOf :exec
UPDATE refresh_tokens SET revoked = true WHERE user_id = $1 AND NOT revoked;

-- name: RevokeApiTokensOf :exec
UPDATE api_tokens SET revoked_at = sqlc.arg(at)::timestamptz WHERE user_id = $1 AND revoked_at IS NULL;

-- name: EndLinksOf :exec
UPDATE magic_links SET used_at = sqlc.arg(at)::timestamptz WHERE user_id = $1 AND used_at IS NULL;

-- name: CleanUpUnverifiedUsers :many
DELETE FROM users
WHERE NOT is_verified AND is_active AND last_login_at IS NULL AND email NOT LIKE 'erased:%' AND created_at < sqlc.arg(before)::timestamptz
    AND NOT EXISTS (SELECT FROM signatures s WHERE s.user_sub = users.id::text)
RETURNING id, email;

-- name: IsExpected :one
-- Whether somebody asked for this person, by an invitation or as a signer, and what they are called.
SELECT (EXISTS (SELECT FROM invitations i WHERE i.email = sqlc.arg(email) AND i.accepted_at IS NULL AND i.ended_at IS NULL
            AND i.expires_at > sqlc.arg(now)::timestamptz)
        OR EXISTS (SELECT FROM expected_signers e WHERE e.email = sqlc.arg(email) AND e.withdrawn_at IS NULL))::boolean AS expected,
    coalesce((SELECT e.name FROM expected_signers e WHERE e.email = sqlc.arg(email) AND e.name <> '' LIMIT 1), '')::text AS name;

-- name: OpenInvitationOf :one
SELECT * FROM invitations
WHERE email = sqlc.arg(email) AND accepted_at IS NULL AND ended_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz
FOR UPDATE;

-- name: UpdatePassword :execrows
UPDATE users SET hashed_password = sqlc.arg(hashed_password)::text WHERE id = $1;

-- name: RehashPassword :one
-- Unless the password was changed meanwhile.
UPDATE users SET hashed_password = sqlc.arg(hashed_password)::text WHERE id = sqlc.arg(id) AND hashed_password = sqlc.arg(before)::text RETURNING *;

-- name: UpdateProfile :one
UPDATE users SET name = sqlc.arg(name), locale = sqlc.arg(locale) WHERE id = sqlc.arg(id) RETURNING *;

-- name: SetRole :execrows
UPDATE users SET role = sqlc.arg(role) WHERE id = sqlc.arg(id);

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

-- name: EndInvitation :one
UPDATE invitations SET ended_at = sqlc.arg(now)::timestamptz WHERE id = sqlc.arg(id) AND accepted_at IS NULL AND ended_at IS NULL
RETURNING email;

-- name: ListOpenInvitations :many
SELECT * FROM invitations
WHERE accepted_at IS NULL AND ended_at IS NULL AND expires_at > sqlc.arg(now)::timestamptz
  AND (created_at, id) < (sqlc.arg(before)::timestamptz, sqlc.arg(before_id)::uuid)
ORDER BY created_at DESC, id DESC
LIMIT sqlc.arg(max_rows);
