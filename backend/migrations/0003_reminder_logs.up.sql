-- What became of each reminder.
CREATE TABLE reminder_logs (
    id              BIGSERIAL PRIMARY KEY,
    doc_id          TEXT        NOT NULL,
    recipient_email TEXT        NOT NULL,
    sent_at         TIMESTAMPTZ NOT NULL DEFAULT now(),
    sent_by         TEXT        NOT NULL,
    template_used   TEXT        NOT NULL,
    status          TEXT        NOT NULL CHECK (status IN ('sent', 'failed', 'bounced')),
    error_message   TEXT,
    FOREIGN KEY (doc_id, recipient_email) REFERENCES expected_signers (doc_id, email)
);

CREATE INDEX idx_reminder_logs_doc_id ON reminder_logs (doc_id);
