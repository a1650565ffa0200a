package postgres

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// post writes what follows from a change, in the change's transaction.
func post(ctx context.Context, q *sqlcgen.Queries, out domain.Outbox) error {
	for _, event := range out.Audit {
		args, err := auditRow(event)
		if err != nil {
			return err
		}
		if err := q.AddAuditEvent(ctx, args); err != nil {
			return err
		}
	}
	_, err := enqueue(ctx, q, out.Mails...)
	return err
}

func auditRow(e domain.AuditEvent) (sqlcgen.AddAuditEventParams, error) {
	detail := e.Detail
	if detail == nil {
		detail = map[string]string{}
	}
	raw, err := json.Marshal(detail)
	if err != nil {
		return sqlcgen.AddAuditEventParams{}, err
	}
	actor, err := optionalUUID(e.ActorID)
	return sqlcgen.AddAuditEventParams{
		At: e.At, Action: e.Action, ActorKind: string(e.Origin.Kind), ActorID: actor, ActorEmail: e.ActorEmail,
		SubjectType: e.SubjectType, SubjectID: e.SubjectID, SubjectLabel: e.SubjectLabel, Detail: raw,
		IpAddress: address(e.Origin.IPAddress), UserAgent: e.Origin.UserAgent, RequestID: e.Origin.RequestID,
	}, err
}

// optionalUUID reads an id; "" is none.
func optionalUUID(s string) (*uuid.UUID, error) {
	if s == "" {
		return nil, nil
	}
	id, err := uuid.Parse(s)
	return &id, err
}
