-- People, their sessions, and the two kinds of one-time link that let somebody in for the first time.
-- Secrets are stored as hashes: SHA-256 for random tokens, Argon2id for passwords.

-- Trimmed and in lower case. A domain rather than a check of each table: PostgreSQL reads a table's checks anew for every insert
-- statement, a domain's once a session.
CREATE DOMAIN email_address AS TEXT CHECK (VALUE = lower(btrim(VALUE)));

CREATE TABLE users (
    id              UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email           email_address NOT NULL UNIQUE CHECK (email <> ''),
    name            TEXT        NOT NULL,
    role            TEXT        NOT NULL DEFAULT 'signer' CHECK (role IN ('signer', 'author', 'admin', 'auditor')),
    locale          TEXT        NOT NULL DEFAULT 'en' CHECK (locale IN ('en', 'fr', 'es', 'de', 'it')),
    hashed_password TEXT,
    is_verified     BOOLEAN     NOT NULL DEFAULT false,
    is_active       BOOLEAN     NOT NULL DEFAULT true,
    created_at      TIMESTAMPTZ NOT NULL DEFAULT now(),
    verified_at     TIMESTAMPTZ,
    last_login_at   TIMESTAMPTZ
);

CREATE TABLE sessions (
    id               UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    token_hash       BYTEA       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    user_id          UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    method           TEXT        NOT NULL,
    authenticated_at TIMESTAMPTZ NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    last_seen_at     TIMESTAMPTZ NOT NULL,
    expires_at       TIMESTAMPTZ NOT NULL,
    user_agent       TEXT        NOT NULL DEFAULT '',
    ip_address       INET
);

CREATE INDEX idx_sessions_user_id ON sessions (user_id);
CREATE INDEX idx_sessions_expires_at ON sessions (expires_at);

CREATE TABLE invitations (
    id          UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    token_hash  BYTEA       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    email       email_address NOT NULL CHECK (email <> ''),
    name        TEXT        NOT NULL DEFAULT '',
    role        TEXT        NOT NULL DEFAULT 'signer' CHECK (role IN ('signer', 'author', 'admin', 'auditor')),
    invited_by  UUID        NOT NULL REFERENCES users (id),
    created_at  TIMESTAMPTZ NOT NULL,
    expires_at  TIMESTAMPTZ NOT NULL,
    accepted_at TIMESTAMPTZ,
    ended_at    TIMESTAMPTZ
);

-- One open invitation a person: inviting again ends the one before.
CREATE UNIQUE INDEX invitations_open_email ON invitations (email) WHERE accepted_at IS NULL AND ended_at IS NULL;

CREATE TABLE setup_tokens (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    created_at TIMESTAMPTZ NOT NULL,
    expires_at TIMESTAMPTZ NOT NULL,
    used_at    TIMESTAMPTZ
);

ALTER TABLE signatures ALTER COLUMN user_email TYPE email_address;
ALTER TABLE expected_signers ALTER COLUMN email TYPE email_address;
ALTER TABLE reminder_logs ALTER COLUMN recipient_email TYPE email_address;
