-- The queue of emails. The times are the callers', so that one clock decides.

-- name: EnqueueEmails :exec
-- Any number of emails in one statement: the n-th of each list makes the n-th email.
INSERT INTO email_queue (to_addresses, subject, template, locale, data, priority, max_retries, created_at, scheduled_for, reference_type, reference_id, created_by)
SELECT ARRAY[m.recipient], m.subject, m.template, m.locale, m.data, m.priority, m.max_retries, m.at, m.at,
    nullif(m.reference_type, ''), nullif(m.reference_id, ''), nullif(m.created_by, '')
FROM ROWS FROM (
    unnest(sqlc.arg(recipients)::text[]), unnest(sqlc.arg(subjects)::text[]), unnest(sqlc.arg(templates)::text[]), unnest(sqlc.arg(locales)::text[]),
    unnest(sqlc.arg(datas)::jsonb[]), unnest(sqlc.arg(priorities)::int[]), unnest(sqlc.arg(max_retries)::int[]),
    unnest(sqlc.arg(ats)::timestamptz[]), unnest(sqlc.arg(reference_types)::text[]), unnest(sqlc.arg(reference_ids)::text[]), unnest(sqlc.arg(creators)::text[])
) AS m (recipient, subject, template, locale, data, priority, max_retries, at, reference_type, reference_id, created_by);

-- name: TakeBackEmails :many
-- Jobs whose worker is gone are due again, once more often tried; a job that was lost too often is given up.
UPDATE email_queue e
SET status = CASE WHEN e.retry_count < e.max_retries THEN 'pending' ELSE 'failed' END,
    ended_at = CASE WHEN e.retry_count < e.max_retries THEN NULL ELSE sqlc.arg(now)::timestamptz END,
    retry_count = least(e.retry_count + 1, e.max_retries),
    locked_until = NULL, last_error = sqlc.arg(why)::text
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
    priority, retry_count, max_retries, created_at, coalesce(locked_until, 'infinity')::timestamptz AS held_until
FROM claimed
ORDER BY priority DESC, scheduled_for, id;

-- What follows changes a job only for the worker that still holds it.

-- name: EmailSent :execrows
UPDATE email_queue
SET status = 'sent', data = data - 'sealed', processed_at = sqlc.arg(now)::timestamptz, ended_at = sqlc.arg(now)::timestamptz,
    locked_until = NULL, next_retry_at = NULL, last_error = NULL, error_details = NULL
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailAgain :execrows
UPDATE email_queue
SET status = 'pending', retry_count = retry_count + 1, scheduled_for = sqlc.arg(at)::timestamptz, next_retry_at = sqlc.arg(at)::timestamptz,
    locked_until = NULL, last_error = sqlc.arg(last_error)::text, error_details = sqlc.arg(error_details)
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailFailed :execrows
-- The secrets stay while somebody may have it sent again by hand.
UPDATE email_queue
SET status = 'failed', ended_at = sqlc.arg(now)::timestamptz, locked_until = NULL, next_retry_at = NULL,
    last_error = sqlc.arg(last_error)::text, error_details = sqlc.arg(error_details)
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: EmailReleased :execrows
UPDATE email_queue SET status = 'pending', locked_until = NULL
WHERE id = sqlc.arg(id) AND status = 'processing' AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: CancelEmails :execrows
-- What is being sent right now cannot be stopped.
UPDATE email_queue
SET status = 'cancelled', data = data - 'sealed', ended_at = sqlc.arg(now)::timestamptz, next_retry_at = NULL
WHERE reference_type = sqlc.arg(reference_type)::text AND reference_id = sqlc.arg(reference_id)::text AND status IN ('pending', 'failed');

-- name: DeleteEndedEmails :execrows
DELETE FROM email_queue
WHERE status IN ('sent', 'failed', 'cancelled') AND coalesce(ended_at, created_at) < sqlc.arg(before)::timestamptz;
