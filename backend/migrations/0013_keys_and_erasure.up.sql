-- What the schema itself refuses and allows beyond growing: nothing under a closed key, and the erasure of a person.

-- Checked once a statement, not once a row. Names are qualified: no table of a session may stand in for the real one.
CREATE FUNCTION refuse_closed_key() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM added a
        WHERE NOT EXISTS (
            SELECT FROM public.signing_keys k
            WHERE k.key_id = a.key_id AND k.purpose = 'statement' AND k.not_after IS NULL AND k.not_before <= a.created_at
        )
    ) THEN
        RAISE EXCEPTION 'an entry under a key that is not the current one is refused'
            USING ERRCODE = 'check_violation', TABLE = 'ledger_entries', CONSTRAINT = 'ledger_entries_current_key';
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER refuse_closed_key AFTER INSERT ON ledger_entries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION refuse_closed_key();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER refuse_closed_key;

-- The few entries that say something about other entries or about keys.
CREATE INDEX idx_ledger_entries_events ON ledger_entries (seq) WHERE type IN ('erased', 'key.rotated', 'ledger.accepted');

-- Whether the newest entry, made by this very transaction, announces the erasure of the entry at a position.
CREATE FUNCTION erasure_is_announced(of_seq BIGINT) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT e.type = 'erased' AND e.xmin = pg_current_xact_id()::xid
            AND convert_from(e.payload, 'UTF8')::jsonb -> 'seqs' ? of_seq::text
        FROM public.ledger_entries e
        ORDER BY e.seq DESC
        LIMIT 1
    ), false);
$$;

CREATE FUNCTION guard_entry() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.payload IS NULL AND NEW.nonce IS NULL AND OLD.payload IS NOT NULL
        AND (NEW.seq, NEW.type, NEW.payload_hash, NEW.key_id, NEW.signature, NEW.prev_hash, NEW.entry_hash, NEW.created_at)
            IS NOT DISTINCT FROM
            (OLD.seq, OLD.type, OLD.payload_hash, OLD.key_id, OLD.signature, OLD.prev_hash, OLD.entry_hash, OLD.created_at)
        AND public.erasure_is_announced(OLD.seq) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: an entry is only ever erased, and only as an erased entry of the same transaction announces', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE FUNCTION guard_signature() RETURNS trigger
    LANGUAGE plpgsql AS $$
DECLARE
    nobody TEXT := 'erased:' || OLD.seq;
BEGIN
    IF (NEW.user_sub, NEW.user_email, NEW.user_name, NEW.nonce, NEW.referer) IS NOT DISTINCT FROM (nobody, nobody, nobody, nobody, NULL)
        AND (NEW.id, NEW.doc_id, NEW.revision, NEW.seq, NEW.signed_at, NEW.created_at, NEW.payload_hash, NEW.signature, NEW.prev_hash)
            IS NOT DISTINCT FROM
            (OLD.id, OLD.doc_id, OLD.revision, OLD.seq, OLD.signed_at, OLD.created_at, OLD.payload_hash, OLD.signature, OLD.prev_hash)
        AND public.erasure_is_announced(OLD.seq) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on % is refused: a signature is only ever erased, and only as an erased entry of the same transaction announces', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

DROP TRIGGER refuse_update ON ledger_entries;
DROP TRIGGER refuse_update ON signatures;
CREATE TRIGGER guard_update BEFORE UPDATE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION guard_entry();
CREATE TRIGGER guard_update BEFORE UPDATE ON signatures FOR EACH ROW EXECUTE FUNCTION guard_signature();
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER guard_update;
ALTER TABLE signatures ENABLE ALWAYS TRIGGER guard_update;

-- Requests to be forgotten: filed by an administrator, carried out by the operator (`ackify user erase`). A person is an address;
-- who was only ever asked to sign has no account.
CREATE TABLE erasure_requests (
    id           UUID PRIMARY KEY DEFAULT gen_random_uuid(),
    email        email_address NOT NULL CHECK (email <> ''),
    reason       TEXT        NOT NULL,
    requested_by UUID        NOT NULL REFERENCES users (id),
    requested_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ,
    entries      INT -- how many entries were erased, once completed
);

CREATE UNIQUE INDEX erasure_requests_open ON erasure_requests (email) WHERE withdrawn_at IS NULL AND completed_at IS NULL;
CREATE INDEX idx_erasure_requests_requested_at ON erasure_requests (requested_at DESC, id DESC);

-- Erases what one `erased` entry names: payload and nonce, and what a signature's row shows of a person.
-- The triggers above make sure that the entry is there.
CREATE FUNCTION erase_entries(erased_seqs BIGINT[]) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    UPDATE signatures
    SET user_sub = 'erased:' || seq, user_email = 'erased:' || seq, user_name = 'erased:' || seq, nonce = 'erased:' || seq, referer = NULL
    WHERE seq = ANY (erased_seqs);
    UPDATE ledger_entries SET payload = NULL, nonce = NULL WHERE seq = ANY (erased_seqs);
$$;

-- Erases a person outside of the ledger. Every later change that stores personal data extends it.
CREATE FUNCTION erase_person(address TEXT, entry_count INT, at TIMESTAMPTZ) RETURNS void
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

-- A reminder's recipient follows the signer it names.
ALTER TABLE reminder_logs
    DROP CONSTRAINT reminder_logs_doc_id_recipient_email_fkey,
    ADD CONSTRAINT reminder_logs_doc_id_recipient_email_fkey
        FOREIGN KEY (doc_id, recipient_email) REFERENCES expected_signers (doc_id, email) ON UPDATE CASCADE;

REVOKE ALL ON FUNCTION erase_entries(BIGINT[]), erase_person(TEXT, INT, TIMESTAMPTZ), erasure_is_announced(BIGINT) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION erase_entries(BIGINT[]), erase_person(TEXT, INT, TIMESTAMPTZ) TO ackify_migrate;
GRANT SELECT, INSERT ON erasure_requests TO ackify_app;
GRANT UPDATE (withdrawn_at) ON erasure_requests TO ackify_app;
GRANT SELECT ON erasure_requests TO ackify_readonly;
