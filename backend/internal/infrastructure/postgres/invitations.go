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
	ctx context.Context, tokenHash [32]byte, by domain.User, i domain.Invitation,
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
		made = invitation(row)
		return err
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

// Accept makes the user that the invitation is for.
func (a Accounts) Accept(
	ctx context.Context, tokenHash [32]byte, now time.Time, make func(domain.Invitation) accounts.NewUser,
) (made domain.User, err error) {
	err = a.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.FindOpenInvitation(ctx, sqlcgen.FindOpenInvitationParams{TokenHash: tokenHash[:], Now: now})
		if err != nil {
			return found(err, accounts.ErrInvitationToken)
		}
		if made, err = createUser(ctx, q, make(invitation(row.Invitation))); err != nil {
			return err
		}
		return q.AcceptInvitation(ctx, sqlcgen.AcceptInvitationParams{ID: row.Invitation.ID, Now: now})
	})
	return made, err
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
func (a Accounts) Withdraw(ctx context.Context, id string, now time.Time) (bool, error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return false, nil //nolint:nilerr // what is no id names no invitation
	}
	ended, err := a.queries().EndInvitation(ctx, sqlcgen.EndInvitationParams{ID: key, Now: now})
	return ended > 0, translate(err)
}

func invitation(row sqlcgen.Invitation) domain.Invitation {
	return domain.Invitation{
		ID: row.ID.String(), Email: domain.Email(row.Email), Name: row.Name, Role: domain.Role(row.Role),
		CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
	}
}
