-- How many are asked, have signed, and have signed without being asked: kept as it changes, so that nobody has to count. And words of emails.

-- Older erasures left people asked whom nobody waits for.
UPDATE expected_signers SET withdrawn_at = now(), withdrawn_by = 'erased' WHERE email LIKE 'erased:%' AND withdrawn_at IS NULL;

ALTER TABLE signature_counts
    ALTER COLUMN signatures SET DEFAULT 0,
    ADD COLUMN expected BIGINT NOT NULL DEFAULT 0,   -- who is asked and has signed this revision as their newest; revision 0: none
    ADD COLUMN unexpected BIGINT NOT NULL DEFAULT 0; -- who was never asked and has signed this revision as their newest

-- In which quarter of an hour those who are asked signed the newest revision that they have signed: every day of every time zone begins with one.
CREATE TABLE signing_times (
    doc_id   TEXT        NOT NULL,
    revision INT         NOT NULL,
    quarter  TIMESTAMPTZ NOT NULL, -- its beginning
    expected BIGINT      NOT NULL,
    PRIMARY KEY (doc_id, revision, quarter)
);

-- Who has signed and was never asked, with their newest signature.
CREATE TABLE unexpected_signers (
    doc_id       TEXT          NOT NULL,
    email        email_address NOT NULL,
    revision     INT           NOT NULL,
    signed_at    TIMESTAMPTZ   NOT NULL,
    signature_id BIGINT        NOT NULL,
    PRIMARY KEY (doc_id, email)
);

INSERT INTO unexpected_signers (doc_id, email, revision, signed_at, signature_id)
SELECT DISTINCT ON (s.doc_id, s.user_email) s.doc_id, s.user_email, s.revision, s.signed_at, s.id FROM signatures s
WHERE NOT starts_with(s.user_email, 'erased:') AND NOT EXISTS (SELECT FROM expected_signers e WHERE e.doc_id = s.doc_id AND e.email = s.user_email)
ORDER BY s.doc_id, s.user_email, s.revision DESC, s.id;

-- Each revision's people in the orders in which they are listed.
CREATE INDEX idx_unexpected_signers_email ON unexpected_signers (doc_id, revision, email, signature_id);
CREATE INDEX idx_unexpected_signers_signed_at ON unexpected_signers (doc_id, revision, signed_at, signature_id);

INSERT INTO signature_counts AS c (doc_id, revision, unexpected)
SELECT doc_id, revision, count(*) FROM unexpected_signers GROUP BY doc_id, revision
ON CONFLICT (doc_id, revision) DO UPDATE SET unexpected = EXCLUDED.unexpected;

INSERT INTO signature_counts AS c (doc_id, revision, expected)
SELECT doc_id, signed_revision, count(*) FROM expected_signers WHERE withdrawn_at IS NULL GROUP BY doc_id, signed_revision
ON CONFLICT (doc_id, revision) DO UPDATE SET expected = EXCLUDED.expected;

INSERT INTO signing_times (doc_id, revision, quarter, expected)
SELECT doc_id, signed_revision, date_bin('15 minutes', signed_at, 'epoch'), count(*) FROM expected_signers
WHERE withdrawn_at IS NULL AND signed_revision > 0 GROUP BY 1, 2, 3;

-- The deadlines of their own that the missing have; all others have the document's.
CREATE INDEX idx_expected_signers_own_deadline ON expected_signers (doc_id, signed_revision, due_at) WHERE withdrawn_at IS NULL AND due_at IS NOT NULL;

