-- How people get in: identities at providers, one-time links by mail, tokens of programs; and the trail of who did what.
-- Random secrets are stored as SHA-256, six-digit codes as an HMAC under a key of the server's.

ALTER TABLE users
    ADD COLUMN last_login_method TEXT NOT NULL DEFAULT '',
    ADD CONSTRAINT users_verified CHECK (is_verified = (verified_at IS NOT NULL));

-- One identity is one person at one provider.
CREATE TABLE identities (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    issuer       TEXT        NOT NULL,
    subject      TEXT        NOT NULL,
    user_id      UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider     TEXT        NOT NULL, -- as the configuration named it then
    email        email_address NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    UNIQUE (issuer, subject)
);

CREATE INDEX idx_identities_user_id ON identities (user_id);

-- A log-in at a provider that is under way. It is deleted when the browser comes back, so its state works once.
CREATE TABLE login_attempts (
    state_hash   BYTEA PRIMARY KEY CHECK (octet_length(state_hash) = 32),
    browser_hash BYTEA       NOT NULL CHECK (octet_length(browser_hash) = 32),
    provider     TEXT        NOT NULL,
    redirect_to  TEXT        NOT NULL,
    locale       TEXT        NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL
);

CREATE INDEX idx_login_attempts_expires_at ON login_attempts (expires_at);

ALTER TABLE sessions
    ADD COLUMN provider TEXT NOT NULL DEFAULT '',
    ADD COLUMN issuer TEXT NOT NULL DEFAULT '',
    ADD COLUMN subject TEXT NOT NULL DEFAULT '',
    ADD COLUMN refresh_due_at TIMESTAMPTZ; -- when the provider is asked again whether the person may still be here

ALTER TABLE oauth_sessions
    ALTER COLUMN refresh_token_encrypted DROP NOT NULL, -- not every provider gives one
    ADD COLUMN id_token_encrypted BYTEA,                -- for logging out at the provider
    ADD COLUMN locked_until TIMESTAMPTZ;                -- one request at a time asks the provider

-- A refresh token goes with its session.
CREATE FUNCTION drop_oauth_session() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.oauth_sessions WHERE session_id = OLD.id::text;
    RETURN NULL;
END;
$$;

CREATE TRIGGER drop_oauth_session AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION drop_oauth_session();

-- Links sent by mail; each works once. Asked-for ones for unknown addresses are here too, without a user and never sent, so that the
-- limits and the work are the same for everybody.
CREATE TABLE magic_links (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    purpose      TEXT        NOT NULL CHECK (purpose IN ('login', 'verification', 'reset')),
    token_hash   BYTEA       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    code_hash    BYTEA CHECK (octet_length(code_hash) = 32),
    browser_hash BYTEA CHECK (octet_length(browser_hash) = 32),
    email        email_address NOT NULL,
    user_id      UUID REFERENCES users (id) ON DELETE CASCADE,
    sent         BOOLEAN     NOT NULL, -- false: nobody ever got it
    locale       TEXT        NOT NULL,
    redirect_to  TEXT        NOT NULL DEFAULT '',
    ip_address   INET,                 -- of who asked; absent when an administrator made it
    attempts     INT         NOT NULL DEFAULT 0, -- wrong codes so far
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ
);

CREATE INDEX idx_magic_links_email ON magic_links (email, created_at);
CREATE INDEX idx_magic_links_ip_address ON magic_links (ip_address, created_at);
CREATE INDEX idx_magic_links_browser ON magic_links (browser_hash, created_at) WHERE code_hash IS NOT NULL;
CREATE INDEX idx_magic_links_expires_at ON magic_links (expires_at);
CREATE INDEX idx_magic_links_user_id ON magic_links (user_id);

