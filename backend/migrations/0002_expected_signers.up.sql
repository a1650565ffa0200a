-- Who was asked to sign which document.
CREATE TABLE expected_signers (
    id       BIGSERIAL PRIMARY KEY,
    doc_id   TEXT        NOT NULL,
    email    TEXT        NOT NULL,
    added_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    added_by TEXT        NOT NULL,
    notes    TEXT,
    UNIQUE (doc_id, email)
);

CREATE INDEX idx_expected_signers_doc_id ON expected_signers (doc_id);
