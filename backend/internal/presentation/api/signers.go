package api

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	openapi_types "github.com/oapi-codegen/runtime/types"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// ListSigners lists who was asked to sign, or who signed without being asked.
func (s *Server) ListSigners(ctx context.Context, in ListSignersRequestObject) (ListSignersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	p := in.Params
	filter := signers.Filter{List: string(value(p.State)), Sort: string(value(p.Sort))}
	if filter.List == "" {
		filter.List = signers.ListExpected
	}
	found, err := s.Signers.List(ctx, session.User, in.DocId, filter, page(p.Limit, p.Cursor, p.Q))
	if err != nil {
		return nil, err
	}
	return ListSigners200JSONResponse{NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, toSigner)}, nil
}

// AddSigners asks people to sign.
func (s *Server) AddSigners(ctx context.Context, in AddSignersRequestObject) (AddSignersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	added, err := s.Signers.Add(ctx, session.User, in.DocId, mapAll(in.Body.Signers, func(p SignerInput) signers.Person {
		return signers.Person{Email: p.Email, Name: value(p.Name), Notes: value(p.Notes), DueAt: moment(p.DueAt)}
	}))
	if err != nil {
		return nil, err
	}
	return AddSigners200JSONResponse(toAdded(added)), nil
}

// UpdateSigner changes what is known of somebody who is asked.
func (s *Server) UpdateSigner(ctx context.Context, in UpdateSignerRequestObject) (UpdateSignerResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	input := signers.UpdateInput{Name: in.Body.Name, Notes: in.Body.Notes, Muted: in.Body.Muted}
	if in.Body.Deadline != nil {
		deadline := toDeadline(*in.Body.Deadline)
		input.Deadline = &deadline
	}
	updated, err := s.Signers.Update(ctx, session.User, in.DocId, in.Email, input)
	if err != nil {
		return nil, err
	}
	return UpdateSigner200JSONResponse(toSigner(updated)), nil
}

// WithdrawSigner no longer asks somebody.
func (s *Server) WithdrawSigner(ctx context.Context, in WithdrawSignerRequestObject) (WithdrawSignerResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return WithdrawSigner204Response{}, s.Signers.Withdraw(ctx, session.User, in.DocId, in.Email)
}

// WithdrawSigners no longer asks several people.
func (s *Server) WithdrawSigners(ctx context.Context, in WithdrawSignersRequestObject) (WithdrawSignersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	out, err := s.Signers.WithdrawAll(ctx, session.User, in.DocId, in.Body.Emails)
	if err != nil {
		return nil, err
	}
	return WithdrawSigners200JSONResponse{Withdrawn: out.Withdrawn, Unknown: append([]string{}, out.Unknown...)}, nil
}

// GetStatus tells how far a document is.
func (s *Server) GetStatus(ctx context.Context, in GetStatusRequestObject) (GetStatusResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	status, err := s.Signers.Status(ctx, session.User, in.DocId)
	if err != nil {
		return nil, err
	}
	return GetStatus200JSONResponse(toStatus(status)), nil
}

// SetDeadline says until when everybody is to sign.
func (s *Server) SetDeadline(ctx context.Context, in SetDeadlineRequestObject) (SetDeadlineResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	status, err := s.Signers.SetDeadline(ctx, session.User, in.DocId, toDeadline(*in.Body))
	if err != nil {
		return nil, err
	}
	return SetDeadline200JSONResponse(toStatus(status)), nil
}

