DROP TABLE expected_signers;
