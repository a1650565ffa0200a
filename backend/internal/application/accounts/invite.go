package accounts

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const invitationValid = 7 * 24 * time.Hour

// InviteInput is whom an admin invites.
type InviteInput struct {
	Email string
	Name  string // may be ""
	Role  string // "": signer
}

// Invite makes an invitation; token is what its link holds.
func (s Service) Invite(ctx context.Context, by domain.User, token string, in InviteInput) (domain.Invitation, error) {
	if by.Role != domain.RoleAdmin {
		return domain.Invitation{}, domain.ErrForbidden
	}
	email, err := domain.ParseEmail(in.Email)
	if err != nil {
		return domain.Invitation{}, err
	}
	role, err := domain.ParseRole(in.Role)
	if err != nil {
		return domain.Invitation{}, err
	}
	name := strings.TrimSpace(in.Name)
	if name != "" {
		if name, err = domain.ParseName(name); err != nil {
			return domain.Invitation{}, err
		}
	}
	_, _, err = s.Repository.UserByEmail(ctx, email)
	if !errors.Is(err, ErrUserNotFound) {
		return domain.Invitation{}, either(err, ErrInvitee)
	}
	return s.Repository.Invite(ctx, hash(token), by, domain.Invitation{
		Email: email, Name: name, Role: role, CreatedAt: s.now(), ExpiresAt: s.now().Add(invitationValid),
	})
}

// LookUp says whom an invitation is for.
func (s Service) LookUp(ctx context.Context, token string) (domain.Invitation, error) {
	return s.Repository.Invitation(ctx, hash(token), s.now())
}

// Accept makes the invited person's account; whoever holds the link is that person.
func (s Service) Accept(ctx context.Context, token string, p Profile) (domain.User, error) {
	invitation, err := s.LookUp(ctx, token)
	if err != nil {
		return domain.User{}, err
	}
	p.Email = string(invitation.Email)
	made, err := s.newUser(ctx, p, invitation.Role)
	if err != nil {
		return domain.User{}, err
	}
	user, err := s.Repository.Accept(ctx, hash(token), s.now(), func(i domain.Invitation) NewUser {
		made.Email, made.Role = i.Email, s.roleOf(i.Email, i.Role)
		return made
	})
	if err != nil {
		return domain.User{}, err
	}
	return s.enter(ctx, user)
}

// Invitations lists the open ones, for admins and auditors.
func (s Service) Invitations(ctx context.Context, by domain.User, page domain.PageRequest) (domain.Page[domain.Invitation], error) {
	if !by.Role.MayReadEverything() {
		return domain.Page[domain.Invitation]{}, domain.ErrForbidden
	}
	return s.Repository.Invitations(ctx, s.now(), page)
}

// Withdraw ends an open invitation.
func (s Service) Withdraw(ctx context.Context, by domain.User, id string) error {
	if by.Role != domain.RoleAdmin {
		return domain.ErrForbidden
	}
	ended, err := s.Repository.Withdraw(ctx, id, s.now())
	if err == nil && !ended {
		return ErrInvitationNotFound
	}
	return err
}
