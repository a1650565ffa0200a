-- name: ListPeopleToRemind :many
-- Everybody who is missing, or those with given addresses whatever they have done. With how many reminders the schedule has sent them of what everyone
-- has to sign now, and whether a manager was told of them. Who was reminded since then is waiting, as is who has a reminder on its way.
SELECT e.id, e.email, coalesce(nullif(e.name, ''), u.name, '')::text AS name, coalesce(u.locale, '')::text AS locale, coalesce(e.due_at, d.due_at) AS due_at,
    (e.withdrawn_at IS NULL)::boolean AS asked, e.muted, (e.signed_revision >= d.material_revision)::boolean AS signed,
    coalesce(l.waiting, false)::boolean AS waiting, coalesce(l.automatic, 0)::int AS automatic,
    (coalesce(x.revision, 0) >= d.material_revision)::boolean AS escalated
FROM documents d
JOIN expected_signers e ON e.doc_id = d.doc_id
LEFT JOIN escalations x ON x.signer_id = e.id
LEFT JOIN users u ON u.email = e.email
LEFT JOIN (
    SELECT g.recipient_email, bool_or(g.status = 'queued' AND g.email_id IS NOT NULL OR g.status = 'sent' AND g.sent_at > sqlc.arg(since)::timestamptz) AS waiting,
        count(*) FILTER (WHERE g.automatic AND g.status IN ('queued', 'sent') AND g.queued_at >= (
            SELECT r.created_at FROM document_revisions r JOIN documents o ON o.doc_id = r.doc_id AND o.material_revision = r.revision WHERE r.doc_id = sqlc.arg(doc_id)
        )) AS automatic
    FROM reminder_logs g WHERE g.doc_id = sqlc.arg(doc_id) GROUP BY g.recipient_email
) l ON l.recipient_email = e.email
WHERE d.doc_id = sqlc.arg(doc_id) AND NOT starts_with(e.email, 'erased:')
    AND CASE WHEN sqlc.arg(everybody)::boolean THEN e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision
        ELSE e.email = ANY (sqlc.arg(emails)::text[]) END
ORDER BY e.id;

-- name: CountReminding :one
-- Of those who are missing: who would get a reminder, who is muted, who has one waiting or got one since then, and to how many of the first the last one did not come.
SELECT count(*) FILTER (WHERE NOT m.muted AND NOT m.waiting) AS recipients, count(*) FILTER (WHERE m.muted) AS muted,
    count(*) FILTER (WHERE NOT m.muted AND m.waiting) AS waiting, count(*) FILTER (WHERE NOT m.muted AND NOT m.waiting AND m.failed) AS failed
FROM (
    SELECT e.muted, coalesce(l.waiting, false) AS waiting, coalesce(l.newest IN ('failed', 'bounced'), false) AS failed
    FROM documents d
    JOIN expected_signers e ON e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision
    LEFT JOIN (
        SELECT g.recipient_email, bool_or(g.status = 'queued' AND g.email_id IS NOT NULL OR g.status = 'sent' AND g.sent_at > sqlc.arg(since)::timestamptz) AS waiting, (array_agg(g.status ORDER BY g.id DESC))[1] AS newest
        FROM reminder_logs g WHERE g.doc_id = sqlc.arg(doc_id) GROUP BY g.recipient_email
    ) l ON l.recipient_email = e.email
    WHERE d.doc_id = sqlc.arg(doc_id)
) m;

-- name: AsksAnybody :one
SELECT EXISTS (SELECT FROM expected_signers WHERE doc_id = $1 AND withdrawn_at IS NULL);

-- name: LockReminders :exec
-- Two who remind at the same time do so one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('reminders of ' || sqlc.arg(doc_id)::text, 0));

-- name: ListWaitingReminders :many
SELECT recipient_email FROM reminder_logs
WHERE doc_id = sqlc.arg(doc_id) AND recipient_email = ANY (sqlc.arg(emails)::text[])
    AND (status = 'queued' AND email_id IS NOT NULL OR status = 'sent' AND sent_at > sqlc.arg(since)::timestamptz);

-- name: AnotherReminderWaits :one
-- Whether another reminder than an email's is on its way to the same person.
SELECT EXISTS (
    SELECT FROM reminder_logs
    WHERE doc_id = sqlc.arg(doc_id) AND recipient_email = sqlc.arg(email)::text AND status = 'queued' AND email_id <> sqlc.arg(email_id)::bigint
);

