-- Why an email about a document was not sent, as a code, and what the mail server said of it.

ALTER TABLE reminder_logs
    ADD COLUMN error_code TEXT,
    ADD COLUMN error_said TEXT;

ALTER TABLE notice_logs
    ADD COLUMN error_code TEXT,
    ADD COLUMN error_said TEXT;

CREATE OR REPLACE VIEW document_emails AS
SELECT id, doc_id, recipient_email, sent_at, sent_by, template_used, status, error_message, queued_at, automatic, email_id, error_code, error_said FROM reminder_logs
UNION ALL
SELECT id, doc_id, recipient_email, sent_at, 'system', template_used, status, error_message, queued_at, true, email_id, error_code, error_said FROM notice_logs;

CREATE OR REPLACE FUNCTION follow_reminder() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reminder_logs
    SET status = CASE WHEN NEW.status IN ('sent', 'failed', 'cancelled') THEN NEW.status ELSE 'queued' END,
        sent_at = coalesce(NEW.processed_at, sent_at), error_message = NEW.last_error,
        error_code = NEW.error_details ->> 'cause', error_said = NEW.error_details ->> 'said'
    WHERE email_id = NEW.id;
    IF NOT FOUND THEN
        UPDATE notice_logs
        SET status = CASE WHEN NEW.status IN ('sent', 'failed', 'cancelled') THEN NEW.status ELSE 'queued' END,
            sent_at = coalesce(NEW.processed_at, sent_at), error_message = NEW.last_error,
            error_code = NEW.error_details ->> 'cause', error_said = NEW.error_details ->> 'said'
        WHERE email_id = NEW.id;
    END IF;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION erase_person(address TEXT, entry_count INT, at TIMESTAMPTZ) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person UUID := (SELECT id FROM users WHERE email = address);
BEGIN
    UPDATE reminder_logs SET error_message = NULL, error_code = NULL, error_said = NULL, status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END WHERE recipient_email = address;
    UPDATE notice_logs SET recipient_email = 'erased:' || id, error_message = NULL, error_code = NULL, error_said = NULL,
        status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END
    WHERE recipient_email = address;
    INSERT INTO completion_checks (doc_id) SELECT doc_id FROM expected_signers WHERE email = address ORDER BY doc_id
    ON CONFLICT (doc_id) DO UPDATE SET doc_id = EXCLUDED.doc_id;
    -- Nobody waits for somebody who is forgotten.
    UPDATE expected_signers SET email = 'erased:' || id, name = '', notes = NULL, due_reason = '',
        withdrawn_at = coalesce(withdrawn_at, at), withdrawn_by = coalesce(withdrawn_by, 'erased')
    WHERE email = address;
    DELETE FROM unexpected_signers WHERE email = address;
    DELETE FROM signer_group_members WHERE email = address;
    UPDATE reminder_schedules SET escalate_after_days = NULL, manager_email = NULL, manager_name = '' WHERE manager_email = address;
    -- Of the people whom a manager was told of.
    UPDATE email_queue SET data = jsonb_set(data, '{missing}', to_jsonb(array_to_string(ARRAY(
        SELECT line FROM unnest(string_to_array(data ->> 'missing', E'\n')) line WHERE position('(' || address || ')' IN line) = 0 AND line <> address), E'\n')))
    WHERE template = 'escalation' AND position(address IN data ->> 'missing') > 0;
    UPDATE email_queue SET data = jsonb_set(data, '{sender}', '""') WHERE created_by = person::text AND jsonb_exists(data, 'sender');
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
