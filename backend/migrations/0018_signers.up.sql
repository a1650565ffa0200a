-- Until when somebody is to sign, who was asked as a group, and what became of each reminder.

CREATE TABLE signer_groups (
    id         UUID PRIMARY KEY,
    name       TEXT        NOT NULL CHECK (name <> ''),
    created_at TIMESTAMPTZ NOT NULL,
    created_by UUID        NOT NULL
);

CREATE UNIQUE INDEX idx_signer_groups_name ON signer_groups (lower(name));

CREATE TABLE signer_group_members (
    group_id  UUID          NOT NULL REFERENCES signer_groups (id) ON DELETE CASCADE,
    email     email_address NOT NULL,
    name      TEXT          NOT NULL DEFAULT '',
    joined_at TIMESTAMPTZ   NOT NULL,
    PRIMARY KEY (group_id, email)
);

CREATE INDEX idx_signer_group_members_email ON signer_group_members (email);

-- Groups that were asked as a whole: whoever joins one later is asked too.
CREATE TABLE document_groups (
    doc_id      TEXT        NOT NULL REFERENCES documents (doc_id),
    group_id    UUID        NOT NULL REFERENCES signer_groups (id) ON DELETE CASCADE,
    joiner_days INT CHECK (joiner_days BETWEEN 1 AND 3650), -- from joining; NULL: the document's deadline
    added_at    TIMESTAMPTZ NOT NULL,
    added_by    UUID        NOT NULL,
    PRIMARY KEY (doc_id, group_id)
);

CREATE INDEX idx_document_groups_group_id ON document_groups (group_id);

ALTER TABLE documents
    ADD COLUMN due_at TIMESTAMPTZ, -- of everybody who has no deadline of their own
    ADD COLUMN due_reason TEXT NOT NULL DEFAULT '',
    ADD COLUMN completed_revision INT NOT NULL DEFAULT 0; -- the material revision that everybody had signed when its author was told

-- Telling its author changes nothing about a document.
DROP TRIGGER update_documents_updated_at ON documents;
CREATE TRIGGER update_documents_updated_at
    BEFORE UPDATE ON documents
    FOR EACH ROW WHEN (NEW.completed_revision = OLD.completed_revision) EXECUTE FUNCTION update_updated_at_column();

ALTER TABLE expected_signers
    ADD COLUMN due_at TIMESTAMPTZ, -- NULL: the document's
    ADD COLUMN due_reason TEXT NOT NULL DEFAULT '',
    ADD COLUMN group_id UUID REFERENCES signer_groups (id) ON DELETE SET NULL,
    ADD COLUMN muted BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN withdrawn_at TIMESTAMPTZ, -- NULL: is asked
    ADD COLUMN withdrawn_by TEXT,
    ADD COLUMN seq BIGINT, -- the ledger's newest entry about it; NULL when it is older than those
    -- What they have signed, so that nobody has to look for it among all signatures.
    ADD COLUMN signed_revision INT NOT NULL DEFAULT 0, -- the newest; 0: none
    ADD COLUMN signed_at TIMESTAMPTZ,
    ADD CONSTRAINT expected_signers_signed CHECK ((signed_revision = 0) = (signed_at IS NULL));

UPDATE expected_signers e SET signed_revision = s.revision, signed_at = s.signed_at
FROM (SELECT DISTINCT ON (doc_id, user_email) doc_id, user_email, revision, signed_at FROM signatures ORDER BY doc_id, user_email, revision DESC) s
WHERE s.doc_id = e.doc_id AND s.user_email = e.email;

CREATE INDEX idx_expected_signers_email ON expected_signers (email) WHERE withdrawn_at IS NULL;
CREATE INDEX idx_expected_signers_group_id ON expected_signers (group_id) WHERE group_id IS NOT NULL;

-- Who signed without being asked is found among a document's signatures.
CREATE INDEX idx_signatures_doc_id_user_email ON signatures (doc_id, user_email);

-- Documents of which somebody who was asked has signed or was withdrawn since it was last looked whether anybody is missing.
CREATE TABLE completion_checks (
    doc_id TEXT PRIMARY KEY REFERENCES documents (doc_id)
);

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
    WITH signed AS (
        UPDATE expected_signers e SET signed_revision = a.revision, signed_at = a.signed_at
        FROM added a WHERE e.doc_id = a.doc_id AND e.email = a.user_email AND e.signed_revision < a.revision
        RETURNING e.doc_id
    )
    INSERT INTO completion_checks (doc_id) SELECT DISTINCT doc_id FROM signed ORDER BY doc_id
    -- Locked, so that whoever looks before this is there passes over it.
    ON CONFLICT (doc_id) DO UPDATE SET doc_id = EXCLUDED.doc_id;
    RETURN NULL;