-- Wrong passwords of one account from one address, as a hash of both: each further one makes the next try wait longer.
CREATE TABLE login_failures (
    key_hash       BYTEA PRIMARY KEY CHECK (octet_length(key_hash) = 32),
    failures       INT         NOT NULL,
    last_failed_at TIMESTAMPTZ NOT NULL,
    blocked_until  TIMESTAMPTZ
);

CREATE INDEX idx_login_failures_last_failed_at ON login_failures (last_failed_at);

-- From where a person has logged in before, so that a log-in from elsewhere can be told them.
CREATE TABLE known_devices (
    user_id       UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    device        TEXT        NOT NULL, -- the user agent without version numbers
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at  TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, device)
);

-- Refresh tokens of mobile and other applications. Each is used once; its successor is of the same family.
CREATE TABLE refresh_tokens (
    id               BIGSERIAL PRIMARY KEY,
    user_id          UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    token            TEXT        NOT NULL UNIQUE CHECK (token ~ '^[0-9a-f]{64}$'), -- SHA-256 of the token
    jti              TEXT        NOT NULL UNIQUE,
    family           UUID        NOT NULL,
    authenticated_at TIMESTAMPTZ NOT NULL,
    created_at       TIMESTAMPTZ NOT NULL,
    expires_at       TIMESTAMPTZ NOT NULL,
    used_at          TIMESTAMPTZ,
    revoked          BOOLEAN     NOT NULL DEFAULT false,
    user_agent       TEXT        NOT NULL DEFAULT '',
    ip_address       INET
);

CREATE INDEX idx_refresh_tokens_user_id ON refresh_tokens (user_id);
CREATE INDEX idx_refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX idx_refresh_tokens_expires_at ON refresh_tokens (expires_at);

-- Personal API tokens.
CREATE TABLE api_tokens (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id      UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name         TEXT        NOT NULL,
    token_hash   BYTEA       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    hint         TEXT        NOT NULL, -- the token's last four characters
    scopes       TEXT[]      NOT NULL CHECK (cardinality(scopes) > 0),
    created_at   TIMESTAMPTZ NOT NULL,
    expires_at   TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ,
    revoked_at   TIMESTAMPTZ
);

CREATE INDEX idx_api_tokens_user_id ON api_tokens (user_id, created_at DESC);

-- Who did what, when, from where. Rows are only added; erasing a person empties what says who they are.
CREATE TABLE audit_log (
    id            BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            TIMESTAMPTZ NOT NULL,
    action        TEXT        NOT NULL,
    actor_kind    TEXT        NOT NULL CHECK (actor_kind IN ('user', 'token', 'command', 'system', 'nobody')),
    actor_id      UUID,
    actor_email   TEXT        NOT NULL DEFAULT '',
    subject_type  TEXT        NOT NULL DEFAULT '',
    subject_id    TEXT        NOT NULL DEFAULT '',
    subject_label TEXT        NOT NULL DEFAULT '', -- an address or a title, as it was then
    detail        JSONB       NOT NULL DEFAULT '{}',
    ip_address    INET,
    user_agent    TEXT        NOT NULL DEFAULT '',
    request_id    TEXT        NOT NULL DEFAULT ''
);

CREATE INDEX idx_audit_log_actor_email ON audit_log (actor_email, id DESC);
CREATE INDEX idx_audit_log_subject_label ON audit_log (subject_label, id DESC);
CREATE INDEX idx_audit_log_at ON audit_log (at, id);

CREATE FUNCTION guard_audit_log() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.at, NEW.action, NEW.actor_kind, NEW.actor_id, NEW.subject_type, NEW.subject_id, NEW.request_id)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.at, OLD.action, OLD.actor_kind, OLD.actor_id, OLD.subject_type, OLD.subject_id, OLD.request_id)
        AND NEW.actor_email IN (OLD.actor_email, 'erased') AND NEW.subject_label IN (OLD.subject_label, 'erased')
        AND NEW.detail IN (OLD.detail, '{}') AND NEW.user_agent IN (OLD.user_agent, '')
        AND (NEW.ip_address IS NULL OR NEW.ip_address = OLD.ip_address) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on audit_log is refused: the trail only grows', TG_OP USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER guard_change BEFORE UPDATE OR DELETE ON audit_log FOR EACH ROW EXECUTE FUNCTION guard_audit_log();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER guard_change;
