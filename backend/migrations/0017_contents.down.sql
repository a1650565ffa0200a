DO $$
BEGIN
    IF EXISTS (SELECT FROM document_revisions WHERE content_hash IS NOT NULL OR NOT material) THEN
        RAISE EXCEPTION 'documents with kept contents or changes of wording cannot go back to a schema without them';
    END IF;
END;
$$;
DROP TRIGGER count_signatures ON signatures;
DROP FUNCTION count_signatures();
DROP TABLE signature_counts;
DROP FUNCTION weigh(text);
REVOKE DELETE ON checksum_verifications FROM ackify_app;
DROP INDEX idx_checksum_verifications_old;
DROP INDEX idx_checksum_verifications_doc_id;
CREATE INDEX idx_checksum_verifications_doc_id ON checksum_verifications (doc_id);
ALTER TABLE checksum_verifications DROP COLUMN revision, DROP COLUMN source;
DROP TABLE document_remotes;
ALTER TABLE document_revisions
    DROP CONSTRAINT document_revisions_content,
    DROP CONSTRAINT document_revisions_first_is_material,
    DROP COLUMN material,
    DROP COLUMN content_hash,
    DROP COLUMN file_name,
    DROP COLUMN media_type,
    DROP COLUMN size;
ALTER TABLE documents ALTER COLUMN title SET STATISTICS -1, ALTER COLUMN reference SET STATISTICS -1;
DROP INDEX idx_documents_words;
DROP INDEX idx_documents_updated_at;
DROP INDEX idx_documents_title;
ALTER TABLE documents
    DROP CONSTRAINT documents_material_revision,
    DROP COLUMN material_revision,
    DROP COLUMN read_mode,
    DROP COLUMN download_allowed,
    DROP COLUMN full_read,
    DROP COLUMN checksum_required;
DROP TABLE stored_files;
-- pg_trgm stays: somebody else may have made it, or use it.
