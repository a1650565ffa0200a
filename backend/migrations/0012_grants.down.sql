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
REVOKE SELECT (id, to_addresses, cc_addresses, bcc_addresses, subject, template, locale, status, priority, retry_count, max_retries,
    created_at, scheduled_for, processed_at, next_retry_at, last_error, error_details, reference_type, reference_id, created_by)
    ON email_queue FROM ackify_readonly;
REVOKE UPDATE (not_after) ON signing_keys FROM ackify_app;
ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
