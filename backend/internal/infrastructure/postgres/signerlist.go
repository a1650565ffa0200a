package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/signers"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// signerOrder is a way in which people are listed. Ties are broken by id, in the same direction.
type signerOrder struct {
	asked      string // the key of somebody who is or was asked; %s is the document's deadline
	unexpected string // a column of unexpected_signers, which has an index for it; "": they are not listed so
	descending bool
}

var signerOrders = map[string]signerOrder{
	"email":     {asked: "e.email::text", unexpected: "email"},
	"name":      {asked: "lower(coalesce(nullif(e.name, ''), u.name, ''))"},
	"dueAt":     {asked: "coalesce(e.due_at, %s::timestamptz, 'infinity')"},
	"-addedAt":  {asked: "e.added_at", descending: true},
	"-signedAt": {asked: "coalesce(e.signed_at, '-infinity')", unexpected: "signed_at", descending: true},
}

const defaultSignerOrder = "email"

// signerCursor is a place in a list of people: after whom, whose key is looked up. It belongs to one list and order.
type signerCursor struct {
	List  string `json:"l"`
	Order string `json:"o"`
	ID    int64  `json:"id"`
}

// List is a page of people. The query is put together of what the filter asks for; see Documents.List.
func (s Signers) List(
	ctx context.Context, d domain.Document, f signers.Filter, page domain.PageRequest,
) (domain.Page[signers.Listed], error) {
	order, known := signerOrders[f.Sort]
	if !known || f.List == signers.ListUnexpected && order.unexpected == "" {
		f.Sort, order = defaultSignerOrder, signerOrders[defaultSignerOrder]
	}
	after := signerCursor{}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[signers.Listed]{}, err
	}
	if page.Cursor != "" && (after.Order != f.Sort || after.List != f.List) {
		return domain.Page[signers.Listed]{}, domain.ErrBadCursor
	}
	q := signerQuery{document: d, filter: f, order: order, page: page, after: after.ID}
	read := q.asked
	if f.List == signers.ListUnexpected {
		read = q.unexpected
	}
	sql := read()
	items, err := s.listed(ctx, d, f, sql, q.args)
	return domain.NewPage(items, page.Limit, func(l signers.Listed) any { return signerCursor{List: f.List, Order: f.Sort, ID: l.ID} }), err
}

// One is a person of a document; it fails with domain.ErrSignerNotFound.
func (s Signers) One(ctx context.Context, d domain.Document, email domain.Email, now time.Time) (signers.Listed, error) {
	q := signerQuery{document: d, filter: signers.Filter{List: signers.ListAll, Now: now}, order: signerOrders[defaultSignerOrder], page: domain.PageRequest{Limit: 1}}
	q.where = append(q.where, "e.email = "+q.bind(string(email)))
	items, err := s.listed(ctx, d, q.filter, q.asked(), q.args)
	if err == nil && len(items) == 0 {
		err = domain.ErrSignerNotFound
	}
	if err != nil {
		return signers.Listed{}, err
	}
	return items[0], nil
}

func (s Signers) listed(ctx context.Context, d domain.Document, f signers.Filter, sql string, args []any) ([]signers.Listed, error) {
	rows, err := s.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, translate(err)
	}
	items, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (signers.Listed, error) { return scanSigner(row, d, f) })
	return items, translate(err)
}

// signerQuery puts a query together.
type signerQuery struct {
	document domain.Document
	filter   signers.Filter
	order    signerOrder
	page     domain.PageRequest
	after    int64 // id of whoever ends the page before; 0: the first page
	args     []any
	where    []string
}

func (q *signerQuery) bind(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *signerQuery) add(condition string) { q.where = append(q.where, condition) }

// rows limits the query to a page, and one more to know whether there is another.
func (q *signerQuery) rows() string {
	direction := ""
	if q.order.descending {
		direction = " DESC"
	}
	return fmt.Sprintf("ORDER BY key%s, id%s LIMIT %d", direction, direction, q.page.Limit+1)
}