ALTER TABLE audit_log ENABLE ALWAYS TRIGGER refuse_truncate;

-- As before, and what is new here.
CREATE OR REPLACE FUNCTION erase_person(address TEXT, entry_count INT, at TIMESTAMPTZ) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person UUID := (SELECT id FROM users WHERE email = address);
BEGIN
    UPDATE reminder_logs SET error_message = NULL WHERE recipient_email = address;
    UPDATE expected_signers SET email = 'erased:' || id, name = '', notes = NULL WHERE email = address;
    DELETE FROM email_queue WHERE address = ANY (to_addresses || coalesce(cc_addresses, '{}') || coalesce(bcc_addresses, '{}'));
    UPDATE checksum_verifications SET verified_by = 'erased:' || id, error_message = NULL WHERE verified_by IN (address, person::text);
    DELETE FROM oauth_sessions WHERE user_sub = person::text;
    DELETE FROM sessions WHERE user_id = person;
    DELETE FROM identities WHERE user_id = person;
    DELETE FROM magic_links WHERE email = address OR user_id = person;
    DELETE FROM known_devices WHERE user_id = person;
    DELETE FROM refresh_tokens WHERE user_id = person;
    DELETE FROM api_tokens WHERE user_id = person;
    DELETE FROM invitations WHERE email = address;
    UPDATE audit_log SET actor_email = 'erased', ip_address = NULL, user_agent = '', detail = '{}'
    WHERE actor_id = person OR actor_email = address;
    -- Nobody who is known: most likely they themselves, mistyping their password.
    UPDATE audit_log SET subject_label = 'erased', detail = '{}',
        ip_address = CASE WHEN actor_kind <> 'nobody' THEN ip_address END, user_agent = CASE WHEN actor_kind <> 'nobody' THEN user_agent ELSE '' END
    WHERE subject_label = address OR subject_type = 'user' AND subject_id = person::text;
    UPDATE users SET email = 'erased:' || id, name = '', hashed_password = NULL, is_verified = false, is_active = false,
        verified_at = NULL, last_login_at = NULL, last_login_method = ''
    WHERE id = person;
    UPDATE erasure_requests SET completed_at = at, entries = entry_count
    WHERE email = address AND withdrawn_at IS NULL AND completed_at IS NULL;
    UPDATE erasure_requests SET email = 'erased:' || id, reason = '' WHERE email = address;
END;
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION drop_oauth_session(), guard_audit_log() FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON identities, login_attempts, magic_links, login_failures, known_devices, refresh_tokens, api_tokens
    TO ackify_app;
GRANT DELETE ON users TO ackify_app; -- accounts whose address nobody confirmed
GRANT SELECT, INSERT ON audit_log TO ackify_app, ackify_migrate;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ackify_app;
GRANT USAGE ON SEQUENCE audit_log_id_seq TO ackify_migrate;

GRANT SELECT ON audit_log, identities, known_devices TO ackify_readonly;
GRANT SELECT (last_login_method) ON users TO ackify_readonly;
GRANT SELECT (provider, issuer, subject) ON sessions TO ackify_readonly;
GRANT SELECT (id, purpose, email, user_id, sent, locale, ip_address, attempts, created_at, expires_at, used_at) ON magic_links TO ackify_readonly;
GRANT SELECT (id, user_id, jti, family, authenticated_at, created_at, expires_at, used_at, revoked, user_agent, ip_address)
    ON refresh_tokens TO ackify_readonly;
GRANT SELECT (id, user_id, name, hint, scopes, created_at, expires_at, last_used_at, revoked_at) ON api_tokens TO ackify_readonly;
