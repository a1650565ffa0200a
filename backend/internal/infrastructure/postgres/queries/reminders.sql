-- name: ListPeopleToRemind :many
-- Everybody who is missing, or those with given addresses whatever they have done. With how many reminders the schedule has sent them of what everyone
-- has to sign now.
SELECT e.email, coalesce(nullif(e.name, ''), u.name, '')::text AS name, coalesce(u.locale, '')::text AS locale, coalesce(e.due_at, d.due_at) AS due_at,
    (e.withdrawn_at IS NULL)::boolean AS asked, e.muted, (e.signed_revision >= d.material_revision)::boolean AS signed,
    coalesce(l.waiting, false)::boolean AS waiting, coalesce(l.automatic, 0)::int AS automatic
FROM documents d
JOIN expected_signers e ON e.doc_id = d.doc_id
LEFT JOIN users u ON u.email = e.email
LEFT JOIN (
    SELECT g.recipient_email, bool_or(g.status = 'queued' AND g.email_id IS NOT NULL) AS waiting,
        count(*) FILTER (WHERE g.automatic AND g.status IN ('queued', 'sent') AND g.queued_at >= (
            SELECT r.created_at FROM document_revisions r JOIN documents o ON o.doc_id = r.doc_id AND o.material_revision = r.revision WHERE r.doc_id = sqlc.arg(doc_id)
        )) AS automatic
    FROM reminder_logs g WHERE g.doc_id = sqlc.arg(doc_id) GROUP BY g.recipient_email
) l ON l.recipient_email = e.email
WHERE d.doc_id = sqlc.arg(doc_id) AND NOT starts_with(e.email, 'erased:')
    AND CASE WHEN sqlc.arg(everybody)::boolean THEN e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision
        ELSE e.email = ANY (sqlc.arg(emails)::text[]) END
ORDER BY e.id;

-- name: AsksAnybody :one
SELECT EXISTS (SELECT FROM expected_signers WHERE doc_id = $1 AND withdrawn_at IS NULL);

-- name: LockReminders :exec
-- Two who remind at the same time do so one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('reminders of ' || sqlc.arg(doc_id)::text, 0));

-- name: ListWaitingReminders :many
SELECT recipient_email FROM reminder_logs
WHERE doc_id = sqlc.arg(doc_id) AND recipient_email = ANY (sqlc.arg(emails)::text[]) AND status = 'queued' AND email_id IS NOT NULL;

-- name: AddReminders :exec
-- The n-th of each list makes the n-th reminder.
INSERT INTO reminder_logs (doc_id, recipient_email, sent_at, sent_by, template_used, status, queued_at, automatic, email_id)
SELECT sqlc.arg(doc_id), r.email, sqlc.arg(at)::timestamptz, sqlc.arg(sent_by), r.template, 'queued', sqlc.arg(at)::timestamptz, sqlc.arg(automatic), r.email_id
FROM ROWS FROM (unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(templates)::text[]), unnest(sqlc.arg(email_ids)::bigint[])) AS r (email, template, email_id);

-- name: ListReminders :many
SELECT sqlc.embed(l), coalesce(u.name, '')::text AS sender
FROM reminder_logs l
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(l.sent_by, 'uuid') THEN l.sent_by::uuid END
WHERE l.doc_id = sqlc.arg(doc_id) AND l.id < sqlc.arg(before)::bigint
    AND (sqlc.arg(status)::text = '' OR l.status = sqlc.arg(status))
    AND (sqlc.arg(pattern)::text = '' OR l.recipient_email ILIKE sqlc.arg(pattern))
ORDER BY l.id DESC
LIMIT sqlc.arg(max_rows);

-- name: WhyNotRemind :one
-- Why a reminder of a document is not sent to somebody; '' when it is.
SELECT CASE
    WHEN d.deleted_at IS NOT NULL THEN 'document_gone'
    WHEN e.email IS NULL OR e.withdrawn_at IS NOT NULL THEN 'not_asked'
    WHEN e.muted THEN 'muted'
    WHEN e.signed_revision >= d.material_revision THEN 'signed'
    ELSE '' END::text AS why
FROM documents d
LEFT JOIN expected_signers e ON e.doc_id = d.doc_id AND e.email = sqlc.arg(email)::text
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: GetSchedule :one
SELECT * FROM reminder_schedules WHERE doc_id = $1;

