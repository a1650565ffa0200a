DO $$
BEGIN
    IF EXISTS (SELECT FROM expected_signers WHERE withdrawn_at IS NOT NULL) THEN
        RAISE EXCEPTION 'people who are no longer asked cannot go back to a schema without them';
    END IF;
END;
$$;
CREATE OR REPLACE FUNCTION count_signatures() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM added a JOIN documents d ON d.doc_id = a.doc_id WHERE d.revision <> a.revision) THEN
        RAISE EXCEPTION 'only the current revision of a document is signed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signatures_current_revision';
    END IF;
    IF EXISTS (SELECT FROM added a JOIN documents d ON d.doc_id = a.doc_id WHERE d.deleted_at IS NOT NULL) THEN
        RAISE EXCEPTION 'a deleted document is not signed' USING ERRCODE = 'check_violation', CONSTRAINT = 'signatures_document_deleted';
    END IF;
    INSERT INTO signature_counts AS c (doc_id, revision, signatures)
    SELECT doc_id, revision, count(*) FROM added GROUP BY doc_id, revision ORDER BY doc_id, revision
    ON CONFLICT (doc_id, revision) DO UPDATE SET signatures = c.signatures + EXCLUDED.signatures;
    RETURN NULL;
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
DROP TRIGGER follow_reminder ON email_queue;
DROP FUNCTION follow_reminder();
DELETE FROM reminder_logs WHERE status IN ('queued', 'cancelled');
DROP INDEX idx_reminder_logs_email_id;
DROP INDEX idx_reminder_logs_recipient;
DROP INDEX idx_reminder_logs_doc_id;
CREATE INDEX idx_reminder_logs_doc_id ON reminder_logs (doc_id);
ALTER TABLE reminder_logs
    DROP CONSTRAINT reminder_logs_status_check,
    ADD CONSTRAINT reminder_logs_status_check CHECK (status IN ('sent', 'failed', 'bounced')),
    DROP COLUMN queued_at,
    DROP COLUMN automatic,
    DROP COLUMN email_id;
DROP INDEX idx_email_queue_sent_to;
DROP INDEX idx_email_queue_message_id;
DROP INDEX idx_email_queue_failed;
ALTER TABLE email_queue DROP COLUMN attempts, DROP COLUMN message_id;
DROP TABLE reminder_schedules;
DROP TABLE completion_checks;
DROP INDEX idx_signatures_doc_id_user_email;
DROP INDEX idx_expected_signers_group_id;
DROP INDEX idx_expected_signers_email;
ALTER TABLE expected_signers
    DROP CONSTRAINT expected_signers_signed,
    DROP COLUMN due_at,
    DROP COLUMN due_reason,
    DROP COLUMN group_id,
    DROP COLUMN muted,
    DROP COLUMN withdrawn_at,
    DROP COLUMN withdrawn_by,
    DROP COLUMN seq,
    DROP COLUMN signed_revision,
    DROP COLUMN signed_at;
DROP TRIGGER update_documents_updated_at ON documents;
CREATE TRIGGER update_documents_updated_at
    BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
ALTER TABLE documents DROP COLUMN due_at, DROP COLUMN due_reason, DROP COLUMN completed_revision;
DROP TABLE document_groups;
DROP TABLE signer_group_members;
DROP TABLE signer_groups;
