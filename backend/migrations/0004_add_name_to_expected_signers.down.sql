ALTER TABLE expected_signers DROP COLUMN name;
