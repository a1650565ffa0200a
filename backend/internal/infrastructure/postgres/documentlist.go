package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/documents"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// documentOrder is a way in which documents are listed. Ties are broken by doc_id, in the same direction.
type documentOrder struct {
	column     string // an expression with an index of its own
	descending bool
	timed      bool // the column is a time, not a text
}

var documentOrders = map[string]documentOrder{
	"createdAt": {column: "d.created_at", timed: true}, "-createdAt": {column: "d.created_at", timed: true, descending: true},
	"updatedAt": {column: "d.updated_at", timed: true}, "-updatedAt": {column: "d.updated_at", timed: true, descending: true},
	"title": {column: "lower(d.title)"}, "-title": {column: "lower(d.title)", descending: true},
}

const defaultOrder = "-createdAt"

// documentCursor is a place in a list of documents. It belongs to one order.
type documentCursor struct {
	Order string    `json:"o"`
	At    time.Time `json:"at,omitzero"`
	ID    string    `json:"id"`
}

// List holds documents as a filter wants them. The query is put together of what the filter asks for, so that PostgreSQL has a plan for just
// that, by the index of its order or of its words; a query that allowed for everything would have the plan of none.
func (d Documents) List(ctx context.Context, filter documents.Filter, page domain.PageRequest) (domain.Page[documents.Listed], error) {
	name := filter.Sort
	order, known := documentOrders[name]
	if !known {
		name, order = defaultOrder, documentOrders[defaultOrder]
	}
	after := documentCursor{}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[documents.Listed]{}, err
	}
	if page.Cursor != "" && after.Order != name {
		return domain.Page[documents.Listed]{}, domain.ErrBadCursor
	}
	sql, args := documentQuery(filter, order, after, page)
	if pattern(page.Query) != "" || filter.Author != "" {
		// Whether to go by order, by words or by author depends on which: a plan that is kept would be wrong for some.
		args = append([]any{pgx.QueryExecModeCacheDescribe}, args...)
	}
	rows, err := d.Pool.Query(ctx, sql, args...)
	if err != nil {
		return domain.Page[documents.Listed]{}, translate(err)
	}
	defer rows.Close()
	var items []documents.Listed
	for rows.Next() {
		var row listedRow
		if err := rows.Scan(row.columns()...); err != nil {
			return domain.Page[documents.Listed]{}, translate(err)
		}
		items = append(items, row.listed())
	}
	if err := rows.Err(); err != nil {
		return domain.Page[documents.Listed]{}, translate(err)
	}
	return domain.NewPage(items, page.Limit, func(d documents.Listed) any {
		cursor := documentCursor{Order: name, ID: d.ID}
		switch {
		case !order.timed: // the title is looked up: it may be longer than a cursor
		case order.column == "d.updated_at":
			cursor.At = d.UpdatedAt
		default:
			cursor.At = d.CreatedAt
		}
		return cursor
	}), nil
}

func documentQuery(filter documents.Filter, order documentOrder, after documentCursor, page domain.PageRequest) (sql string, args []any) {
	var where []string
	bind := func(condition string, values ...any) {
		places := make([]any, len(values))
		for i, v := range values {
			args = append(args, v)
			places[i] = fmt.Sprintf("$%d", len(args))
		}
		where = append(where, fmt.Sprintf(condition, places...))
	}
	args = append(args, filter.Now)
	switch filter.State {
	case "overdue":
		where = append(where, "d.deleted_at IS NULL AND x.missing > 0 AND (d.due_at < $1 AND x.missing > "+ownDeadlines+" OR EXISTS "+lateOnTheirOwn+")")
	case "deleted":
		bind("d.deleted_at IS NOT NULL")
	case "changed":
		bind("d.deleted_at IS NULL AND d.url <> '' AND EXISTS (SELECT FROM document_remotes m WHERE m.doc_id = d.doc_id AND m.state = 'changed')")
	default:
		bind("d.deleted_at IS NULL")
	}
	switch filter.Source {
	case "url":
		bind("d.url <> ''")
	case "file":
		bind("d.url = '' AND r.content_hash IS NOT NULL")
	case "reference":
		bind("d.url = '' AND r.content_hash IS NULL")
	}
	if filter.Author != "" {
		bind("d.created_by = %s", filter.Author)
	}
	if words := pattern(page.Query); words != "" {
		bind("(d.title ILIKE %[1]s OR d.reference ILIKE %[1]s) AND weigh(d.doc_id)", words)
	}
	direction, sign := "", ">"
	if order.descending {
		direction, sign = " DESC", "<"
	}
	if page.Cursor != "" {
		if order.timed {
			bind("("+order.column+", d.doc_id) "+sign+" (%s, %s)", after.At, after.ID)
		} else {
			bind("("+order.column+", d.doc_id) "+sign+" ((SELECT lower(title) FROM documents WHERE doc_id = %[1]s), %[1]s)", after.ID)
		}
	}
	args = append(args, string(filter.Reader))
	reader := fmt.Sprintf("$%d", len(args))
	// Planning would take longer than reading. The limit is a part of the text: with a parameter PostgreSQL expects to read a tenth of all, and
	// plans anew each time, to know better. OFFSET 0 keeps it from weighing other ways of joining than this one, a row for each row.
	return fmt.Sprintf("SELECT %s FROM documents d LEFT JOIN LATERAL (SELECT * FROM document_revisions WHERE doc_id = d.doc_id "+
		"AND revision = d.revision OFFSET 0) r ON true LEFT JOIN LATERAL (SELECT * FROM document_remotes WHERE doc_id = d.doc_id OFFSET 0) m "+
		"ON true LEFT JOIN LATERAL (SELECT coalesce(sum(expected), 0)::bigint AS expected, "+
		"coalesce(sum(expected) FILTER (WHERE revision < d.material_revision), 0)::bigint AS missing, "+
		"coalesce(sum(signatures) FILTER (WHERE revision >= d.material_revision), 0)::bigint AS signatures "+
		"FROM signature_counts WHERE doc_id = d.doc_id OFFSET 0) x ON true LEFT JOIN LATERAL (SELECT * FROM expected_signers "+
		"WHERE doc_id = d.doc_id AND email = %s AND withdrawn_at IS NULL OFFSET 0) me ON true WHERE %s ORDER BY %s%s, d.doc_id%s LIMIT %d",
		documentSelection, reader, strings.Join(where, " AND "), order.column, direction, direction, maxRows(page)), args
}

