UPDATE email_queue SET reference_type = 'document' WHERE template IN ('escalation', 'completed') AND reference_type = template;

ALTER TABLE reminder_schedules ADD COLUMN escalated_for INT NOT NULL DEFAULT 0; -- the material revision about which the manager was told

UPDATE reminder_schedules s SET escalated_for = told.revision
FROM (SELECT e.doc_id, max(x.revision) AS revision FROM escalations x JOIN expected_signers e ON e.id = x.signer_id GROUP BY e.doc_id) told
WHERE told.doc_id = s.doc_id;

DROP TABLE escalations;
