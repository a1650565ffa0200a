package postgres

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/ackify/ackify/backend/internal/application/erasure"
	"github.com/ackify/ackify/backend/internal/application/ledger"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Erasures keeps requests to be forgotten, and carries them out when its pool is that of the migrations' role.
type Erasures struct{ DB }

// Known tells whether anything is about an address, and whether it is the only active administrator's.
func (e Erasures) Known(ctx context.Context, email domain.Email) (known, lastAdmin bool, err error) {
	row, err := e.queries().PersonIsKnown(ctx, string(email))
	return row.Known, row.LastAdmin, translate(err)
}

// Add fails with erasure.ErrAlreadyRequested.
func (e Erasures) Add(
	ctx context.Context, email domain.Email, reason string, by domain.User, at time.Time, out domain.Outbox,
) (erasure.Request, error) {
	admin, err := uuid.Parse(by.ID)
	if err != nil {
		return erasure.Request{}, err
	}
	var id uuid.UUID
	err = e.inTx(ctx, func(q *sqlcgen.Queries) error {
		id, err = q.AddErasureRequest(ctx, sqlcgen.AddErasureRequestParams{
			Email: string(email), Reason: reason, RequestedBy: admin, Now: at,
		})
		if constraint(err) == "erasure_requests_open" {
			return erasure.ErrAlreadyRequested.Because(err)
		}
		if err != nil {
			return err
		}
		for i := range out.Audit {
			out.Audit[i].SubjectID = id.String()
		}
		return post(ctx, q, out)
	})
	return erasure.Request{
		ID: id.String(), Email: string(email), Reason: reason, State: erasure.Open, RequestedAt: at, RequestedBy: by.Name,
	}, err
}

// List returns requests, the newest first.
func (e Erasures) List(ctx context.Context, page domain.PageRequest) (domain.Page[erasure.Request], error) {
	after := timeCursor{At: farFuture, ID: uuid.Max.String()}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[erasure.Request]{}, err
	}
	before, err := uuid.Parse(after.ID)
	if err != nil {
		return domain.Page[erasure.Request]{}, domain.ErrBadCursor.Because(err)
	}
	rows, err := e.queries().ListErasureRequests(ctx, sqlcgen.ListErasureRequestsParams{
		Before: after.At, BeforeID: before, MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, func(r sqlcgen.ListErasureRequestsRow) erasure.Request {
		return erasureRequest(r.ErasureRequest, r.RequestedByName)
	}), page.Limit, func(r erasure.Request) any { return timeCursor{At: r.RequestedAt, ID: r.ID} }), translate(err)
}

// OpenRequests lists those to carry out, the oldest first.
func (e Erasures) OpenRequests(ctx context.Context) ([]erasure.Request, error) {
	rows, err := e.queries().OpenErasureRequests(ctx)
	return mapAll(rows, func(r sqlcgen.OpenErasureRequestsRow) erasure.Request {
		return erasureRequest(r.ErasureRequest, r.RequestedByName)
	}), translate(err)
}

// Withdraw tells whether there was such an open request.
func (e Erasures) Withdraw(ctx context.Context, id string, at time.Time, out domain.Outbox) (withdrawn bool, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return false, erasure.ErrNotFound.Because(err)
	}
	err = e.inTx(ctx, func(q *sqlcgen.Queries) error {
		changed, err := q.WithdrawErasureRequest(ctx, sqlcgen.WithdrawErasureRequestParams{ID: key, Now: at})
		if withdrawn = changed > 0; err != nil || !withdrawn {
			return err
		}
		return post(ctx, q, out)
	})
	return withdrawn, err
}

func erasureRequest(r sqlcgen.ErasureRequest, by string) erasure.Request {
	request := erasure.Request{
		ID: r.ID.String(), Email: r.Email, Reason: r.Reason, State: erasure.Open, RequestedAt: r.RequestedAt.UTC(), RequestedBy: by,
		CompletedAt: timeOrZero(r.CompletedAt), Entries: int(orEmpty(r.Entries)),
	}
	switch {
	case r.CompletedAt != nil:
		request.State = erasure.Completed
	case r.WithdrawnAt != nil:
		request.State = erasure.Withdrawn
	}
	return request
}

// maxErased is how many entries one `erased` entry names at most.
const maxErased = 1000

// Erase erases a person; see erasure.Store.
func (e Erasures) Erase(
	ctx context.Context, email domain.Email, at time.Time, build func(ledger.Tail, []int64) (ledger.Batch, error),
) (erased int, err error) {
	for left := true; left && err == nil; {
		err = pgx.BeginFunc(ctx, e.Pool, func(tx pgx.Tx) error {
			q := sqlcgen.New(tx)
			run, err := nextErased(ctx, q, email)
			if err != nil {
				return err
			}
			if left = len(run) > maxErased; left {
				run = run[:maxErased]
			}
			if err := eraseRun(ctx, tx, run, build); err != nil {
				return err
			}
			if erased += len(run); left {
				return nil
			}
			if err := q.ErasePerson(ctx, sqlcgen.ErasePersonParams{Address: string(email), Entries: int32(erased), At: at}); err != nil { //nolint:gosec // a person signs less
				return err
			}
			event := domain.Act(ctx, at, domain.ActErased, nil).On(domain.SubjectUser, "", "erased").With("entries", strconv.Itoa(erased))
			return post(ctx, q, domain.Note(event))
		})
	}
	return erased, appendError(err)
}

// nextErased finds the entries about a person, while nobody else appends.
func nextErased(ctx context.Context, q *sqlcgen.Queries, email domain.Email) ([]int64, error) {
	if err := q.NoTimeout(ctx); err != nil {
		return nil, err
	}
	if err := q.Wait(ctx); err != nil {
		return nil, err
	}
	var userID *string
	user, err := q.GetUserByEmail(ctx, string(email))
	switch {
	case err == nil:
		id := user.ID.String()
		userID = &id
	case !isNoRows(err):
		return nil, err
	}
	return q.EntriesAbout(ctx, sqlcgen.EntriesAboutParams{Email: string(email), UserID: userID})
}

func eraseRun(ctx context.Context, tx pgx.Tx, run []int64, build func(ledger.Tail, []int64) (ledger.Batch, error)) error {
	if len(run) == 0 {
		return nil
	}
	q := sqlcgen.New(tx)
	tail, err := readTail(ctx, q)
	if err != nil {
		return err
	}
	b, err := build(tail, run)
	if err != nil {
		return err
	}
	if err := send(ctx, tx, b); err != nil {
		return err
	}
	return q.EraseEntries(ctx, run)
}

var (
	_ erasure.Repository = Erasures{}
	_ erasure.Store      = Erasures{}
)