-- name: AddReminders :exec
-- The n-th of each list makes the n-th reminder.
INSERT INTO reminder_logs (doc_id, recipient_email, sent_at, sent_by, template_used, status, queued_at, automatic, email_id)
SELECT sqlc.arg(doc_id), r.email, sqlc.arg(at)::timestamptz, sqlc.arg(sent_by), r.template, 'queued', sqlc.arg(at)::timestamptz, sqlc.arg(automatic), r.email_id
FROM ROWS FROM (unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(templates)::text[]), unnest(sqlc.arg(email_ids)::bigint[])) AS r (email, template, email_id);

-- name: AddNotices :exec
-- The n-th of each list makes the n-th notice.
INSERT INTO notice_logs (doc_id, recipient_email, sent_at, template_used, status, queued_at, email_id)
SELECT sqlc.arg(doc_id), n.email, n.at, n.template, 'queued', n.at, n.email_id
FROM ROWS FROM (
    unnest(sqlc.arg(emails)::text[]), unnest(sqlc.arg(templates)::text[]), unnest(sqlc.arg(ats)::timestamptz[]), unnest(sqlc.arg(email_ids)::bigint[])
) AS n (email, template, at, email_id);

-- name: ListReminders :many
SELECT sqlc.embed(l), coalesce(u.name, '')::text AS sender
FROM document_emails l
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(l.sent_by, 'uuid') THEN l.sent_by::uuid END
WHERE l.doc_id = sqlc.arg(doc_id) AND l.id < sqlc.arg(before)::bigint
    AND (sqlc.arg(status)::text = '' OR l.status = sqlc.arg(status))
    AND (sqlc.arg(pattern)::text = '' OR l.recipient_email ILIKE sqlc.arg(pattern))
ORDER BY l.id DESC
LIMIT sqlc.arg(max_rows);

-- name: GetReminder :one
SELECT sqlc.embed(l), coalesce(u.name, '')::text AS sender
FROM document_emails l
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(l.sent_by, 'uuid') THEN l.sent_by::uuid END
WHERE l.doc_id = sqlc.arg(doc_id) AND l.id = sqlc.arg(id)::bigint;

-- name: WhyNotRemind :one
-- Why a reminder of a document is not sent to somebody; '' when it is.
SELECT CASE
    WHEN d.deleted_at IS NOT NULL THEN 'document_gone'
    WHEN e.email IS NULL OR e.withdrawn_at IS NOT NULL THEN 'not_asked'
    WHEN e.muted THEN 'muted'
    WHEN e.signed_revision >= d.material_revision THEN 'signed'
    -- Another one was sent since this was queued.
    WHEN EXISTS (
        SELECT FROM reminder_logs o
        JOIN reminder_logs n ON n.doc_id = o.doc_id AND n.recipient_email = o.recipient_email AND n.status = 'sent' AND n.sent_at >= o.queued_at
        WHERE o.email_id = sqlc.arg(email_id)::bigint AND n.id <> o.id
    ) THEN 'not_needed'
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
    -- What has been looked at meanwhile is not looked at again.
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
SET run_until = sqlc.arg(run_until)::date, next_run_at = sqlc.arg(next_run_at)::timestamptz, locked_until = NULL
WHERE doc_id = sqlc.arg(doc_id) AND locked_until = sqlc.arg(held_until)::timestamptz;

-- name: LockManager :one
SELECT manager_email FROM reminder_schedules WHERE doc_id = sqlc.arg(doc_id) FOR UPDATE;

-- name: AddEscalations :exec
INSERT INTO escalations (signer_id, revision, email_id)
SELECT unnest(sqlc.arg(signers)::bigint[]), sqlc.arg(revision)::int, sqlc.arg(email_id)::bigint
ON CONFLICT (signer_id) DO UPDATE SET revision = EXCLUDED.revision, email_id = EXCLUDED.email_id;

-- name: ForgetEscalations :exec
-- Another manager has not been told yet.
DELETE FROM escalations x USING expected_signers e WHERE e.id = x.signer_id AND e.doc_id = sqlc.arg(doc_id);

