-- The queue of emails. The times are the callers', so that one clock decides.

-- name: ListFailedEmails :many
SELECT id FROM email_queue WHERE status = 'failed' AND (sqlc.arg(before)::bigint = 0 OR id < sqlc.arg(before)) ORDER BY id DESC LIMIT sqlc.arg(max_rows);

-- name: EnqueueEmails :many
-- Any number of emails in one statement: the n-th of each list makes the n-th email.
INSERT INTO email_queue (to_addresses, subject, template, locale, data, priority, max_retries, created_at, scheduled_for, reference_type, reference_id, created_by)
SELECT ARRAY[m.recipient], m.subject, m.template, m.locale, m.data, m.priority, m.max_retries, m.at, m.at,
    nullif(m.reference_type, ''), nullif(m.reference_id, ''), nullif(m.created_by, '')
FROM ROWS FROM (
    unnest(sqlc.arg(recipients)::text[]), unnest(sqlc.arg(subjects)::text[]), unnest(sqlc.arg(templates)::text[]), unnest(sqlc.arg(locales)::text[]),
    unnest(sqlc.arg(datas)::jsonb[]), unnest(sqlc.arg(priorities)::int[]), unnest(sqlc.arg(max_retries)::int[]),
    unnest(sqlc.arg(ats)::timestamptz[]), unnest(sqlc.arg(reference_types)::text[]), unnest(sqlc.arg(reference_ids)::text[]), unnest(sqlc.arg(creators)::text[])
) AS m (recipient, subject, template, locale, data, priority, max_retries, at, reference_type, reference_id, created_by)
RETURNING id, to_addresses[1]::text AS recipient;

-- name: TakeBackEmails :many
-- Jobs whose worker is gone are due again, once more often tried; a job that was lost too often is given up.
UPDATE email_queue e
SET status = CASE WHEN e.retry_count < e.max_retries THEN 'pending' ELSE 'failed' END,
    ended_at = CASE WHEN e.retry_count < e.max_retries THEN NULL ELSE sqlc.arg(now)::timestamptz END,
    retry_count = least(e.retry_count + 1, e.max_retries),
    locked_until = NULL, last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details),
    attempts = CASE WHEN jsonb_array_length(e.attempts) >= 20 THEN e.attempts - 0 ELSE e.attempts END || sqlc.arg(attempt)::jsonb
FROM (
    SELECT id FROM email_queue
    WHERE status = 'processing' AND coalesce(locked_until, '-infinity') <= sqlc.arg(now)::timestamptz
    ORDER BY id
    FOR UPDATE SKIP LOCKED
) lost
WHERE e.id = lost.id
RETURNING e.id, e.status;

-- name: ClaimEmails :many
WITH due AS (
    SELECT id FROM email_queue
    WHERE status = 'pending' AND scheduled_for <= sqlc.arg(now)::timestamptz
    ORDER BY priority DESC, scheduled_for, id
    LIMIT sqlc.arg(max_rows)
    FOR UPDATE SKIP LOCKED
), claimed AS (
    UPDATE email_queue e SET status = 'processing', locked_until = sqlc.arg(locked_until)::timestamptz
    FROM due WHERE e.id = due.id
    RETURNING e.*
)
SELECT id, (to_addresses || coalesce(cc_addresses, '{}') || coalesce(bcc_addresses, '{}'))::text[] AS recipients, subject, template, locale, data,
    priority, retry_count, max_retries, created_at, coalesce(locked_until, 'infinity')::timestamptz AS held_until,
    coalesce(reference_type, '')::text AS reference_type, coalesce(reference_id, '')::text AS reference_id
FROM claimed
ORDER BY priority DESC, scheduled_for, id;

-- What follows changes a job only for the worker that still holds it.

-- name: EmailSent :execrows
UPDATE email_queue
SET status = 'sent', data = data - 'sealed', processed_at = sqlc.arg(now)::timestamptz, ended_at = sqlc.arg(now)::timestamptz,
    locked_until = NULL, next_retry_at = NULL, last_error = NULL, error_details = NULL, message_id = sqlc.arg(message_id)::text
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailAgain :execrows
UPDATE email_queue
SET status = 'pending', retry_count = retry_count + 1, scheduled_for = sqlc.arg(at)::timestamptz, next_retry_at = sqlc.arg(at)::timestamptz,
    locked_until = NULL, last_error = sqlc.arg(last_error)::text, error_details = sqlc.arg(error_details),
    attempts = CASE WHEN jsonb_array_length(attempts) >= 20 THEN attempts - 0 ELSE attempts END || sqlc.arg(attempt)::jsonb
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailFailed :execrows
-- The secrets stay while somebody may have it sent again by hand.
UPDATE email_queue
SET status = 'failed', ended_at = sqlc.arg(now)::timestamptz, locked_until = NULL, next_retry_at = NULL,
    last_error = sqlc.arg(last_error)::text, error_details = sqlc.arg(error_details),
    attempts = CASE WHEN jsonb_array_length(attempts) >= 20 THEN attempts - 0 ELSE attempts END || sqlc.arg(attempt)::jsonb
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailDropped :execrows
UPDATE email_queue
SET status = 'cancelled', data = data - 'sealed', ended_at = sqlc.arg(now)::timestamptz, locked_until = NULL, next_retry_at = NULL,
    last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details)
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailReleased :execrows
UPDATE email_queue SET status = 'pending', locked_until = NULL
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: CancelEmails :execrows
-- What is being sent right now cannot be stopped.
UPDATE email_queue
SET status = 'cancelled', data = data - 'sealed', ended_at = sqlc.arg(now)::timestamptz, next_retry_at = NULL,
    last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details)
