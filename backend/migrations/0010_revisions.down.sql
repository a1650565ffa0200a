DO $$
BEGIN
    IF EXISTS (SELECT FROM ledger_entries) THEN
        RAISE EXCEPTION 'the ledger has entries: going below version 10 would destroy proofs'
            USING HINT = 'Restore a backup taken before the upgrade instead.';
    END IF;
END;
$$;

DROP INDEX idx_signatures_user_sub;
DROP INDEX idx_signatures_doc_id;
CREATE INDEX idx_signatures_doc_id ON signatures (doc_id);
CREATE INDEX idx_signatures_user_sub ON signatures (user_sub);

ALTER TABLE signatures
    ADD CONSTRAINT signatures_doc_id_user_sub_key UNIQUE (doc_id, user_sub),
    DROP CONSTRAINT signatures_doc_id_revision_user_sub_key,
    DROP COLUMN seq,
    DROP COLUMN revision;

DROP TABLE document_revisions;
DROP INDEX idx_documents_created_by;
DROP INDEX idx_documents_created_at;
DROP TRIGGER set_documents_reference ON documents;
DROP FUNCTION set_document_reference();
ALTER TABLE documents
    DROP COLUMN deleted_at,
    DROP COLUMN revision,
    DROP COLUMN reference_hash,
    DROP COLUMN reference;