// documentSelection names the columns that listedRow reads.
const documentSelection = "d.doc_id, d.title, d.url, d.checksum, d.checksum_algorithm, d.description, d.created_at, d.updated_at, d.created_by, " +
	"d.reference, d.revision, d.deleted_at, d.material_revision, d.read_mode, d.download_allowed, d.full_read, d.checksum_required, " +
	"r.content_hash, r.file_name, r.media_type, r.size, " +
	"x.signatures, " +
	"m.state, m.problem, m.found_checksum, m.recheck, m.checked_at, d.due_at, d.due_reason, x.expected, x.missing, " +
	"CASE WHEN x.missing = 0 THEN 0 ELSE (SELECT count(*) FROM " + lateOnTheirOwn + " late) + CASE WHEN d.due_at < $1 THEN x.missing - " + ownDeadlines +
	" ELSE 0 END END, me.id IS NOT NULL, coalesce(me.due_at, d.due_at)"

// Of the missing, those with a deadline of their own are counted: the others are all overdue with the document, or none is. $1 is now.
const (
	missingOnTheirOwn = "SELECT FROM expected_signers e WHERE e.doc_id = d.doc_id AND e.withdrawn_at IS NULL AND e.signed_revision < d.material_revision AND e.due_at "
	ownDeadlines      = "(SELECT count(*) FROM (" + missingOnTheirOwn + "IS NOT NULL) own)"
	lateOnTheirOwn    = "(" + missingOnTheirOwn + "< $1)"
)

// listedRow is a row of a list.
type listedRow struct {
	sqlcgen.GetDocumentRow
	state, problem, found *string
	recheck               *bool
	checkedAt             *time.Time
	expected, missing     int64
	overdue               int64
	asked                 bool
	due                   *time.Time
}

func (r *listedRow) columns() []any {
	d := &r.Document
	return []any{
		&d.DocID, &d.Title, &d.Url, &d.Checksum, &d.ChecksumAlgorithm, &d.Description, &d.CreatedAt, &d.UpdatedAt, &d.CreatedBy,
		&d.Reference, &d.Revision, &d.DeletedAt, &d.MaterialRevision, &d.ReadMode, &d.DownloadAllowed, &d.FullRead, &d.ChecksumRequired,
		&r.ContentHash, &r.FileName, &r.MediaType, &r.Size, &r.Signatures,
		&r.state, &r.problem, &r.found, &r.recheck, &r.checkedAt, &d.DueAt, &d.DueReason, &r.expected, &r.missing, &r.overdue, &r.asked, &r.due,
	}
}

func (r *listedRow) listed() documents.Listed {
	listed := documents.Listed{Document: document(r.GetDocumentRow), Expectation: expectation(r.expected, r.missing, r.asked, r.due), Overdue: int(r.overdue)}
	if r.state != nil && listed.URL != "" {
		found := remote(sqlcgen.DocumentRemote{
			DocID: listed.ID, State: *r.state, Problem: orEmpty(r.problem), FoundChecksum: orEmpty(r.found), Recheck: orEmpty(r.recheck), CheckedAt: r.checkedAt,
		})
		listed.Remote = &found
	}
	return listed
}
