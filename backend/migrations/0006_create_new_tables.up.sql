-- Every comparison of a file with a document's checksum.
CREATE TABLE checksum_verifications (
    id                  BIGSERIAL PRIMARY KEY,
    doc_id              TEXT        NOT NULL,
    verified_by         TEXT        NOT NULL,
    verified_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    stored_checksum     TEXT        NOT NULL,
    calculated_checksum TEXT        NOT NULL,
    algorithm           TEXT        NOT NULL,
    is_valid            BOOLEAN     NOT NULL,
    error_message       TEXT,
    FOREIGN KEY (doc_id) REFERENCES documents (doc_id)
);

CREATE INDEX idx_checksum_verifications_doc_id ON checksum_verifications (doc_id);

-- Emails to send, with priority, schedule and retry.
CREATE TABLE email_queue (
    id             BIGSERIAL PRIMARY KEY,
    to_addresses   TEXT[]      NOT NULL,
    cc_addresses   TEXT[],
    bcc_addresses  TEXT[],
    subject        TEXT        NOT NULL,
    template       TEXT        NOT NULL,
    locale         TEXT        NOT NULL DEFAULT 'fr',
    data           JSONB       NOT NULL DEFAULT '{}',
    headers        JSONB,
    status         TEXT        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'processing', 'sent', 'failed', 'cancelled')),
    priority       INT         NOT NULL DEFAULT 0,
    retry_count    INT         NOT NULL DEFAULT 0,
    max_retries    INT         NOT NULL DEFAULT 3,
    created_at     TIMESTAMPTZ NOT NULL DEFAULT now(),
    scheduled_for  TIMESTAMPTZ NOT NULL DEFAULT now(),
    processed_at   TIMESTAMPTZ,
    next_retry_at  TIMESTAMPTZ,
    last_error     TEXT,
    error_details  JSONB,
    reference_type TEXT,
    reference_id   TEXT,
    created_by     TEXT
);

CREATE INDEX idx_email_queue_status_scheduled ON email_queue (status, scheduled_for)
    WHERE status IN ('pending', 'processing');
CREATE INDEX idx_email_queue_priority_scheduled ON email_queue (priority DESC, scheduled_for ASC)
    WHERE status = 'pending';
CREATE INDEX idx_email_queue_retry ON email_queue (next_retry_at)
    WHERE status = 'processing' AND retry_count < max_retries;
CREATE INDEX idx_email_queue_reference ON email_queue (reference_type, reference_id);
CREATE INDEX idx_email_queue_created_at ON email_queue (created_at DESC);

-- Exponential back-off: 1, 2, 4, 8, 16, 32 minutes and so on.
CREATE FUNCTION calculate_next_retry_time(retry_count INT) RETURNS timestamptz
    LANGUAGE plpgsql AS $$
BEGIN
    RETURN now() + (interval '1 minute' * power(2, retry_count));
END;
$$;