// begin lets the page begin after whoever ended the one before; from says where their key is.
func (q *signerQuery) begin(key, id, from string) {
	if q.after == 0 {
		return
	}
	sign := ">"
	if q.order.descending {
		sign = "<"
	}
	q.add(fmt.Sprintf("(%s, %s) %s (SELECT %s, %s %s WHERE e.id = %s)", key, id, sign, key, id, from, q.bind(q.after)))
}

// askedColumns are those of somebody who is or was asked, and of their last reminder.
const askedColumns = `e.id, e.email::text, coalesce(nullif(e.name, ''), e.account, ''), coalesce(e.notes, ''), e.added_at, e.due_at, e.due_reason, e.muted,
	e.withdrawn_at, e.signed_revision, e.signed_at, coalesce(b.name, ''), coalesce(g.name, ''),
	(SELECT count(*) FROM reminder_logs l WHERE l.doc_id = e.doc_id AND l.recipient_email = e.email AND l.status = 'sent'),
	l.id, l.template_used, l.status, l.queued_at, l.sent_at, coalesce(lb.name, ''), l.automatic, coalesce(l.error_message, ''), l.email_id`

// asked lists those who are or were asked. What is shown of them is only looked up for those on the page.
func (q *signerQuery) asked() string {
	q.add("e.doc_id = " + q.bind(q.document.ID))
	switch q.filter.List {
	case signers.ListAll:
	case signers.ListWithdrawn:
		q.add("e.withdrawn_at IS NOT NULL")
	case signers.ListSigned:
		q.add("e.withdrawn_at IS NULL AND e.signed_revision >= " + q.bind(q.document.MaterialRevision) + "::int")
	case signers.ListMissing:
		q.add("e.withdrawn_at IS NULL AND e.signed_revision < " + q.bind(q.document.MaterialRevision) + "::int")
	case signers.ListOverdue:
		q.add("e.withdrawn_at IS NULL AND e.signed_revision < " + q.bind(q.document.MaterialRevision) + "::int")
		q.add("coalesce(e.due_at, " + q.bind(optionalTime(q.document.DueAt)) + "::timestamptz) < " + q.bind(q.filter.Now))
	default:
		q.add("e.withdrawn_at IS NULL")
	}
	if words := pattern(q.page.Query); words != "" {
		q.add(fmt.Sprintf("(e.email ILIKE %[1]s OR e.name ILIKE %[1]s OR u.name ILIKE %[1]s)", q.bind(words)))
	}
	const from = "FROM expected_signers e LEFT JOIN users u ON u.email = e.email"
	key := q.order.asked
	if strings.Contains(key, "%s") {
		key = fmt.Sprintf(key, q.bind(optionalTime(q.document.DueAt)))
	}
	q.begin(key, "e.id", from)
	return fmt.Sprintf(`SELECT %s FROM (SELECT e.*, u.name AS account, %s AS key %s WHERE %s %s) e
		LEFT JOIN users b ON b.id = CASE WHEN pg_input_is_valid(e.added_by, 'uuid') THEN e.added_by::uuid END
		LEFT JOIN signer_groups g ON g.id = e.group_id
		LEFT JOIN LATERAL (
			SELECT * FROM reminder_logs WHERE doc_id = e.doc_id AND recipient_email = e.email ORDER BY id DESC LIMIT 1
		) l ON true
		LEFT JOIN users lb ON lb.id = CASE WHEN pg_input_is_valid(l.sent_by, 'uuid') THEN l.sent_by::uuid END
		%s`, askedColumns, key, from, strings.Join(q.where, " AND "), q.rows(), outerOrder(q.order))
}

func outerOrder(o signerOrder) string {
	if o.descending {
		return "ORDER BY e.key DESC, e.id DESC"
	}
	return "ORDER BY e.key, e.id"
}