-- name: LockEmail :one
-- Whoever is erased meanwhile is taken out of what is written here afterwards.
SELECT data FROM email_queue WHERE id = sqlc.arg(id) FOR UPDATE;

-- name: RewriteEmail :exec
UPDATE email_queue SET data = sqlc.arg(data) WHERE id = sqlc.arg(id);

-- name: WhyNotEscalate :one
-- Why a manager is not told who is late with a document; '' when they are.
SELECT CASE
    WHEN d.deleted_at IS NOT NULL THEN 'document_gone'
    WHEN s.doc_id IS NULL OR NOT s.enabled THEN 'schedule_off'
    WHEN s.manager_email IS DISTINCT FROM sqlc.arg(email)::text THEN 'other_manager'
    ELSE '' END::text AS why
FROM documents d
LEFT JOIN reminder_schedules s ON s.doc_id = d.doc_id
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: ListEscalated :many
-- Those of whom an email tells a manager who are still late.
SELECT e.id, e.email, coalesce(nullif(e.name, ''), u.name, '')::text AS name, coalesce(e.due_at, d.due_at) AS due_at
FROM escalations x
JOIN expected_signers e ON e.id = x.signer_id
JOIN documents d ON d.doc_id = e.doc_id
LEFT JOIN users u ON u.email = e.email
WHERE x.email_id = sqlc.arg(email_id)::bigint AND x.revision = d.material_revision AND e.signed_revision < d.material_revision
    AND e.withdrawn_at IS NULL AND NOT e.muted AND coalesce(e.due_at, d.due_at) < sqlc.arg(now)::timestamptz
ORDER BY e.id;

-- name: KeepEscalations :exec
-- Of all others the manager was not told by this email, and is when they are late again.
DELETE FROM escalations WHERE email_id = sqlc.arg(email_id)::bigint AND NOT signer_id = ANY (sqlc.arg(signers)::bigint[]);

-- name: WhyNotCompleted :one
-- Why an author is not told that everybody has signed; '' when they are.
SELECT CASE
    WHEN d.deleted_at IS NOT NULL THEN 'document_gone'
    WHEN coalesce((q.data ->> 'revision')::int, d.completed_revision) < d.material_revision THEN 'sign_again'
    WHEN EXISTS (
        SELECT FROM expected_signers e WHERE e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision
    ) THEN 'missing_again'
    ELSE '' END::text AS why
FROM documents d
JOIN email_queue q ON q.id = sqlc.arg(email_id)
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: ReopenDocument :exec
-- The author is told once nobody is missing any more.
UPDATE documents SET completed_revision = 0 WHERE doc_id = sqlc.arg(doc_id) AND completed_revision > 0;

-- name: TakeCompletionChecks :many
DELETE FROM completion_checks
WHERE doc_id IN (SELECT c.doc_id FROM completion_checks c ORDER BY c.doc_id LIMIT sqlc.arg(max_rows) FOR UPDATE SKIP LOCKED)
RETURNING doc_id;

-- name: GetCompletion :one
-- What is to be known before an author is told that nobody is missing; the author's values are '' when nobody is known any more, or may not log in.
SELECT d.doc_id, d.title, d.material_revision, coalesce(n.asked, 0)::int AS asked, coalesce(n.missing, 0)::int AS missing,
    (d.completed_revision >= d.material_revision OR d.deleted_at IS NOT NULL)::boolean AS settled,
    coalesce(u.email, '')::text AS author_email, coalesce(u.name, '')::text AS author_name, coalesce(u.locale, '')::text AS author_locale
FROM documents d
CROSS JOIN LATERAL (
    SELECT sum(c.expected) AS asked, sum(c.expected) FILTER (WHERE c.revision < d.material_revision) AS missing FROM signature_counts c WHERE c.doc_id = d.doc_id
) n
LEFT JOIN users u ON u.id = CASE WHEN pg_input_is_valid(d.created_by, 'uuid') THEN d.created_by::uuid END AND u.is_active AND u.is_verified
WHERE d.doc_id = sqlc.arg(doc_id);

-- name: CompleteDocument :execrows
UPDATE documents SET completed_revision = sqlc.arg(revision) WHERE doc_id = sqlc.arg(doc_id) AND completed_revision < sqlc.arg(revision);
