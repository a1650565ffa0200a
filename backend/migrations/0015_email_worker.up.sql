-- What the worker that sends emails needs.
-- locked_until: a claimed job is another worker's to claim when this has passed. ended_at: when the job was sent, given up or cancelled.
ALTER TABLE email_queue
    ADD COLUMN locked_until TIMESTAMPTZ,
    ADD COLUMN ended_at TIMESTAMPTZ,
    -- Links and codes are sealed in data; they are not kept for an email that needs no further attempt.
    ADD CONSTRAINT email_queue_secrets_end CHECK (status NOT IN ('sent', 'cancelled') OR NOT jsonb_exists(data, 'sealed'));

-- Due jobs and lost ones are found by the indexes that are there. Whoever ends a job by hand may forget ended_at.
CREATE INDEX idx_email_queue_ended ON email_queue ((coalesce(ended_at, created_at))) WHERE status IN ('sent', 'failed', 'cancelled');

GRANT SELECT (locked_until, ended_at) ON email_queue TO ackify_readonly;
