package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"time"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// ImportSigners asks everybody in a file to sign, or tells what would become of each.
func (s *Server) ImportSigners(ctx context.Context, in ImportSignersRequestObject) (ImportSignersResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Documents.MayEdit(ctx, session.User, in.DocId); err != nil {
		return nil, err
	}
	file, dueAt, err := receiveList(in.Body)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	dry := in.Params.DryRun
	result, err := s.Signers.Import(ctx, session.User, in.DocId, file, dueAt, dry)
	if err != nil {
		return nil, err
	}
	return ImportSigners200JSONResponse(toImport(result, dry)), nil
}

// receiveList reads a file with people, and until when they are to sign.
func receiveList(in *multipart.Reader) (file []byte, dueAt time.Time, err error) {
	received := map[string]bool{}
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, dueAt, bodyProblem(err)
		}
		name := part.FormName()
		switch {
		case received[name]:
			err = domain.Invalid(name, "request.invalid", "This field is not expected, or came before.")
		case name == "file":
			file, err = readList(part)
		case name == "dueAt":
			dueAt, err = readMoment(part, name)
		default:
			err = domain.Invalid(name, "request.invalid", "This field is not expected, or came before.")
		}
		if err != nil {
			return nil, dueAt, bodyProblem(err)
		}
		received[name] = true
	}
	if !received["file"] {
		return nil, dueAt, errFileGone
	}
	return file, dueAt, nil
}

func readList(part io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(part, middleware.MaxList+1))
	if err == nil && len(raw) > middleware.MaxList {
		err = domain.ErrListTooLarge
	}
	return raw, err
}

func readMoment(part io.Reader, name string) (time.Time, error) {
	raw, err := field(part, name)
	if err != nil || raw == "" {
		return time.Time{}, err
	}
	var at Timestamp
	if err := at.UnmarshalText([]byte(raw)); err != nil {
		return time.Time{}, domain.Invalid(name, "request.invalid", "This is not a valid value.").Because(err)
	}
	return time.Time(at), nil
}

// toImport lists every row or, once they were added, only those that were not.
func toImport(in signers.Imported, dry bool) SignersImport {
	out := SignersImport{DryRun: dry, Added: in.Added, Existing: in.Existing, Rejected: in.Rejected}
	type row = struct {
		Email   string                   `json:"email"`
		Error   *RemoteProblem           `json:"error,omitempty"`
		Name    string                   `json:"name"`
		Notes   *string                  `json:"notes,omitempty"`
		Outcome SignersImportRowsOutcome `json:"outcome"`
		Row     int                      `json:"row"`
	}
	out.Rows = []row{}
	for _, r := range in.Rows {
		if !dry && r.Outcome == signers.OutcomeAdded {
			continue
		}
		one := row{Row: r.Number, Email: r.Person.Email, Name: r.Person.Name, Notes: optional(r.Person.Notes), Outcome: SignersImportRowsOutcome(r.Outcome)}
		if r.Problem != nil {
			one.Error = &RemoteProblem{Code: r.Problem.Code, Detail: r.Problem.Detail}
		}
		out.Rows = append(out.Rows, one)
	}
	if len(in.Columns) > 0 {
		columns := mapAll(in.Columns, toImportColumn)
		out.Columns = &columns
	}
	return out
}

func toImportColumn(c signers.Column) ImportColumn {
	return ImportColumn{Number: c.Number, Title: optional(c.Title), Holds: ImportColumnHolds(c.Holds)}
}
