DROP FUNCTION calculate_next_retry_time(INT);
DROP TABLE email_queue;
DROP TABLE checksum_verifications;
