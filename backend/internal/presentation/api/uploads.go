package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime/multipart"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ackify/ackify/backend/internal/application/contents"
	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

var (
	errUpload   = domain.E(domain.KindMalformed, "upload.malformed", "The body is not the multipart/form-data that is expected.")
	errFileGone = domain.Invalid("file", "file.missing", "There is no file in the request.")
)

// escapedInForms undoes what browsers do to names of files in forms (WHATWG HTML, multipart/form-data encoding).
var escapedInForms = strings.NewReplacer("%22", `"`, "%0A", "\n", "%0D", "\r")

// maxField is how many bytes a field beside the file may have.
const maxField = 64 << 10

// form is what came with a file.
type form struct {
	file   *contents.Found
	values map[string]string
}

func (f form) close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// receive takes in the file and the fields that the contract knows, in whichever order they come.
func (s *Server) receive(ctx context.Context, in *multipart.Reader, known ...string) (f form, err error) {
	f.values = map[string]string{}
	allowed := map[string]bool{}
	for _, name := range known {
		allowed[name] = true
	}
	for {
		part, err := in.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return f, bodyProblem(err)
		}
		name := part.FormName()
		_, twice := f.values[name]
		switch {
		case name == "file" && f.file == nil:
			// The algorithm may come after the file: every one that there is was computed by then.
			f.file, err = s.Documents.Receive(ctx, part, escapedInForms.Replace(part.FileName()), part.Header.Get("Content-Type"), "")
		case allowed[name] && !twice:
			f.values[name], err = field(part, name)
		default:
			err = domain.Invalid(name, "request.invalid", "This field is not expected, or came before.")
		}
		if err != nil {
			return f, bodyProblem(err)
		}
	}
	if f.file == nil {
		return f, errFileGone
	}
	takeTime(ctx) // storing it
	return f, nil
}

func field(part io.Reader, name string) (string, error) {
	raw, err := io.ReadAll(io.LimitReader(part, maxField+1))
	switch {
	case err != nil:
		return "", err
	case len(raw) > maxField || !utf8.Valid(raw):
		return "", domain.Invalid(name, "request.invalid", "This is not a valid value.")
	}
	return string(raw), nil
}

// bodyProblem says what is wrong with a body that could not be read to its end.
func bodyProblem(err error) error {
	if known := middleware.BodyError(err); known != nil {
		return known
	}
	var ours *domain.Error
	if errors.As(err, &ours) {
		return err
	}
	return errUpload.Because(err)
}

// reader reads the options that came as JSON.
func (f form) reader() (domain.ReaderChoice, error) {
	raw, given := f.values["reader"]
	if !given || raw == "" {
		return domain.ReaderChoice{}, nil
	}
	var choice ReaderChoice
	decoder := json.NewDecoder(bytes.NewReader([]byte(raw)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&choice); err != nil {
		return domain.ReaderChoice{}, domain.Invalid("reader", "request.invalid", "The options are not the JSON that is expected.").Because(err)
	}
	return readerChoice(&choice), nil
}

// UploadDocument makes a document of a file.
func (s *Server) UploadDocument(ctx context.Context, in UploadDocumentRequestObject) (_ UploadDocumentResponseObject, err error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Documents.MayCreate(session.User); err != nil {
		return nil, err
	}
	forgive, err := s.Creations.Begin(middleware.Exchange(ctx))
	if err != nil {
		return nil, err
	}
	view, err := s.upload(ctx, session.User, in.Body)
	if err != nil {
		return nil, errors.Join(err, forgive())
	}
	return UploadDocument201JSONResponse(s.toDocument(view, session.User.Locale)), nil
}

func (s *Server) upload(ctx context.Context, by domain.User, body *multipart.Reader) (_ documents.View, err error) {
	f, err := s.receive(ctx, body, "title", "description", "reference", "checksumAlgorithm", "reader")
	defer func() { err = errors.Join(err, f.close()) }()
	if err != nil {
		return documents.View{}, err
	}
	choice, err := f.reader()
	if err != nil {
		return documents.View{}, err
	}
	if err := f.file.Use(f.values["checksumAlgorithm"]); err != nil {
		return documents.View{}, err
	}
	return s.Documents.Upload(ctx, by, f.file, documents.CreateInput{
		Title: f.values["title"], Description: f.values["description"], Reference: f.values["reference"], Reader: choice,
	})
}

// OpenRevision changes the content of a document.
func (s *Server) OpenRevision(ctx context.Context, in OpenRevisionRequestObject) (OpenRevisionResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.Documents.MayEdit(ctx, session.User, in.DocId); err != nil {
		return nil, err
	}
	takeTime(ctx)
	var view documents.View
	switch {
	case in.MultipartBody != nil:
		view, err = s.uploadRevision(ctx, session.User, in.DocId, in.MultipartBody)
	case in.JSONBody != nil:
		body := in.JSONBody
		view, err = s.Documents.Revise(ctx, session.User, in.DocId, documents.ReviseInput{
			Change: domain.Change(body.Change), Title: body.Title, URL: body.Url, Checksum: body.Checksum, Algorithm: text(body.ChecksumAlgorithm),
			Refresh: value(body.Refresh), Reader: readerChoice(body.Reader), Previous: value(body.PreviousRevision),
		})
	default:
		err = errMalformed
	}
	if err != nil {
		return nil, err
	}
	return OpenRevision201JSONResponse(s.toDocument(view, session.User.Locale)), nil
}

func (s *Server) uploadRevision(ctx context.Context, by domain.User, id string, body *multipart.Reader) (_ documents.View, err error) {
	f, err := s.receive(ctx, body, "title", "change", "checksumAlgorithm", "reader", "previousRevision")
	defer func() { err = errors.Join(err, f.close()) }()
	if err != nil {
		return documents.View{}, err
	}
	in := documents.ReviseInput{Change: domain.Change(f.values["change"]), File: f.file}
	if in.Change != domain.ChangeMaterial && in.Change != domain.ChangeEditorial {
		return documents.View{}, domain.Invalid("change", "request.invalid", "The change is material or editorial.")
	}
	if title, given := f.values["title"]; given {
		in.Title = &title
	}
	if previous := f.values["previousRevision"]; previous != "" {
		if in.Previous, err = strconv.Atoi(previous); err != nil || in.Previous < 1 {
			return documents.View{}, domain.Invalid("previousRevision", "request.invalid", "This is not the number of a revision.")
		}
	}
	if in.Reader, err = f.reader(); err != nil {
		return documents.View{}, err
	}
	if err := f.file.Use(f.values["checksumAlgorithm"]); err != nil {
		return documents.View{}, err
	}
	return s.Documents.Revise(ctx, by, id, in)
}
