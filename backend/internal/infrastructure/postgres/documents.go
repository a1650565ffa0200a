package postgres

import (
	"context"
	"math"
	"time"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
	"github.com/ackify/ackify/backend/pkg/proof"
)

// Documents keeps what there is to read.
type Documents struct{ DB }

// Document fails with domain.ErrDocumentNotFound.
func (d Documents) Document(ctx context.Context, id string) (domain.Document, error) {
	row, err := d.queries().GetDocument(ctx, id)
	return document(row), found(err, domain.ErrDocumentNotFound)
}

// ByReference fails with domain.ErrDocumentNotFound.
func (d Documents) ByReference(ctx context.Context, ref domain.Reference) (domain.Document, error) {
	row, err := d.queries().FindDocumentByReference(ctx, string(ref))
	return document(sqlcgen.GetDocumentRow(row)), found(err, domain.ErrDocumentNotFound)
}

// Asked tells whether somebody is expected to sign a document.
func (d Documents) Asked(ctx context.Context, docID string, email domain.Email) (bool, error) {
	asked, err := d.queries().IsAsked(ctx, sqlcgen.IsAskedParams{DocID: docID, Email: string(email)})
	return asked, translate(err)
}

// Expectation tells whether somebody is asked to sign a document; counted, also how many people are.
func (d Documents) Expectation(ctx context.Context, docID string, email domain.Email, counted bool) (documents.Expectation, error) {
	row, err := d.queries().DocumentExpectation(ctx, sqlcgen.DocumentExpectationParams{DocID: docID, Email: string(email), Counted: counted})
	if err != nil {
		return documents.Expectation{}, found(err, domain.ErrDocumentNotFound)
	}
	return expectation(row.Expected, row.Missing, row.Asked, row.DueAt), nil
}

func expectation(expected, missing int64, asked bool, dueAt *time.Time) documents.Expectation {
	e := documents.Expectation{Expected: int(expected), Missing: int(missing), Asked: asked}
	if asked {
		e.DueAt = timeOrZero(dueAt)
	}
	return e
}

// Update changes what needs no revision.
func (d Documents) Update(ctx context.Context, doc domain.Document, out domain.Outbox) error {
	return d.inTx(ctx, func(q *sqlcgen.Queries) error {
		updated, err := q.UpdateDocument(ctx, sqlcgen.UpdateDocumentParams{
			DocID: doc.ID, Description: doc.Description, ReadMode: string(doc.Reader.Mode), DownloadAllowed: doc.Reader.Download,
			FullRead: doc.Reader.FullRead, ChecksumRequired: doc.Reader.ChecksumRequired, Seen: doc.UpdatedAt,
		})
		if err != nil {
			return err
		}
		if updated == 0 {
			return domain.ErrRevisionConflict
		}
		return post(ctx, q, out)
	})
}

// Revision is a document as one of its revisions fixed it: its content, and nothing else of today but id, reference and how it is read.
func (d Documents) Revision(ctx context.Context, docID string, number int) (domain.Document, error) {
	current, err := d.Document(ctx, docID)
	if err != nil {
		return current, err
	}
	row, err := d.queries().GetRevision(ctx, sqlcgen.GetRevisionParams{DocID: docID, Revision: int32(number)}) //nolint:gosec // at most a million
	if err != nil {
		return domain.Document{}, found(err, domain.ErrRevisionNotFound)
	}
	fixed := revision(row).Document
	fixed.Reference, fixed.Reader, fixed.CreatedBy, fixed.DeletedAt = current.Reference, current.Reader, current.CreatedBy, current.DeletedAt
	return fixed, nil
}

// numberCursor is a place in a list that is sorted by a number, the largest first.
type numberCursor struct {
	Number int64 `json:"n"`
}

// Revisions lists every content that a document had, the newest first.
func (d Documents) Revisions(ctx context.Context, docID string, page domain.PageRequest) (domain.Page[documents.Revision], error) {
	after := numberCursor{Number: math.MaxInt32}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[documents.Revision]{}, err
	}
	rows, err := d.queries().ListRevisions(ctx, sqlcgen.ListRevisionsParams{
		DocID: docID, Before: int32(min(after.Number, math.MaxInt32)), MaxRows: maxRows(page), //nolint:gosec // bounded
	})
	return domain.NewPage(mapAll(rows, func(r sqlcgen.ListRevisionsRow) documents.Revision {
		return documents.Revision{Revision: revision(r.DocumentRevision), Author: r.Author, Signatures: int(r.Signatures)}
	}), page.Limit, func(r documents.Revision) any { return numberCursor{int64(r.Document.Revision)} }), translate(err)
}

// timeCursor is a place in a list that is sorted by time, the newest first.
type timeCursor struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// farFuture is later than everything, so that a first page begins at the newest.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// maxRows is one more than the page holds, so that one knows whether there is another.
func maxRows(page domain.PageRequest) int32 { return int32(min(page.Limit, 100)) + 1 } //nolint:gosec // at most 101

func mapAll[From, To any](rows []From, convert func(From) To) []To {
	out := make([]To, len(rows))
	for i, row := range rows {
		out[i] = convert(row)
	}
	return out
}

func document(row sqlcgen.GetDocumentRow) domain.Document {
	d := row.Document
	doc := domain.Document{
		ID: d.DocID, Reference: domain.Reference(d.Reference), Title: d.Title, URL: d.Url,
		Description: d.Description, Checksum: d.Checksum, ChecksumAlgorithm: d.ChecksumAlgorithm,
		Revision: int(d.Revision), MaterialRevision: int(d.MaterialRevision), CreatedBy: d.CreatedBy,
		DueAt: timeOrZero(d.DueAt), DueReason: d.DueReason,
		CreatedAt: d.CreatedAt.UTC(), UpdatedAt: d.UpdatedAt.UTC(), DeletedAt: timeOrZero(d.DeletedAt),
		Reader: domain.ReaderOptions{
			Mode: domain.ReadMode(d.ReadMode), Download: d.DownloadAllowed, FullRead: d.FullRead, ChecksumRequired: d.ChecksumRequired,
		},
	}
	doc.Signatures = int(row.Signatures)
	doc.Content = content(row.ContentHash, orEmpty(row.FileName), orEmpty(row.MediaType), orEmpty(row.Size))
	return doc
}

func content(hash []byte, fileName, mediaType string, size int64) domain.Content {
	if len(hash) == 0 {
		return domain.Content{}
	}
	return domain.Content{Hash: proof.Hash(hash), Size: size, MediaType: mediaType, FileName: fileName}
}

// revision is a row of document_revisions. Of a revision that is not material, which one was is not known; only that it is another.
func revision(r sqlcgen.DocumentRevision) domain.Revision {
	doc := domain.Document{
		ID: r.DocID, Revision: int(r.Revision), Title: r.Title, URL: r.Url, Checksum: r.Checksum, ChecksumAlgorithm: r.ChecksumAlgorithm,
		Content: content(r.ContentHash, r.FileName, r.MediaType, r.Size),
	}
	if r.Material {
		doc.MaterialRevision = doc.Revision
	}
	return domain.Revision{Document: doc, CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt.UTC(), Seq: r.Seq}
}

func timeOrZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func orEmpty[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
