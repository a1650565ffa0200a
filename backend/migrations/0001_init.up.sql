-- Acknowledgements, one row each.
CREATE TABLE signatures (
    id           BIGSERIAL PRIMARY KEY,
    doc_id       TEXT        NOT NULL,
    user_sub     TEXT        NOT NULL,
    user_email   TEXT        NOT NULL,
    user_name    TEXT,
    signed_at    TIMESTAMPTZ NOT NULL,
    payload_hash TEXT        NOT NULL,
    signature    TEXT        NOT NULL,
    nonce        TEXT        NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL DEFAULT now(),
    referer      TEXT,
    prev_hash    TEXT,
    UNIQUE (doc_id, user_sub)
);

CREATE INDEX idx_signatures_doc_id ON signatures (doc_id);
CREATE INDEX idx_signatures_user_sub ON signatures (user_sub);

CREATE FUNCTION prevent_created_at_update() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.created_at <> OLD.created_at THEN
        RAISE EXCEPTION 'created_at cannot be modified';
    END IF;
    RETURN NEW;
END;
$$;

CREATE TRIGGER prevent_signatures_created_at_update
    BEFORE UPDATE ON signatures
    FOR EACH ROW EXECUTE FUNCTION prevent_created_at_update();
