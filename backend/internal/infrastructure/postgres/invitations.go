package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Invite replaces an open invitation of the same address.
func (a Accounts) Invite(
	ctx context.Context, tokenHash [32]byte, by domain.User, i domain.Invitation, out domain.Outbox,
) (made domain.Invitation, err error) {
	inviter, err := uuid.Parse(by.ID)
	if err != nil {
		return made, err
	}
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.EndInvitationsOf(ctx, sqlcgen.EndInvitationsOfParams{Email: string(i.Email), Now: i.CreatedAt}); err != nil {
			return err
		}
		row, err := q.AddInvitation(ctx, sqlcgen.AddInvitationParams{
			TokenHash: tokenHash[:], Email: string(i.Email), Name: i.Name, Role: string(i.Role), InvitedBy: inviter,
			CreatedAt: i.CreatedAt, ExpiresAt: i.ExpiresAt,
		})
		if err != nil {
			return err
		}
		made = invitation(row)
		return post(ctx, q, out)
	})
	return made, err
}

// Invitation fails with accounts.ErrInvitationToken.
func (a Accounts) Invitation(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Invitation, error) {
	row, err := a.queries().FindOpenInvitation(ctx, sqlcgen.FindOpenInvitationParams{TokenHash: tokenHash[:], Now: now})
	open := invitation(row.Invitation)
	open.InvitedBy = row.Inviter
	return open, found(err, accounts.ErrInvitationToken)
}

// Invitations lists the open ones, the newest first.
func (a Accounts) Invitations(
	ctx context.Context, now time.Time, page domain.PageRequest,
) (domain.Page[domain.Invitation], error) {
	after := timeCursor{At: farFuture, ID: uuid.Max.String()}
	if err := domain.DecodeCursor(page.Cursor, &after); err != nil {
		return domain.Page[domain.Invitation]{}, err
	}
	before, err := uuid.Parse(after.ID)
	if err != nil {
		return domain.Page[domain.Invitation]{}, domain.ErrBadCursor.Because(err)
	}
	rows, err := a.queries().ListOpenInvitations(ctx, sqlcgen.ListOpenInvitationsParams{
		Now: now, Before: after.At, BeforeID: before, MaxRows: maxRows(page),
	})
	return domain.NewPage(mapAll(rows, invitation), page.Limit, func(i domain.Invitation) any {
		return timeCursor{At: i.CreatedAt, ID: i.ID}
	}), translate(err)
}

// Withdraw tells whether there was such an open invitation.
func (a Accounts) Withdraw(ctx context.Context, id string, now time.Time, out func(domain.Email) domain.Outbox) (ended bool, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return false, nil //nolint:nilerr // what is no id names no invitation
	}
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		email, err := q.EndInvitation(ctx, sqlcgen.EndInvitationParams{ID: key, Now: now})
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		ended = true
		if _, err := cancelEmails(ctx, q, domain.SubjectInvitation, email, now); err != nil {
			return err
		}
		return post(ctx, q, out(domain.Email(email)))
	})
	return ended, err
}

func invitation(row sqlcgen.Invitation) domain.Invitation {
	return domain.Invitation{
		ID: row.ID.String(), Email: domain.Email(row.Email), Name: row.Name, Role: domain.Role(row.Role),
		CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}
}
