package postgres

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
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
	return document(row), found(err, domain.ErrDocumentNotFound)
}

// timeCursor is a place in a list that is sorted by time, the newest first.
type timeCursor struct {
	At time.Time `json:"at"`
	ID string    `json:"id"`
}

// farFuture is later than everything, so that a first page begins at the newest.
var farFuture = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

// List holds the documents of one author, or of all with author "".
func (d Documents) List(ctx context.Context, author string, page domain.PageRequest) (domain.Page[domain.Document], error) {
	after := timeCursor{At: farFuture}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Document]{}, err
	}
	rows, err := d.queries().ListDocuments(ctx, sqlcgen.ListDocumentsParams{
		Author: author, Before: after.At, BeforeID: after.ID, Pattern: pattern(page.Query), MaxRows: maxRows(page),
	})
	if err != nil {
		return domain.Page[domain.Document]{}, translate(err)
	}
	return domain.NewPage(mapAll(rows, document), page.Limit, func(d domain.Document) any {
		return timeCursor{At: d.CreatedAt, ID: d.ID}
	}), nil
}

// maxRows is one more than the page holds, so that one knows whether there is another.
func maxRows(page domain.PageRequest) int32 { return int32(min(page.Limit, 100)) + 1 } //nolint:gosec // at most 101

func mapAll[From, To any](rows []From, convert func(From) To) []To {
	out := make([]To, len(rows))
	for i, row := range rows {
		out[i] = convert(row)
	}
	return out
}

func document(row sqlcgen.Document) domain.Document {
	return domain.Document{
		ID: row.DocID, Reference: domain.Reference(row.Reference), Title: row.Title, URL: row.Url,
		Description: row.Description, Checksum: row.Checksum, ChecksumAlgorithm: row.ChecksumAlgorithm,
		Revision: int(row.Revision), CreatedBy: row.CreatedBy,
		CreatedAt: row.CreatedAt.UTC(), UpdatedAt: row.UpdatedAt.UTC(), DeletedAt: timeOrZero(row.DeletedAt),
	}
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