WHERE reference_type = sqlc.arg(reference_type)::text AND reference_id = sqlc.arg(reference_id)::text AND status IN ('pending', 'failed');

-- name: DeleteEndedEmails :execrows
-- So many at once, the oldest first; what another process is deleting is left to it.
DELETE FROM email_queue
WHERE id = ANY (ARRAY(
    SELECT o.id FROM email_queue o
    WHERE o.status IN ('sent', 'failed', 'cancelled') AND coalesce(o.ended_at, o.created_at) < sqlc.arg(before)::timestamptz
    ORDER BY coalesce(o.ended_at, o.created_at)
    LIMIT sqlc.arg(max_rows)
    FOR UPDATE SKIP LOCKED
));

-- What administrators see and do.

-- name: ListEmails :many
SELECT sqlc.embed(e) FROM email_queue e
WHERE e.id < sqlc.arg(before)::bigint
    AND (sqlc.arg(status)::text = '' OR e.status = sqlc.arg(status))
ORDER BY e.id DESC
LIMIT sqlc.arg(max_rows);

-- name: SearchEmails :many
-- Those that have ended by the index of their words, or in order where most have them; those that have not are few.
SELECT sqlc.embed(e) FROM email_queue e
WHERE e.id IN (
    SELECT found.id FROM (
        (
            SELECT o.id FROM email_queue o
            WHERE o.status IN ('sent', 'failed', 'cancelled') AND (sqlc.arg(status)::text = '' OR o.status = sqlc.arg(status))
                AND o.id < sqlc.arg(before)::bigint
                AND (o.subject ILIKE sqlc.arg(pattern)::text OR addresses(o.to_addresses) ILIKE sqlc.arg(pattern)) AND weigh(o.subject)
            ORDER BY o.id DESC
            LIMIT sqlc.arg(max_rows)
        )
        UNION ALL
        (
            SELECT w.id FROM email_queue w
            WHERE w.status IN ('pending', 'processing') AND (sqlc.arg(status)::text = '' OR w.status = sqlc.arg(status))
                AND w.id < sqlc.arg(before)::bigint
                AND (w.subject ILIKE sqlc.arg(pattern)::text OR addresses(w.to_addresses) ILIKE sqlc.arg(pattern))
            ORDER BY w.id DESC
            LIMIT sqlc.arg(max_rows)
        )
    ) found
    ORDER BY found.id DESC
    LIMIT sqlc.arg(max_rows)
)
ORDER BY e.id DESC;

-- name: CountEmails :one
-- Each is counted in an index of nothing else.
SELECT (SELECT count(*) FROM email_queue WHERE status = 'pending')::bigint AS pending,
    (SELECT count(*) FROM email_queue WHERE status = 'processing')::bigint AS processing,
    (SELECT count(*) FROM email_queue WHERE status = 'failed')::bigint AS failed;

-- name: OldestDueEmail :one
-- When the email became due that has waited longest: the first row of an index of what has not ended.
SELECT scheduled_for FROM email_queue WHERE status = 'pending' AND scheduled_for <= sqlc.arg(now)::timestamptz
ORDER BY scheduled_for
LIMIT 1;

-- name: GetEmail :one
SELECT * FROM email_queue WHERE id = $1;

-- name: RetryEmail :execrows
UPDATE email_queue
SET status = 'pending', retry_count = CASE status WHEN 'failed' THEN 0 ELSE retry_count END, scheduled_for = sqlc.arg(now)::timestamptz, ended_at = NULL,
    next_retry_at = NULL
WHERE id = sqlc.arg(id) AND status IN ('pending', 'failed');

-- name: CancelEmail :execrows
UPDATE email_queue
SET status = 'cancelled', data = data - 'sealed', ended_at = sqlc.arg(now)::timestamptz, next_retry_at = NULL,
    last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details)
WHERE id = sqlc.arg(id) AND status IN ('pending', 'failed');

-- name: FindEmailByMessageID :one
SELECT id FROM email_queue WHERE message_id = sqlc.arg(message_id)::text ORDER BY id DESC LIMIT 1;

-- name: FindEmailByAddress :one
-- The newest that was sent there.
SELECT id FROM email_queue
WHERE status = 'sent' AND to_addresses[1] = sqlc.arg(email)::text AND processed_at > sqlc.arg(since)::timestamptz
ORDER BY id DESC
LIMIT 1;

-- name: EmailBounced :exec
-- The reminder or notice is bounced, if it was one; the email was sent and stays so.
WITH email AS (
    UPDATE email_queue
    SET last_error = sqlc.arg(why)::text, error_details = sqlc.arg(error_details),
        attempts = CASE WHEN jsonb_array_length(attempts) >= 20 THEN attempts - 0 ELSE attempts END || sqlc.arg(attempt)::jsonb
    WHERE email_queue.id = sqlc.arg(id)::bigint
), notice AS (
    UPDATE notice_logs SET status = 'bounced', error_message = sqlc.arg(why)::text, error_code = sqlc.arg(cause)::text, error_said = sqlc.arg(said)::text
    WHERE notice_logs.email_id = sqlc.arg(id)::bigint
)
UPDATE reminder_logs SET status = 'bounced', error_message = sqlc.arg(why)::text, error_code = sqlc.arg(cause)::text, error_said = sqlc.arg(said)::text WHERE email_id = sqlc.arg(id)::bigint;
