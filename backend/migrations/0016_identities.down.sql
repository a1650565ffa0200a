DO $$
BEGIN
    IF to_regclass('public.audit_log') IS NOT NULL THEN
        IF EXISTS (SELECT FROM audit_log) THEN
            RAISE EXCEPTION 'the audit trail would be lost'
                USING HINT = 'Stay at version 16 or newer; or back up the table audit_log and drop it, then go down.';
        END IF;
    END IF;
END;
$$;

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
    DELETE FROM invitations WHERE email = address;
    UPDATE users SET email = 'erased:' || id, name = '', hashed_password = NULL, is_verified = false, is_active = false,
        verified_at = NULL, last_login_at = NULL
    WHERE id = person;
    UPDATE erasure_requests SET completed_at = at, entries = entry_count
    WHERE email = address AND withdrawn_at IS NULL AND completed_at IS NULL;
    UPDATE erasure_requests SET email = 'erased:' || id, reason = '' WHERE email = address;
END;
$$;

REVOKE DELETE ON users FROM ackify_app;
REVOKE SELECT (provider, issuer, subject) ON sessions FROM ackify_readonly;
REVOKE SELECT (last_login_method) ON users FROM ackify_readonly;
DROP TABLE IF EXISTS audit_log;
DROP FUNCTION guard_audit_log();
DROP TABLE api_tokens;
DROP TABLE refresh_tokens;
DROP TABLE known_devices;
DROP TABLE login_failures;
DROP TABLE magic_links;
DROP TRIGGER drop_oauth_session ON sessions;
DROP FUNCTION drop_oauth_session();
DELETE FROM oauth_sessions WHERE refresh_token_encrypted IS NULL;
ALTER TABLE oauth_sessions
    ALTER COLUMN refresh_token_encrypted SET NOT NULL,
    DROP COLUMN id_token_encrypted,
    DROP COLUMN locked_until;
ALTER TABLE sessions
    DROP COLUMN provider,
    DROP COLUMN issuer,
    DROP COLUMN subject,
    DROP COLUMN refresh_due_at;
DROP TABLE login_attempts;
DROP TABLE identities;
ALTER TABLE users DROP CONSTRAINT users_verified, DROP COLUMN last_login_method;