-- What changed of expected_signers, added to the counts. A statement's rows are joined with no others of its own: plans are kept, and one made
-- for a row would compare ten thousand with ten thousand.
CREATE FUNCTION count_expected() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    doc_ids   TEXT[];
    revisions INT[];
    quarters  TIMESTAMPTZ[];
    numbers   BIGINT[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(t.doc_id), array_agg(t.revision), array_agg(t.quarter), array_agg(t.number) INTO doc_ids, revisions, quarters, numbers
        FROM (
            SELECT doc_id, signed_revision AS revision, date_bin('15 minutes', signed_at, 'epoch') AS quarter, count(*) AS number
            FROM added WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3
        ) t;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(t.doc_id), array_agg(t.revision), array_agg(t.quarter), array_agg(t.number) INTO doc_ids, revisions, quarters, numbers
        FROM (
            SELECT doc_id, signed_revision AS revision, date_bin('15 minutes', signed_at, 'epoch') AS quarter, -count(*) AS number
            FROM removed WHERE withdrawn_at IS NULL GROUP BY 1, 2, 3
        ) t;
    ELSE
        SELECT array_agg(t.doc_id), array_agg(t.revision), array_agg(t.quarter), array_agg(t.number) INTO doc_ids, revisions, quarters, numbers
        FROM (
            SELECT c.doc_id, c.signed_revision AS revision, date_bin('15 minutes', c.signed_at, 'epoch') AS quarter, sum(c.number)::bigint AS number
            FROM (
                SELECT doc_id, signed_revision, signed_at, 1 AS number FROM added WHERE withdrawn_at IS NULL
                UNION ALL
                SELECT doc_id, signed_revision, signed_at, -1 FROM removed WHERE withdrawn_at IS NULL
            ) c
            GROUP BY 1, 2, 3 HAVING sum(c.number) <> 0
        ) t;
    END IF;
    IF doc_ids IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO signature_counts AS c (doc_id, revision, expected)
    SELECT t.doc_id, t.revision, sum(t.number) FROM unnest(doc_ids, revisions, numbers) t (doc_id, revision, number)
    GROUP BY t.doc_id, t.revision HAVING sum(t.number) <> 0 ORDER BY t.doc_id, t.revision
    ON CONFLICT (doc_id, revision) DO UPDATE SET expected = c.expected + EXCLUDED.expected;
    INSERT INTO signing_times AS c (doc_id, revision, quarter, expected)
    SELECT t.doc_id, t.revision, t.quarter, t.number FROM unnest(doc_ids, revisions, quarters, numbers) t (doc_id, revision, quarter, number)
    WHERE t.revision > 0 ORDER BY t.doc_id, t.revision, t.quarter
    ON CONFLICT (doc_id, revision, quarter) DO UPDATE SET expected = c.expected + EXCLUDED.expected;
    RETURN NULL;
END;
$$;

CREATE TRIGGER count_added AFTER INSERT ON expected_signers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_expected();
CREATE TRIGGER count_changed AFTER UPDATE ON expected_signers
    REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_expected();
CREATE TRIGGER count_removed AFTER DELETE ON expected_signers
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_expected();

-- Those who come are counted where they are added.
CREATE FUNCTION count_unexpected() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO signature_counts AS c (doc_id, revision, unexpected)
    SELECT doc_id, revision, -count(*) FROM removed GROUP BY doc_id, revision ORDER BY doc_id, revision
    ON CONFLICT (doc_id, revision) DO UPDATE SET unexpected = c.unexpected + EXCLUDED.unexpected;
    RETURN NULL;
END;
$$;

CREATE TRIGGER count_removed AFTER DELETE ON unexpected_signers
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION count_unexpected();

-- Whether people are unexpected by now: the n-th of each list is one.
CREATE FUNCTION note_unexpected(doc_ids TEXT[], emails TEXT[]) RETURNS void
    LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM unexpected_signers u USING unnest(doc_ids, emails) p (doc_id, email) WHERE u.doc_id = p.doc_id AND u.email = p.email;
    WITH come AS (
        INSERT INTO unexpected_signers (doc_id, email, revision, signed_at, signature_id)
        SELECT DISTINCT ON (s.doc_id, s.user_email) s.doc_id, s.user_email, s.revision, s.signed_at, s.id
        FROM unnest(doc_ids, emails) p (doc_id, email)
        JOIN signatures s ON s.doc_id = p.doc_id AND s.user_email = p.email
        WHERE NOT starts_with(p.email, 'erased:') AND NOT EXISTS (SELECT FROM expected_signers e WHERE e.doc_id = p.doc_id AND e.email = p.email)
        ORDER BY s.doc_id, s.user_email, s.revision DESC, s.id
        RETURNING doc_id, revision
    )
    INSERT INTO signature_counts AS c (doc_id, revision, unexpected)
    SELECT doc_id, revision, count(*) FROM come GROUP BY doc_id, revision ORDER BY doc_id, revision
    ON CONFLICT (doc_id, revision) DO UPDATE SET unexpected = c.unexpected + EXCLUDED.unexpected;
END;
$$;

-- Who is asked for the first time is no longer unexpected.
CREATE FUNCTION follow_added() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM unexpected_signers u USING added a WHERE u.doc_id = a.doc_id AND u.email = a.email;
    RETURN NULL;
END;
$$;

CREATE TRIGGER follow_added AFTER INSERT ON expected_signers
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_added();

-- Whose row is gone, or somebody else's, may be unexpected again. That is rare: who was asked is withdrawn, and an address is only ever erased.
CREATE FUNCTION follow_expected() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        PERFORM note_unexpected(ARRAY[OLD.doc_id], ARRAY[OLD.email]);
    ELSE
        PERFORM note_unexpected(ARRAY[OLD.doc_id, NEW.doc_id], ARRAY[OLD.email, NEW.email]);
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER follow_changed AFTER UPDATE ON expected_signers
    FOR EACH ROW WHEN ((NEW.doc_id, NEW.email) IS DISTINCT FROM (OLD.doc_id, OLD.email)) EXECUTE FUNCTION follow_expected();
CREATE TRIGGER follow_removed AFTER DELETE ON expected_signers
    FOR EACH ROW EXECUTE FUNCTION follow_expected();

-- A signature is only ever erased.
CREATE FUNCTION follow_erasure() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    PERFORM note_unexpected(array_agg(t.doc_id), array_agg(t.user_email)) FROM (SELECT DISTINCT doc_id, user_email FROM removed) t;
    RETURN NULL;
END;
$$;

CREATE TRIGGER follow_erasure AFTER UPDATE ON signatures
    REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION follow_erasure();

CREATE OR REPLACE FUNCTION count_signatures() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    outdated BOOLEAN;
    deleted  BOOLEAN;
    asked    BOOLEAN;
BEGIN
    SELECT bool_or(d.revision <> a.revision), bool_or(d.deleted_at IS NOT NULL), bool_or(e.id IS NOT NULL) INTO outdated, deleted, asked
    FROM added a
    JOIN documents d ON d.doc_id = a.doc_id
    LEFT JOIN expected_signers e ON e.doc_id = a.doc_id AND e.email = a.user_email;
    IF outdated THEN
        RAISE EXCEPTION 'only the current revision of a document is signed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signatures_current_revision';
    END IF;
    IF deleted THEN
        RAISE EXCEPTION 'a deleted document is not signed' USING ERRCODE = 'check_violation', CONSTRAINT = 'signatures_document_deleted';
    END IF;
    WITH unasked AS MATERIALIZED (
        SELECT DISTINCT ON (a.doc_id, a.user_email) a.doc_id, a.user_email, a.revision, a.signed_at, a.id FROM added a
        WHERE NOT starts_with(a.user_email, 'erased:')
            AND NOT EXISTS (SELECT FROM expected_signers e WHERE e.doc_id = a.doc_id AND e.email = a.user_email)
        ORDER BY a.doc_id, a.user_email, a.revision DESC, a.id
    ), before AS (
        SELECT u.doc_id, u.revision FROM unasked n
        JOIN unexpected_signers u ON u.doc_id = n.doc_id AND u.email = n.user_email AND u.revision < n.revision
    ), come AS (
        INSERT INTO unexpected_signers AS u (doc_id, email, revision, signed_at, signature_id)
        SELECT doc_id, user_email, revision, signed_at, id FROM unasked
        ON CONFLICT (doc_id, email) DO UPDATE SET revision = EXCLUDED.revision, signed_at = EXCLUDED.signed_at, signature_id = EXCLUDED.signature_id
        WHERE u.revision < EXCLUDED.revision
        RETURNING u.doc_id, u.revision
    )
    INSERT INTO signature_counts AS c (doc_id, revision, signatures, unexpected)
    SELECT t.doc_id, t.revision, sum(t.signatures), sum(t.unexpected)
    FROM (
        SELECT doc_id, revision, 1 AS signatures, 0 AS unexpected FROM added
        UNION ALL
        SELECT doc_id, revision, 0, 1 FROM come
        UNION ALL
        SELECT doc_id, revision, 0, -1 FROM before
    ) t
    GROUP BY t.doc_id, t.revision ORDER BY t.doc_id, t.revision
    ON CONFLICT (doc_id, revision) DO UPDATE SET signatures = c.signatures + EXCLUDED.signatures, unexpected = c.unexpected + EXCLUDED.unexpected;
    IF asked THEN
        WITH signed AS (
            UPDATE expected_signers e SET signed_revision = a.revision, signed_at = a.signed_at
            FROM added a WHERE e.doc_id = a.doc_id AND e.email = a.user_email AND e.signed_revision < a.revision
            RETURNING e.doc_id
        )
        INSERT INTO completion_checks (doc_id) SELECT DISTINCT doc_id FROM signed ORDER BY doc_id
        -- Locked, so that whoever looks before this is there passes over it.
        ON CONFLICT (doc_id) DO UPDATE SET doc_id = EXCLUDED.doc_id;
    END IF;
    RETURN NULL;
END;
$$;

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

-- An email is put into this index once, when it has ended: an index of those that wait, too, would be changed with each change of each of them.
CREATE FUNCTION addresses(recipients TEXT[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_string(recipients, ' ')
$$;

CREATE INDEX idx_email_queue_words ON email_queue USING gin (subject gin_trgm_ops, addresses(to_addresses) gin_trgm_ops)
    WHERE status IN ('sent', 'failed', 'cancelled');

DO $$
DECLARE
    t RECORD;
BEGIN
    FOR t IN SELECT tgrelid::regclass AS counted, tgname FROM pg_trigger
        WHERE tgfoid IN ('count_expected'::regproc, 'count_unexpected'::regproc, 'follow_added'::regproc, 'follow_expected'::regproc, 'follow_erasure'::regproc)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', t.counted, t.tgname);
    END LOOP;
END;
$$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION count_expected(), count_unexpected(), follow_added(), follow_expected(), follow_erasure(), note_unexpected(TEXT[], TEXT[]), addresses(TEXT[])
    FROM PUBLIC;
GRANT EXECUTE ON FUNCTION note_unexpected(TEXT[], TEXT[]), addresses(TEXT[]) TO ackify_app;
GRANT SELECT, INSERT, UPDATE ON signing_times TO ackify_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON unexpected_signers TO ackify_app;
GRANT SELECT ON signing_times, unexpected_signers TO ackify_readonly;
