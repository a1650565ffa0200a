-- Documents get a normalised reference and numbered revisions; a signature is bound to one revision and one entry.

ALTER TABLE documents
    ADD COLUMN reference TEXT NOT NULL DEFAULT '',
    ADD COLUMN reference_hash BYTEA,
    ADD COLUMN revision INT NOT NULL DEFAULT 1 CHECK (revision >= 1),
    ADD COLUMN deleted_at TIMESTAMPTZ;

-- A reference of 2,048 characters does not fit an index, its SHA-256 does. Without a reference, the doc_id is one.
CREATE FUNCTION set_document_reference() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reference = '' THEN
        NEW.reference = NEW.doc_id;
    END IF;
    NEW.reference_hash = sha256(convert_to(NEW.reference, 'UTF8'));
    RETURN NEW;
END;
$$;

CREATE TRIGGER set_documents_reference
    BEFORE INSERT OR UPDATE OF reference, reference_hash ON documents
    FOR EACH ROW EXECUTE FUNCTION set_document_reference();

UPDATE documents SET reference = '';

ALTER TABLE documents
    ALTER COLUMN reference_hash SET NOT NULL,
    ADD CONSTRAINT documents_reference_hash_key UNIQUE (reference_hash);

CREATE INDEX idx_documents_created_at ON documents (created_at DESC, doc_id DESC);
CREATE INDEX idx_documents_created_by ON documents (created_by, created_at DESC, doc_id DESC);

CREATE TABLE document_revisions (
    doc_id             TEXT        NOT NULL REFERENCES documents (doc_id),
    revision           INT         NOT NULL CHECK (revision >= 1),
    title              TEXT        NOT NULL,
    url                TEXT        NOT NULL,
    checksum           TEXT        NOT NULL,
    checksum_algorithm TEXT        NOT NULL,
    created_by         TEXT        NOT NULL,
    created_at         TIMESTAMPTZ NOT NULL,
    seq                BIGINT      NOT NULL UNIQUE REFERENCES ledger_entries (seq),
    PRIMARY KEY (doc_id, revision)
);

ALTER TABLE signatures
    ADD COLUMN revision INT NOT NULL DEFAULT 1,
    ADD COLUMN seq BIGINT NOT NULL UNIQUE REFERENCES ledger_entries (seq),
    ADD CONSTRAINT signatures_doc_id_revision_user_sub_key UNIQUE (doc_id, revision, user_sub),
    DROP CONSTRAINT signatures_doc_id_user_sub_key;

-- The same lists as before, now also in the ledger's order, which is the order of pages.
DROP INDEX idx_signatures_doc_id;
DROP INDEX idx_signatures_user_sub;
CREATE INDEX idx_signatures_doc_id ON signatures (doc_id, seq DESC);
CREATE INDEX idx_signatures_user_sub ON signatures (user_sub, seq DESC);
