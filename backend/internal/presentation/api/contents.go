package api

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// What is given out of documents may do nothing by itself, wherever it is opened.
const (
	filePolicy      = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
	renditionPolicy = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; " +
		"sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; style-src "
)

// GetContent gives out the file that a revision fixed.
func (s *Server) GetContent(ctx context.Context, in GetContentRequestObject) (GetContentResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	download := value(in.Params.Download)
	file, err := s.Documents.Content(ctx, session.User, in.DocId, value(in.Params.Revision), download)
	if err != nil {
		return nil, err
	}
	_, r := middleware.Exchange(ctx)
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // many ranges at once would be many questions to the storage; RFC 9110, 14.2, lets a server ignore them
	}
	return fileResponse{file: file, request: r, download: download}, nil
}

// fileResponse answers a file, whole or in ranges.
type fileResponse struct {
	file     documents.File
	request  *http.Request
	download bool
}

func (f fileResponse) VisitGetContentResponse(w http.ResponseWriter) error {
	content := f.file.Document.Content
	h := w.Header()
	h.Set("Content-Security-Policy", filePolicy)
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Content-Type", contentType(content))
	h.Set("ETag", `"`+hex.EncodeToString(content.Hash[:])+`"`)
	h.Set("Repr-Digest", digest(f.file.Document))
	h.Set("Content-Disposition", disposition(content, f.download))
	out := &patientWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	http.ServeContent(out, f.request, "", time.Time{}, f.file)
	return f.file.Close()
}

// contentType names the media type; of text, what encoding it has is not said, because nobody knows.
func contentType(c domain.Content) string {
	if c.MediaType == domain.MediaHTML {
		return "text/plain" // opened by itself, it is shown as what it is made of
	}
	return c.MediaType
}

// disposition lets browsers show what they show safely, and save the rest.
func disposition(c domain.Content, download bool) string {
	kind := "attachment"
	if !download && c.Kind() != domain.ContentOther {
		kind = "inline"
	}
	// FormatMediaType writes what is not ASCII as RFC 8187 says.
	if value := mime.FormatMediaType(kind, map[string]string{"filename": c.FileName}); value != "" {
		return value
	}
	return kind
}

// digest is the whole file's SHA-256 and, when it is another, the checksum that the revision fixed (RFC 9530).
func digest(d domain.Document) string {
	digests := "sha-256=:" + base64.StdEncoding.EncodeToString(d.Content.Hash[:]) + ":"
	if sum, err := hex.DecodeString(d.Checksum); err == nil && d.ChecksumAlgorithm != domain.SHA256 {
		name := strings.ToLower(strings.ReplaceAll(d.ChecksumAlgorithm, "MD5", "md5"))
		digests += ", " + name + "=:" + base64.StdEncoding.EncodeToString(sum) + ":"
	}
	return digests
}

// slowLook is how long an answer may take that waits for somebody else's server and for the storage.
const slowLook = 5 * time.Minute

// takeTime lets an answer take longer than most, because the server looks at an address for it.
func takeTime(ctx context.Context) {
	w, _ := middleware.Exchange(ctx)
	// A writer without deadlines (a test's) needs no more time either.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(slowLook))
}

// patience is how long a client may take for what one write sends.
const patience = 30 * time.Second

// patientWriter lets a large file take its time, as long as it moves.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (w *patientWriter) Write(p []byte) (int, error) {
	// A writer without deadlines (a test's) has no slow clients either.
	_ = w.control.SetWriteDeadline(time.Now().Add(patience))
	return w.ResponseWriter.Write(p)
}

// GetRendition shows a text as a page.
func (s *Server) GetRendition(ctx context.Context, in GetRenditionRequestObject) (GetRenditionResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	page, err := s.Documents.Rendition(ctx, session.User, in.DocId, value(in.Params.Revision))
	if err != nil {
		return nil, err
	}
	return renditionResponse{page: page, style: s.RenditionStyle}, nil
}

type renditionResponse struct {
	page  []byte
	style string
}

