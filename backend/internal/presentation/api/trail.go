package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/trail"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

func auditFilter(action *AuditAction, from *AuditFrom, to *AuditTo) trail.Filter {
	return trail.Filter{Action: strings.TrimSuffix(value(action), "."), From: time.Time(value(from)), To: time.Time(value(to))}
}

// ListAudit lists who did what.
func (s *Server) ListAudit(ctx context.Context, in ListAuditRequestObject) (ListAuditResponseObject, error) {
	p := in.Params
	found, err := s.Trail.List(ctx, auditFilter(p.Action, p.From, p.To), page(p.Limit, p.Cursor, p.Q))
	if err != nil {
		return nil, err
	}
	return ListAudit200JSONResponse{NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, toAuditEvent)}, nil
}

func toAuditEvent(e domain.AuditEvent) AuditEvent {
	event := AuditEvent{
		Id: e.ID, At: Timestamp(e.At), Action: e.Action, ActorKind: AuditEventActorKind(e.Origin.Kind), ActorEmail: e.ActorEmail,
		SubjectType: e.SubjectType, SubjectId: e.SubjectID, SubjectLabel: e.SubjectLabel, Detail: e.Detail,
		IpAddress: e.Origin.IPAddress, UserAgent: e.Origin.UserAgent, RequestId: e.Origin.RequestID,
	}
	if id, err := uuid.Parse(e.ActorID); err == nil {
		event.ActorId = &id
	}
	return event
}

// ExportAudit gives the same as a CSV file.
func (s *Server) ExportAudit(ctx context.Context, in ExportAuditRequestObject) (ExportAuditResponseObject, error) {
	p := in.Params
	return csvFile{ctx: ctx, name: "audit-trail.csv", columns: auditColumns, rows: func(ctx context.Context, write func([][]string) error) error {
		return s.Trail.All(ctx, auditFilter(p.Action, p.From, p.To), value(p.Q), func(events []domain.AuditEvent) error {
			rows := make([][]string, len(events))
			for i, e := range events {
				row, err := auditRow(e)
				if err != nil {
					return err
				}
				rows[i] = row
			}
			return write(rows)
		})
	}}, nil
}

var auditColumns = []string{
	"time", "action", "actor", "actor_email", "subject_type", "subject_id", "subject", "detail", "ip_address", "user_agent", "request_id",
}

func auditRow(e domain.AuditEvent) ([]string, error) {
	detail, err := json.Marshal(e.Detail)
	return []string{
		proof.FormatTime(e.At), e.Action, string(e.Origin.Kind), e.ActorEmail, e.SubjectType, e.SubjectID, e.SubjectLabel, string(detail),
		e.Origin.IPAddress, e.Origin.UserAgent, e.Origin.RequestID,
	}, err
}
