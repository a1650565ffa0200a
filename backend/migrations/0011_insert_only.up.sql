-- Proof tables only grow, for every role: grants say so to the application, these triggers say so to everyone.

CREATE FUNCTION refuse_change() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: proof tables only grow', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

DO $$
DECLARE
    proof_table TEXT;
BEGIN
    FOREACH proof_table IN ARRAY ARRAY['signatures', 'ledger_origin', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'document_revisions']
    LOOP
        EXECUTE format('CREATE TRIGGER refuse_update BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', proof_table);
        EXECUTE format('CREATE TRIGGER refuse_delete BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', proof_table);
        EXECUTE format('CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', proof_table);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER refuse_update', proof_table);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER refuse_delete', proof_table);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER refuse_truncate', proof_table);
    END LOOP;
END;
$$;

-- A key may be replaced while nothing is signed with it, and closed once; nothing else.
CREATE FUNCTION guard_signing_keys() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM ledger_entries) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.not_after IS NULL AND NEW.not_after IS NOT NULL
        AND (NEW.key_id, NEW.purpose, NEW.public_key, NEW.not_before)
            IS NOT DISTINCT FROM (OLD.key_id, OLD.purpose, OLD.public_key, OLD.not_before) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '% on signing_keys is refused: a key is only ever closed', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END;
$$;

CREATE TRIGGER guard_change BEFORE UPDATE OR DELETE ON signing_keys FOR EACH ROW EXECUTE FUNCTION guard_signing_keys();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON signing_keys FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE signing_keys ENABLE ALWAYS TRIGGER guard_change;
ALTER TABLE signing_keys ENABLE ALWAYS TRIGGER refuse_truncate;
