ALTER TABLE reminder_logs ALTER COLUMN recipient_email TYPE TEXT;
ALTER TABLE expected_signers ALTER COLUMN email TYPE TEXT;
ALTER TABLE signatures ALTER COLUMN user_email TYPE TEXT;
DROP TABLE setup_tokens;
DROP TABLE invitations;
DROP TABLE sessions;
DROP TABLE users;
DROP DOMAIN email_address;
