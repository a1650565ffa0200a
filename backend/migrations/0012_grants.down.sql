REVOKE ALL ON ALL TABLES IN SCHEMA public FROM ackify_app, ackify_readonly;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM ackify_app, ackify_readonly;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM ackify_app, ackify_readonly;
-- Column grants are not part of the above.
REVOKE SELECT (id, email, name, role, locale, is_verified, is_active, created_at, verified_at, last_login_at)
    ON users FROM ackify_readonly;
REVOKE SELECT (id, user_id, method, authenticated_at, created_at, last_seen_at, expires_at, user_agent, ip_address)
    ON sessions FROM ackify_readonly;
REVOKE SELECT (id, email, name, role, invited_by, created_at, expires_at, accepted_at, ended_at)
    ON invitations FROM ackify_readonly;
REVOKE UPDATE (not_after) ON signing_keys FROM ackify_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