// unexpected lists those whose signature counts and who were not asked. Each revision's people are read in the order of the list, until there are
// enough, and what is shown of them is only looked up for those on the page.
func (q *signerQuery) unexpected() string {
	key, direction, sign := q.order.unexpected, "", ">"
	if q.order.descending {
		direction, sign = " DESC", "<"
	}
	doc, material := q.bind(q.document.ID), q.bind(q.document.MaterialRevision)
	from := "unexpected_signers p"
	q.add("p.doc_id = c.doc_id AND p.revision = c.revision")
	if words := pattern(q.page.Query); words != "" {
		from += " JOIN signatures s ON s.id = p.signature_id LEFT JOIN users u ON u.email = p.email"
		q.add(fmt.Sprintf("(p.email ILIKE %[1]s OR coalesce(nullif(u.name, ''), s.user_name) ILIKE %[1]s)", q.bind(words)))
	}
	if q.after > 0 {
		after := map[string]string{"email": "user_email", "signed_at": "signed_at"}[key]
		q.add(fmt.Sprintf("(p.%s, p.signature_id) %s ((SELECT %s FROM signatures WHERE id = %[4]s), %[4]s)", key, sign, after, q.bind(q.after)))
	}
	order := fmt.Sprintf("ORDER BY %s%[2]s, signature_id%[2]s LIMIT %d", key, direction, q.page.Limit+1)
	return fmt.Sprintf(`SELECT e.signature_id, e.email::text, coalesce(nullif(u.name, ''), s.user_name, ''), '', NULL::timestamptz, NULL::timestamptz, '', false,
		NULL::timestamptz, e.revision, e.signed_at, '', '', 0::bigint, NULL::bigint, NULL::text, NULL::text, NULL::timestamptz, NULL::timestamptz, '',
		NULL::boolean, '', NULL::bigint
		FROM (
			SELECT t.* FROM signature_counts c CROSS JOIN LATERAL (SELECT p.* FROM %s WHERE %s %[3]s) t
			WHERE c.doc_id = %[4]s AND c.revision >= %[5]s::int AND c.unexpected > 0 %[3]s
		) e
		JOIN signatures s ON s.id = e.signature_id
		LEFT JOIN users u ON u.email = e.email
		ORDER BY e.%[6]s%[7]s, e.signature_id%[7]s`, from, strings.Join(q.where, " AND "), order, doc, material, key, direction)
}

func scanSigner(row pgx.CollectableRow, d domain.Document, f signers.Filter) (signers.Listed, error) {
	var e sqlcgen.ExpectedSigner
	var notes, by, group, sentBy, reminderError string
	var addedAt *time.Time
	var reminders int64
	var last struct {
		id, emailID      *int64
		template, status *string
		queuedAt, sentAt *time.Time
		automatic        *bool
	}
	err := row.Scan(
		&e.ID, &e.Email, &e.Name, &notes, &addedAt, &e.DueAt, &e.DueReason, &e.Muted, &e.WithdrawnAt, &e.SignedRevision, &e.SignedAt, &by, &group,
		&reminders, &last.id, &last.template, &last.status, &last.queuedAt, &last.sentAt, &sentBy, &last.automatic, &reminderError, &last.emailID,
	)
	if err != nil {
		return signers.Listed{}, err
	}
	e.DocID, e.Notes = d.ID, &notes
	listed := signers.Listed{ExpectedSigner: expectedSigner(e), AddedByName: by, Group: group, Reminders: int(reminders)}
	listed.AddedAt = timeOrZero(addedAt)
	if last.id != nil {
		listed.LastReminder = &signers.Reminder{
			ID: *last.id, Template: orEmpty(last.template), Status: orEmpty(last.status), QueuedAt: timeOrZero(last.queuedAt),
			By: sentBy, Automatic: orEmpty(last.automatic), Error: reminderError, EmailID: orEmpty(last.emailID),
		}
		if listed.LastReminder.Status == "sent" || listed.LastReminder.Status == "bounced" {
			listed.LastReminder.SentAt = timeOrZero(last.sentAt)
		}
	}
	if f.List == signers.ListUnexpected {
		listed.State = domain.SignerUnexpected
		return listed, nil
	}
	listed.Deadline, listed.State = listed.ExpectedSigner.Deadline(d), listed.ExpectedSigner.State(d, f.Now)
	return listed, nil
}
