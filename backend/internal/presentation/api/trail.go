package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"net/http"
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
	return auditCSV{ctx: ctx, trail: s.Trail, filter: auditFilter(p.Action, p.From, p.To), query: value(p.Q)}, nil
}

// auditCSV is written while it is read, however long it is.
type auditCSV struct {
	ctx    context.Context //nolint:containedctx // the response is written after the handler has returned
	trail  trail.Service
	filter trail.Filter
	query  string
}

var auditColumns = []string{
	"time", "action", "actor", "actor_email", "subject_type", "subject_id", "subject", "detail", "ip_address", "user_agent", "request_id",
}

// VisitExportAuditResponse writes the file.
func (a auditCSV) VisitExportAuditResponse(w http.ResponseWriter) error {
	var out *csv.Writer
	begin := func() error {
		w.Header().Set("Content-Type", "text/csv; charset=utf-8")
		w.Header().Set("Content-Disposition", `attachment; filename="audit-trail.csv"`)
		if _, err := w.Write([]byte("\ufeff")); err != nil {
			return err
		}
		out = csv.NewWriter(w)
		return out.Write(auditColumns)
	}
	err := a.trail.All(a.ctx, a.filter, a.query, func(events []domain.AuditEvent) error {
		// Only now is it known that there is something to answer.
		if out == nil {
			if err := begin(); err != nil {
				return err
			}
		}
		// However long the trail is, each part of it gets a minute of its own.
		if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
		for _, e := range events {
			row, err := auditRow(e)
			if err != nil {
				return err
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	})
	if err != nil && out != nil {
		// Half a file must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	return err
}

func auditRow(e domain.AuditEvent) ([]string, error) {
	detail, err := json.Marshal(e.Detail)
	row := []string{
		proof.FormatTime(e.At), e.Action, string(e.Origin.Kind), e.ActorEmail, e.SubjectType, e.SubjectID, e.SubjectLabel, string(detail),
		e.Origin.IPAddress, e.Origin.UserAgent, e.Origin.RequestID,
	}
	for i, cell := range row {
		row[i] = plainCell(cell)
	}
	return row, err
}

// plainCell keeps a spreadsheet from taking a text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
