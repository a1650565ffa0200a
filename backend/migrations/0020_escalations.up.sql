-- A manager is told of each person who is late, once until everyone has to sign again.

CREATE TABLE escalations (
    signer_id BIGINT PRIMARY KEY REFERENCES expected_signers (id) ON DELETE CASCADE,
    revision  INT NOT NULL, -- the material one that they had not signed
    email_id  BIGINT REFERENCES email_queue (id) ON DELETE SET NULL -- that names them, while it is kept
);

CREATE INDEX idx_escalations_email_id ON escalations (email_id) WHERE email_id IS NOT NULL;

-- Where a manager was told before, they were told of everybody who was late.
INSERT INTO escalations (signer_id, revision, email_id)
SELECT e.id, d.material_revision, (SELECT max(q.id) FROM email_queue q WHERE q.template = 'escalation' AND q.reference_id = d.doc_id)
FROM reminder_schedules s
JOIN documents d ON d.doc_id = s.doc_id
JOIN expected_signers e ON e.doc_id = s.doc_id
WHERE s.escalated_for >= d.material_revision AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision AND coalesce(e.due_at, d.due_at) < now();

ALTER TABLE reminder_schedules DROP COLUMN escalated_for;

-- What is looked at again before it is sent is known by its reference.
UPDATE email_queue SET reference_type = template WHERE template IN ('escalation', 'completed') AND reference_type = 'document';

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON escalations TO ackify_app;
GRANT SELECT ON escalations TO ackify_readonly;
