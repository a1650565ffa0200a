-- name: AddAuditEvent :exec
INSERT INTO audit_log (at, action, actor_kind, actor_id, actor_email, subject_type, subject_id, subject_label, detail, ip_address, user_agent, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- name: ListAuditEvents :many
SELECT * FROM audit_log
WHERE id < sqlc.arg(before)
    AND (sqlc.arg(pattern)::text = '' OR actor_email ILIKE sqlc.arg(pattern) OR subject_label ILIKE sqlc.arg(pattern)
        OR subject_id ILIKE sqlc.arg(pattern) OR host(ip_address) ILIKE sqlc.arg(pattern))
    AND (sqlc.arg(action)::text = '' OR action = sqlc.arg(action) OR starts_with(action, sqlc.arg(action) || '.'))
    AND (sqlc.narg(since)::timestamptz IS NULL OR at >= sqlc.narg(since))
    AND (sqlc.narg(until)::timestamptz IS NULL OR at < sqlc.narg(until))
ORDER BY id DESC
LIMIT sqlc.arg(max_rows);
