-- What there is to read.
CREATE TABLE documents (
    doc_id             TEXT PRIMARY KEY,
    title              TEXT        NOT NULL DEFAULT '',
    url                TEXT        NOT NULL DEFAULT '',
    checksum           TEXT        NOT NULL DEFAULT '',
    checksum_algorithm TEXT        NOT NULL DEFAULT 'SHA-256',
    description        TEXT        NOT NULL DEFAULT '',
    created_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    created_by         TEXT        NOT NULL DEFAULT ''
);

CREATE FUNCTION update_updated_at_column() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END;
$$;

CREATE TRIGGER update_documents_updated_at
    BEFORE UPDATE ON documents
    FOR EACH ROW EXECUTE FUNCTION update_updated_at_column();
