DROP TABLE reminder_logs;