// ListMyExpected lists what one is asked to sign and has not.
func (s *Server) ListMyExpected(ctx context.Context, in ListMyExpectedRequestObject) (ListMyExpectedResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	found, total, err := s.Signers.Mine(ctx, session.User, page(in.Params.Limit, in.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	now := s.Clock()
	return ListMyExpected200JSONResponse{
		Total: total, NextCursor: optional(found.NextCursor),
		Items: mapAll(found.Items, func(e signers.Expected) ExpectedDocument {
			return ExpectedDocument{
				DocId: e.DocID, Title: e.Title, Revision: e.Revision, AddedAt: Timestamp(e.AddedAt), DueAt: timestamp(e.DueAt),
				Overdue: !e.DueAt.IsZero() && e.DueAt.Before(now), SignedRevision: optional(e.SignedRevision), Service: toService(e.URL),
			}
		}),
	}, nil
}

var signerColumns = []string{
	"email", "name", "notes", "state", "added_at", "added_by", "due_at", "own_deadline", "deadline_reason", "group", "signed_at", "signed_revision",
	"withdrawn_at", "muted", "reminders",
}

// ExportSigners gives everybody who is or was asked as a CSV file.
func (s *Server) ExportSigners(ctx context.Context, in ExportSignersRequestObject) (ExportSignersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return csvFile{ctx: ctx, name: in.DocId + "-signers.csv", columns: signerColumns, rows: func(ctx context.Context, write func([][]string) error) error {
		return s.Signers.Export(ctx, session.User, in.DocId, func(people []signers.Listed) error {
			return write(mapAll(people, func(p signers.Listed) []string {
				return []string{
					string(p.Email), p.Name, p.Notes, string(p.State), formatTime(p.AddedAt), p.AddedByName, formatTime(p.Deadline),
					strconv.FormatBool(!p.DueAt.IsZero()), p.DueReason, p.Group, formatTime(p.SignedAt), formatCount(p.SignedRevision),
					formatTime(p.WithdrawnAt), strconv.FormatBool(p.Muted), strconv.Itoa(p.Reminders),
				}
			}))
		})
	}}, nil
}

var signatureColumns = []string{
	"email", "name", "revision", "title", "signed_at", "ledger_position", "entry_hash", "payload_hash", "signature", "referer",
}

// ExportSignatures gives everybody who has signed as a CSV file.
func (s *Server) ExportSignatures(ctx context.Context, in ExportSignaturesRequestObject) (ExportSignaturesResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return csvFile{ctx: ctx, name: in.DocId + "-signatures.csv", columns: signatureColumns, rows: func(ctx context.Context, write func([][]string) error) error {
		return s.Signers.ExportSignatures(ctx, session.User, in.DocId, func(signed []domain.Signature) error {
			return write(mapAll(signed, func(d domain.Signature) []string {
				return []string{
					d.UserEmail, d.UserName, strconv.Itoa(d.Revision), d.DocTitle, formatTime(d.SignedAt), strconv.FormatInt(d.Seq, 10), d.EntryHash,
					d.PayloadHash, inHex(d.Signature), d.Referer,
				}
			}))
		})
	}}, nil
}

// inHex writes base64 as lower-case hexadecimal, which no spreadsheet takes for a formula.
func inHex(encoded string) string {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return encoded // of an older format
	}
	return hex.EncodeToString(raw)
}

// formatTime is "" for a zero time.
func formatTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return proof.FormatTime(t)
}

// formatCount is "" for zero.
func formatCount(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// moment is zero for no time.
func moment(t *Timestamp) time.Time { return time.Time(value(t)) }

func toDeadline(d Deadline) signers.Deadline {
	return signers.Deadline{DueAt: moment(d.DueAt), Reason: value(d.Reason)}
}

func toAdded(a signers.Added) SignersAdded {
	return SignersAdded{Added: a.Added, Existing: a.Existing}
}

func toSigner(l signers.Listed) Signer {
	p := Signer{
		Email: string(l.Email), Name: l.Name, Notes: l.Notes, State: SignerState(l.State), AddedAt: timestamp(l.AddedAt),
		DueAt: timestamp(l.Deadline), DeadlineReason: optional(l.DueReason), Group: optional(l.Group), SignedAt: timestamp(l.SignedAt),
		SignedRevision: optional(l.SignedRevision), WithdrawnAt: timestamp(l.WithdrawnAt), Muted: l.Muted, Reminders: l.Reminders,
	}
	if l.State == domain.SignerUnexpected {
		return p
	}
	own := !l.DueAt.IsZero()
	p.AddedBy, p.OwnDeadline = &l.AddedByName, &own
	if r := l.LastReminder; r != nil {
		p.LastReminder = &Reminder{
			Id: r.ID, Email: string(l.Email), Kind: ReminderKind(strings.TrimPrefix(r.Template, "reminder_")), Status: ReminderStatus(r.Status),
			QueuedAt: Timestamp(r.QueuedAt), SentAt: timestamp(r.SentAt), By: r.By, Automatic: r.Automatic, Error: optional(r.Error),
			EmailId: optional(r.EmailID),
		}
	}
	return p
}

func toStatus(s signers.Status) DocumentStatus {
	status := DocumentStatus{
		Expected: s.Expected, Signed: s.Signed, Missing: s.Missing(), Overdue: s.Overdue, Unexpected: s.Unexpected, Completion: s.Completion(),
		DueAt: timestamp(s.DueAt), DeadlineReason: optional(s.DueReason),
	}
	status.Timeline = make([]struct {
		Date   openapi_types.Date `json:"date"`
		Signed int                `json:"signed"`
	}, len(s.Days))
	for i, day := range s.Days {
		status.Timeline[i].Date, status.Timeline[i].Signed = openapi_types.Date{Time: day.Date}, day.Signed
	}
	return status
}
