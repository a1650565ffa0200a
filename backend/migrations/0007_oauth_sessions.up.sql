-- Refresh tokens of identity providers, encrypted with AES-256-GCM.
CREATE TABLE oauth_sessions (
    id                      BIGSERIAL PRIMARY KEY,
    session_id              TEXT        NOT NULL UNIQUE,
    user_sub                TEXT        NOT NULL,
    refresh_token_encrypted BYTEA       NOT NULL,
    access_token_expires_at TIMESTAMPTZ,
    created_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at              TIMESTAMPTZ NOT NULL DEFAULT now(),
    last_refreshed_at       TIMESTAMPTZ,
    user_agent              TEXT,
    ip_address              INET
);

CREATE INDEX idx_oauth_sessions_session_id ON oauth_sessions (session_id);
CREATE INDEX idx_oauth_sessions_user_sub ON oauth_sessions (user_sub);
CREATE INDEX idx_oauth_sessions_updated_at ON oauth_sessions (updated_at);

CREATE TRIGGER update_oauth_sessions_updated_at
    BEFORE UPDATE ON oauth_sessions
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
