ALTER TABLE reminder_logs DROP CONSTRAINT reminder_logs_recipient_email_check;
ALTER TABLE expected_signers DROP CONSTRAINT expected_signers_email_check;
ALTER TABLE signatures DROP CONSTRAINT signatures_user_email_check;
DROP TABLE setup_tokens;
DROP TABLE invitations;
DROP TABLE sessions;
DROP TABLE users;