END;
$$;

-- When Ackify reminds by itself.
CREATE TABLE reminder_schedules (
    doc_id              TEXT PRIMARY KEY REFERENCES documents (doc_id),
    enabled             BOOLEAN NOT NULL,
    days_before         INT[]   NOT NULL,
    days_after          INT[]   NOT NULL,
    weekdays            INT[]   NOT NULL, -- ISO 8601: Monday is 1
    hour                INT     NOT NULL CHECK (hour BETWEEN 0 AND 23), -- in the organisation's time zone
    max_reminders       INT     NOT NULL CHECK (max_reminders > 0),
    escalate_after_days INT CHECK (escalate_after_days > 0),
    manager_email       email_address,
    manager_name        TEXT    NOT NULL DEFAULT '',
    escalated_for       INT     NOT NULL DEFAULT 0, -- the material revision about which the manager was told
    run_until           DATE    NOT NULL,           -- the last day that was looked at, there
    next_run_at         TIMESTAMPTZ NOT NULL,
    locked_until        TIMESTAMPTZ,
    CHECK ((escalate_after_days IS NULL) = (manager_email IS NULL))
);

CREATE INDEX idx_reminder_schedules_next_run_at ON reminder_schedules (next_run_at) WHERE enabled;

ALTER TABLE email_queue
    ADD COLUMN attempts JSONB NOT NULL DEFAULT '[]', -- those that failed, the newest last
    ADD COLUMN message_id TEXT; -- without angle brackets, once it was sent

CREATE INDEX idx_email_queue_failed ON email_queue (id) WHERE status = 'failed';
CREATE INDEX idx_email_queue_message_id ON email_queue (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX idx_email_queue_sent_to ON email_queue ((to_addresses[1]), id DESC) WHERE status = 'sent';

ALTER TABLE reminder_logs
    DROP CONSTRAINT reminder_logs_status_check,
    ADD CONSTRAINT reminder_logs_status_check CHECK (status IN ('queued', 'sent', 'failed', 'bounced', 'cancelled')),
    ADD COLUMN queued_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ADD COLUMN automatic BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN email_id BIGINT REFERENCES email_queue (id) ON DELETE SET NULL;

UPDATE reminder_logs SET queued_at = sent_at;

DROP INDEX idx_reminder_logs_doc_id;
CREATE INDEX idx_reminder_logs_doc_id ON reminder_logs (doc_id, id DESC);
CREATE INDEX idx_reminder_logs_recipient ON reminder_logs (doc_id, recipient_email, id DESC);
CREATE UNIQUE INDEX idx_reminder_logs_email_id ON reminder_logs (email_id) WHERE email_id IS NOT NULL;

-- The log says what happened to the email, whoever changes the queue. What came back stays so until it is sent again.
CREATE FUNCTION follow_reminder() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    UPDATE reminder_logs
    SET status = CASE WHEN NEW.status IN ('sent', 'failed', 'cancelled') THEN NEW.status ELSE 'queued' END,
        sent_at = coalesce(NEW.processed_at, sent_at), error_message = NEW.last_error
    WHERE email_id = NEW.id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER follow_reminder AFTER UPDATE OF status ON email_queue
    FOR EACH ROW WHEN (NEW.reference_type = 'reminder' AND NEW.status <> OLD.status AND NEW.status <> 'processing') EXECUTE FUNCTION follow_reminder();

CREATE OR REPLACE FUNCTION erase_person(address TEXT, entry_count INT, at TIMESTAMPTZ) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    person UUID := (SELECT id FROM users WHERE email = address);
BEGIN
    UPDATE reminder_logs SET error_message = NULL, status = CASE status WHEN 'queued' THEN 'cancelled' ELSE status END WHERE recipient_email = address;
    INSERT INTO completion_checks (doc_id) SELECT doc_id FROM expected_signers WHERE email = address ORDER BY doc_id
    ON CONFLICT (doc_id) DO UPDATE SET doc_id = EXCLUDED.doc_id;
    -- Nobody waits for somebody who is forgotten.
    UPDATE expected_signers SET email = 'erased:' || id, name = '', notes = NULL, due_reason = '',
        withdrawn_at = coalesce(withdrawn_at, at), withdrawn_by = coalesce(withdrawn_by, 'erased')
    WHERE email = address;
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

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION follow_reminder() FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON signer_groups, signer_group_members, document_groups, completion_checks, reminder_schedules TO ackify_app;
GRANT SELECT ON signer_groups, signer_group_members, document_groups, reminder_schedules TO ackify_readonly;
GRANT SELECT (attempts, message_id) ON email_queue TO ackify_readonly;