func (r renditionResponse) VisitGetRenditionResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", renditionPolicy+r.style)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Cache-Control", "private, no-cache")
	_, err := bytes.NewReader(r.page).WriteTo(w)
	return err
}

// ListRevisions lists every content that a document had.
func (s *Server) ListRevisions(ctx context.Context, in ListRevisionsRequestObject) (ListRevisionsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	found, managed, err := s.Documents.Revisions(ctx, session.User, in.DocId, page(in.Params.Limit, in.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	return ListRevisions200JSONResponse{
		NextCursor: optional(found.NextCursor),
		Items: mapAll(found.Items, func(r documents.Revision) Revision {
			d := r.Document
			revision := Revision{
				Revision: d.Revision, Change: Change(d.Change()), Title: d.Title, Url: d.URL, Checksum: d.Checksum,
				ChecksumAlgorithm: ChecksumAlgorithm(d.ChecksumAlgorithm), Content: toContent(d.Content), CreatedAt: Timestamp(r.CreatedAt),
				CreatedBy: r.Author, Seq: r.Seq,
			}
			if managed {
				revision.SignatureCount = &r.Signatures
			}
			return revision
		}),
	}, nil
}

// GetDifference tells what a revision changed.
func (s *Server) GetDifference(ctx context.Context, in GetDifferenceRequestObject) (GetDifferenceResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	difference, err := s.Documents.Difference(ctx, session.User, in.DocId, value(in.Params.From), in.Revision)
	if err != nil {
		return nil, err
	}
	answer := GetDifference200JSONResponse{From: difference.From, To: difference.To, Truncated: difference.Truncated}
	answer.Parts = []struct {
		Change DifferencePartsChange `json:"change"`
		Text   string                `json:"text"`
	}{}
	for _, part := range difference.Parts {
		answer.Parts = append(answer.Parts, struct {
			Change DifferencePartsChange `json:"change"`
			Text   string                `json:"text"`
		}{DifferencePartsChange(part.Change), part.Text})
	}
	return answer, nil
}

// ListChecksumVerifications lists comparisons of files with a document.
func (s *Server) ListChecksumVerifications(
	ctx context.Context, in ListChecksumVerificationsRequestObject,
) (ListChecksumVerificationsResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	found, err := s.Documents.ListVerifications(ctx, session.User, in.DocId, page(in.Params.Limit, in.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	return ListChecksumVerifications200JSONResponse{
		NextCursor: optional(found.NextCursor), Items: mapAll(found.Items, toVerification),
	}, nil
}

var errRemoteOnly = domain.Invalid("calculatedChecksum", "request.invalid", "Only a file has a checksum that somebody else computed.")

// VerifyChecksum compares a file, or what is at the document's address, with the document.
func (s *Server) VerifyChecksum(ctx context.Context, in VerifyChecksumRequestObject) (VerifyChecksumResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	takeTime(ctx)
	var verification domain.Verification
	if value(in.Body.Source) == VerifyChecksumRequestSource(domain.VerifiedRemote) {
		if in.Body.CalculatedChecksum != nil || in.Body.Revision != nil {
			return nil, errRemoteOnly
		}
		verification, err = s.Documents.VerifyRemote(ctx, session.User, in.DocId)
	} else {
		verification, err = s.Documents.Verify(ctx, session.User, in.DocId, value(in.Body.Revision), value(in.Body.CalculatedChecksum))
	}
	if err != nil {
		return nil, err
	}
	return VerifyChecksum201JSONResponse(toVerification(verification)), nil
}

func toVerification(v domain.Verification) Verification {
	return Verification{
		Id: v.ID, Revision: v.Revision, Source: VerificationSource(v.Source), VerifiedAt: Timestamp(v.VerifiedAt), VerifiedBy: v.VerifierName,
		StoredChecksum: v.Stored.Hex, CalculatedChecksum: v.Calculated, Algorithm: ChecksumAlgorithm(v.Stored.Algorithm), IsValid: v.Valid,
		Error: toProblem(v.Problem),
	}
}
