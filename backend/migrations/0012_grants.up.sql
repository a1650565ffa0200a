-- What each role may do. The roles themselves are made before the first migration (roles.sql).
-- ackify_app: on proof tables SELECT and INSERT only. ackify_readonly: everything but secrets. PUBLIC: nothing.

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

GRANT SELECT, INSERT ON signatures, ledger_origin, ledger_entries, ledger_nodes, ledger_checkpoints, document_revisions
    TO ackify_app;
GRANT SELECT, INSERT, DELETE ON signing_keys TO ackify_app;
GRANT UPDATE (not_after) ON signing_keys TO ackify_app;
GRANT SELECT, INSERT, UPDATE ON documents, users, invitations, setup_tokens, checksum_verifications TO ackify_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON expected_signers, reminder_logs, email_queue, oauth_sessions, sessions TO ackify_app;
GRANT SELECT ON schema_migrations TO ackify_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO ackify_app;
GRANT EXECUTE ON FUNCTION calculate_next_retry_time(INT) TO ackify_app;

GRANT SELECT ON signatures, ledger_origin, ledger_entries, ledger_nodes, ledger_checkpoints, signing_keys,
    documents, document_revisions, expected_signers, reminder_logs, checksum_verifications, schema_migrations
    TO ackify_readonly;
-- Not what an email says: it may hold a link that lets somebody in.
GRANT SELECT (id, to_addresses, cc_addresses, bcc_addresses, subject, template, locale, status, priority, retry_count, max_retries,
    created_at, scheduled_for, processed_at, next_retry_at, last_error, error_details, reference_type, reference_id, created_by)
    ON email_queue TO ackify_readonly;
GRANT SELECT (id, email, name, role, locale, is_verified, is_active, created_at, verified_at, last_login_at)
    ON users TO ackify_readonly;
GRANT SELECT (id, user_id, method, authenticated_at, created_at, last_seen_at, expires_at, user_agent, ip_address)
    ON sessions TO ackify_readonly;
GRANT SELECT (id, email, name, role, invited_by, created_at, expires_at, accepted_at, ended_at)
    ON invitations TO ackify_readonly;