-- name: SaveSchedule :exec
-- Whoever is working by the one before has no lease any more.
INSERT INTO reminder_schedules (doc_id, enabled, days_before, days_after, weekdays, hour, max_reminders, escalate_after_days, manager_email, manager_name,
    run_until, next_run_at)
VALUES (sqlc.arg(doc_id), sqlc.arg(enabled), sqlc.arg(days_before), sqlc.arg(days_after), sqlc.arg(weekdays), sqlc.arg(hour), sqlc.arg(max_reminders),
    sqlc.narg(escalate_after_days), sqlc.narg(manager_email), sqlc.arg(manager_name), sqlc.arg(run_until)::date, sqlc.arg(next_run_at)::timestamptz)
ON CONFLICT (doc_id) DO UPDATE SET enabled = EXCLUDED.enabled, days_before = EXCLUDED.days_before, days_after = EXCLUDED.days_after, weekdays = EXCLUDED.weekdays,
    hour = EXCLUDED.hour, max_reminders = EXCLUDED.max_reminders, escalate_after_days = EXCLUDED.escalate_after_days, manager_email = EXCLUDED.manager_email,
    manager_name = EXCLUDED.manager_name,
    -- Another manager has not been told yet; what has been looked at meanwhile is not looked at again.
    escalated_for = CASE WHEN reminder_schedules.manager_email IS NOT DISTINCT FROM EXCLUDED.manager_email THEN reminder_schedules.escalated_for ELSE 0 END,
    run_until = CASE WHEN reminder_schedules.enabled THEN greatest(reminder_schedules.run_until, EXCLUDED.run_until) ELSE EXCLUDED.run_until END,
    next_run_at = EXCLUDED.next_run_at, locked_until = NULL;

-- name: ClaimSchedules :many
UPDATE reminder_schedules s
SET locked_until = sqlc.arg(lease)::timestamptz
WHERE s.doc_id IN (
    SELECT due.doc_id
    FROM reminder_schedules due
    JOIN documents d ON d.doc_id = due.doc_id
    WHERE due.enabled AND due.next_run_at <= sqlc.arg(now)::timestamptz AND (due.locked_until IS NULL OR due.locked_until <= sqlc.arg(now)) AND d.deleted_at IS NULL
    ORDER BY due.next_run_at
    LIMIT sqlc.arg(max_rows)
    FOR UPDATE OF due SKIP LOCKED
)
RETURNING s.*;

-- name: ScheduleRan :execrows
UPDATE reminder_schedules
SET run_until = sqlc.arg(run_until)::date, next_run_at = sqlc.arg(next_run_at)::timestamptz, escalated_for = sqlc.arg(escalated_for), locked_until = NULL
WHERE doc_id = sqlc.arg(doc_id) AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: TakeCompletionChecks :many
DELETE FROM completion_checks
WHERE doc_id IN (SELECT c.doc_id FROM completion_checks c ORDER BY c.doc_id LIMIT sqlc.arg(max_rows) FOR UPDATE SKIP LOCKED)
RETURNING doc_id;

-- name: GetCompletion :one
-- What is to be known before an author is told that nobody is missing; the author's values are '' when nobody is known any more, or may not log in.
SELECT d.doc_id, d.title, d.material_revision, count(e.id)::int AS asked, (count(e.id) FILTER (WHERE e.signed_revision < d.material_revision))::int AS missing,
    (d.completed_revision >= d.material_revision OR d.deleted_at IS NOT NULL)::boolean AS settled,
    coalesce(u.email, '')::text AS author_email, coalesce(u.name, '')::text AS author_name, coalesce(u.locale, '')::text AS author_locale
FROM documents d
LEFT JOIN expected_signers e ON e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND NOT starts_with(e.email, 'erased:')
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(d.created_by, 'uuid') THEN d.created_by::uuid END AND u.is_active AND u.is_verified
WHERE d.doc_id = sqlc.arg(doc_id)
GROUP BY d.doc_id, u.id;

-- name: CompleteDocument :execrows
UPDATE documents SET completed_revision = sqlc.arg(revision) WHERE doc_id = sqlc.arg(doc_id) AND completed_revision < sqlc.arg(revision);
