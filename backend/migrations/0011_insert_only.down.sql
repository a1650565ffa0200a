DROP TRIGGER refuse_truncate ON signing_keys;
DROP TRIGGER guard_change ON signing_keys;
DROP FUNCTION guard_signing_keys();

DO $$
DECLARE
    proof_table TEXT;
BEGIN
    FOREACH proof_table IN ARRAY ARRAY['signatures', 'ledger_origin', 'ledger_entries', 'ledger_nodes', 'ledger_checkpoints', 'document_revisions']
    LOOP
        EXECUTE format('DROP TRIGGER refuse_truncate ON %I', proof_table);
        EXECUTE format('DROP TRIGGER refuse_delete ON %I', proof_table);
        EXECUTE format('DROP TRIGGER refuse_update ON %I', proof_table);
    END LOOP;
END;
$$;

DROP FUNCTION refuse_change();
