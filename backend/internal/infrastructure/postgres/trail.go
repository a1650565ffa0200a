package postgres

import (
	"context"
	"encoding/json"
	"math"
	"time"

	"github.com/ackify/ackify/backend/internal/application/trail"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Trail keeps who did what.
type Trail struct{ DB }

// Record adds events that follow from nothing else in the database.
func (t Trail) Record(ctx context.Context, out domain.Outbox) error {
	return t.inTx(ctx, func(q *sqlcgen.Queries) error { return post(ctx, q, out) })
}

type idCursor struct {
	ID int64 `json:"id"`
}

// Events lists the trail, the newest first.
func (t Trail) Events(ctx context.Context, f trail.Filter, page domain.PageRequest) (domain.Page[domain.AuditEvent], error) {
	before := idCursor{ID: math.MaxInt64}
	if err := domain.DecodeCursor(page.Cursor, &before); err != nil {
		return domain.Page[domain.AuditEvent]{}, err
	}
	rows, err := t.queries().ListAuditEvents(ctx, sqlcgen.ListAuditEventsParams{
		Before: before.ID, Pattern: pattern(page.Query), Action: f.Action, Since: optionalTime(f.From), Until: optionalTime(f.To),
		MaxRows: maxRows(page),
	})
	if err != nil {
		return domain.Page[domain.AuditEvent]{}, translate(err)
	}
	events := make([]domain.AuditEvent, len(rows))
	for i, row := range rows {
		if events[i], err = auditEvent(row); err != nil {
			return domain.Page[domain.AuditEvent]{}, err
		}
	}
	return domain.NewPage(events, page.Limit, func(e domain.AuditEvent) any { return idCursor{ID: e.ID} }), nil
}

func auditEvent(row sqlcgen.AuditLog) (domain.AuditEvent, error) {
	e := domain.AuditEvent{
		ID: row.ID, At: row.At.UTC(), Action: row.Action, ActorEmail: row.ActorEmail,
		Origin: domain.Origin{
			Kind: domain.ActorKind(row.ActorKind), UserAgent: row.UserAgent, RequestID: row.RequestID, IPAddress: addressText(row.IpAddress),
		},
		SubjectType: row.SubjectType, SubjectID: row.SubjectID, SubjectLabel: row.SubjectLabel,
	}
	if row.ActorID != nil {
		e.ActorID = row.ActorID.String()
	}
	return e, json.Unmarshal(row.Detail, &e.Detail)
}

// optionalTime is nil for the zero time.
func optionalTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
