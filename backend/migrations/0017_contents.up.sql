-- What a revision fixes is kept; how it is read; what is at its address by now; and lists that stay fast.

-- For searching anywhere in a title or reference. The extension is a trusted one: whoever may create in the database may have it.
DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS pg_trgm;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'ackify_owner may not install the extension pg_trgm'
        USING HINT = format('Let a superuser run GRANT CREATE ON DATABASE %I TO ackify_owner, or CREATE EXTENSION pg_trgm.', current_database());
END;
$$;

-- Files by the SHA-256 of their bytes. One that no revision needs any more is deleted after a day.
CREATE TABLE stored_files (
    hash         sha256_hash PRIMARY KEY,
    size         BIGINT      NOT NULL CHECK (size > 0),
    created_at   TIMESTAMPTZ NOT NULL,
    used_at      TIMESTAMPTZ NOT NULL, -- when somebody last brought these bytes
    locked_until TIMESTAMPTZ           -- somebody is deleting it, until then at most
);

CREATE INDEX idx_stored_files_used_at ON stored_files (used_at);

ALTER TABLE documents
    ADD COLUMN material_revision INT NOT NULL DEFAULT 1, -- the newest that everyone has to sign; later ones changed only the wording
    ADD COLUMN read_mode TEXT NOT NULL DEFAULT 'external' CHECK (read_mode IN ('integrated', 'external')),
    ADD COLUMN download_allowed BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN full_read BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN checksum_required BOOLEAN NOT NULL DEFAULT false,
    ADD CONSTRAINT documents_material_revision CHECK (material_revision BETWEEN 1 AND revision);

CREATE INDEX idx_documents_title ON documents (lower(title), doc_id);
CREATE INDEX idx_documents_updated_at ON documents (updated_at DESC, doc_id DESC);
CREATE INDEX idx_documents_words ON documents USING gin (title gin_trgm_ops, reference gin_trgm_ops);
-- Each search is planned by comparing its words with a sample of both columns: a small one will do.
ALTER TABLE documents ALTER COLUMN title SET STATISTICS 10, ALTER COLUMN reference SET STATISTICS 10;

-- Always true. PostgreSQL takes comparing a long text with a pattern for as cheap as comparing two numbers, and would rather read every document
-- than the index of their words: what a row is really worth is said by the cost of this function.
CREATE FUNCTION weigh(text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 2000 AS $$
BEGIN
    RETURN true;
END;
$$;

ALTER TABLE document_revisions
    ADD COLUMN material BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN content_hash sha256_hash REFERENCES stored_files (hash), -- absent when nothing is kept
    ADD COLUMN file_name TEXT NOT NULL DEFAULT '',
    ADD COLUMN media_type TEXT NOT NULL DEFAULT '',
    ADD COLUMN size BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT document_revisions_first_is_material CHECK (material OR revision > 1),
    -- What is kept is what was signed.
    ADD CONSTRAINT document_revisions_content CHECK (content_hash IS NULL
        OR checksum <> '' AND (checksum_algorithm <> 'SHA-256' OR checksum = encode(content_hash, 'hex')));

CREATE INDEX idx_document_revisions_content_hash ON document_revisions (content_hash) WHERE content_hash IS NOT NULL;

-- What is at a document's address, as last looked.
CREATE TABLE document_remotes (
    doc_id         TEXT PRIMARY KEY REFERENCES documents (doc_id),
    state          TEXT        NOT NULL CHECK (state IN ('unchecked', 'same', 'changed', 'unreachable')),
    problem        TEXT        NOT NULL DEFAULT '', -- code of what went wrong, when unreachable
    found_checksum TEXT        NOT NULL DEFAULT '', -- with the revision's algorithm, when changed
    recheck        BOOLEAN     NOT NULL DEFAULT true,
    checked_at     TIMESTAMPTZ,
    next_check_at  TIMESTAMPTZ NOT NULL,
    locked_until   TIMESTAMPTZ
);

CREATE INDEX idx_document_remotes_next_check_at ON document_remotes (next_check_at) WHERE recheck;
CREATE INDEX idx_document_remotes_changed ON document_remotes (doc_id) WHERE state = 'changed';

INSERT INTO document_remotes (doc_id, state, next_check_at)
SELECT doc_id, 'unchecked', now() FROM documents WHERE url <> '';

ALTER TABLE checksum_verifications
    ADD COLUMN revision INT NOT NULL DEFAULT 1,
    ADD COLUMN source TEXT NOT NULL DEFAULT 'file' CHECK (source IN ('file', 'remote'));

DROP INDEX idx_checksum_verifications_doc_id;
CREATE INDEX idx_checksum_verifications_doc_id ON checksum_verifications (doc_id, id DESC);
CREATE INDEX idx_checksum_verifications_old ON checksum_verifications (verified_at) WHERE source = 'remote' AND is_valid;

-- How many have signed each revision, so that nobody has to count.
CREATE TABLE signature_counts (
    doc_id     TEXT   NOT NULL,
    revision   INT    NOT NULL,
    signatures BIGINT NOT NULL,
    PRIMARY KEY (doc_id, revision)
);

INSERT INTO signature_counts (doc_id, revision, signatures) SELECT doc_id, revision, count(*) FROM signatures GROUP BY doc_id, revision;

-- Counts, and refuses a signature of anything but the current revision of a document that is there, whoever writes: batches are written
-- one after the other, so nobody can open a revision between this look and the commit.
CREATE FUNCTION count_signatures() RETURNS trigger
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
    RETURN NULL;
END;
$$;

CREATE TRIGGER count_signatures AFTER INSERT ON signatures
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION count_signatures();
ALTER TABLE signatures ENABLE ALWAYS TRIGGER count_signatures;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
REVOKE ALL ON FUNCTION count_signatures(), weigh(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION weigh(text) TO ackify_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON stored_files, document_remotes TO ackify_app;
GRANT SELECT, INSERT, UPDATE ON signature_counts TO ackify_app;
GRANT DELETE ON checksum_verifications TO ackify_app; -- old ones of a schedule that found nothing
GRANT SELECT ON stored_files, document_remotes, signature_counts TO ackify_readonly;
