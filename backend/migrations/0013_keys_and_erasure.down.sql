DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger_entries WHERE payload IS NULL) THEN
        RAISE EXCEPTION 'entries were erased: an older Ackify would take them for tampering'
            USING HINT = 'Stay at version 13 or newer.';
    END IF;
END;
$$;

ALTER TABLE reminder_logs
    DROP CONSTRAINT reminder_logs_doc_id_recipient_email_fkey,
    ADD CONSTRAINT reminder_logs_doc_id_recipient_email_fkey
        FOREIGN KEY (doc_id, recipient_email) REFERENCES expected_signers (doc_id, email);
DROP FUNCTION erase_person(TEXT, INT, TIMESTAMPTZ);
DROP FUNCTION erase_entries(BIGINT[]);
DROP TABLE erasure_requests;
DROP TRIGGER guard_update ON signatures;
DROP TRIGGER guard_update ON ledger_entries;
CREATE TRIGGER refuse_update BEFORE UPDATE ON signatures FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refuse_update BEFORE UPDATE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_change();
ALTER TABLE signatures ENABLE ALWAYS TRIGGER refuse_update;
ALTER TABLE ledger_entries ENABLE ALWAYS TRIGGER refuse_update;
DROP FUNCTION guard_signature();
DROP FUNCTION guard_entry();
DROP FUNCTION erasure_is_announced(BIGINT);
DROP INDEX idx_ledger_entries_events;
DROP TRIGGER refuse_closed_key ON ledger_entries;
DROP FUNCTION refuse_closed_key();
