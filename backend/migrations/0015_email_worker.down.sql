ALTER TABLE email_queue DROP COLUMN ended_at, DROP COLUMN locked_until, DROP CONSTRAINT email_queue_secrets_end;
