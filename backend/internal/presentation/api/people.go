package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// SetUp makes the first administrator and logs in.
func (s *Server) SetUp(ctx context.Context, in SetUpRequestObject) (SetUpResponseObject, error) {
	user, err := s.Accounts.SetUp(ctx, in.Body.Token, accounts.Profile{
		Email: in.Body.Email, Name: in.Body.Name, Password: in.Body.Password, Locale: string(value(in.Body.Locale)),
	})
	if err != nil {
		return nil, err
	}
	return SetUp201JSONResponse(s.toUser(user)), s.begin(ctx, user, domain.MethodSetup)
}

// begin starts a session of somebody who did not come from an identity provider.
func (s *Server) begin(ctx context.Context, user domain.User, method string) error {
	w, r := middleware.Exchange(ctx)
	return s.Store.LogIn(w, r, user, sessions.Entry{Method: method})
}

// GetMe tells who is logged in.
func (s *Server) GetMe(ctx context.Context, _ GetMeRequestObject) (GetMeResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return GetMe200JSONResponse(s.toUser(session.User)), nil
}

// UpdateMe changes one's name or language.
func (s *Server) UpdateMe(ctx context.Context, in UpdateMeRequestObject) (UpdateMeResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.UpdateProfile(ctx, session.User, in.Body.Name, (*string)(in.Body.Locale))
	if err != nil {
		return nil, err
	}
	return UpdateMe200JSONResponse(s.toUser(user)), nil
}

// ChangePassword changes one's password and ends every other session.
func (s *Server) ChangePassword(ctx context.Context, in ChangePasswordRequestObject) (ChangePasswordResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	err = s.guess(ctx, string(session.User.Email), func() error {
		return s.Accounts.ChangePassword(ctx, session, in.Body.CurrentPassword, in.Body.NewPassword)
	})
	return ChangePassword204Response{}, err
}

// ListUsers lists the people this instance knows.
func (s *Server) ListUsers(ctx context.Context, in ListUsersRequestObject) (ListUsersResponseObject, error) {
	users, err := s.Accounts.Users(ctx, page(in.Params.Limit, in.Params.Cursor, in.Params.Q))
	if err != nil {
		return nil, err
	}
	return ListUsers200JSONResponse{NextCursor: optional(users.NextCursor), Items: mapAll(users.Items, toManagedUser)}, nil
}

// UpdateUser changes somebody's role, or deactivates or reactivates them.
func (s *Server) UpdateUser(ctx context.Context, in UpdateUserRequestObject) (UpdateUserResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.Manage(ctx, &session.User, in.UserId.String(), accounts.ManageInput{
		Role: (*string)(in.Body.Role), Active: in.Body.IsActive,
	})
	if err != nil {
		return nil, err
	}
	return UpdateUser200JSONResponse(toManagedUser(user)), nil
}

// SendPasswordReset lets somebody set a new password.
func (s *Server) SendPasswordReset(
	ctx context.Context, in SendPasswordResetRequestObject,
) (SendPasswordResetResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	over, err := s.Accounts.SendReset(ctx, session.User, in.UserId.String())
	if err != nil {
		return nil, err
	}
	return SendPasswordReset200JSONResponse{Sent: over.URL == "", Url: optional(over.URL), ExpiresAt: Timestamp(over.ExpiresAt)}, nil
}

// Invite makes an invitation; its link is mailed, or in the answer, once.
func (s *Server) Invite(ctx context.Context, in InviteRequestObject) (InviteResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	// Whoever gets the link is the invited person: no token may become somebody who signs.
	if session.Grant == domain.GrantAPIToken && !s.Accounts.Mails.Enabled() {
		return nil, errScope
	}
	invitation, over, err := s.Accounts.Invite(ctx, session.User, accounts.InviteInput{
		Email: in.Body.Email, Name: value(in.Body.Name), Role: string(value(in.Body.Role)),
	})
	if err != nil {
		return nil, err
	}
	made := toInvitation(invitation)
	return Invite201JSONResponse{
		Id: made.Id, Email: made.Email, Name: made.Name, Role: made.Role, CreatedAt: made.CreatedAt, ExpiresAt: made.ExpiresAt,
		Sent: over.URL == "", Url: optional(over.URL),
	}, nil
}

// ListInvitations lists the open invitations.
func (s *Server) ListInvitations(ctx context.Context, in ListInvitationsRequestObject) (ListInvitationsResponseObject, error) {
	open, err := s.Accounts.Invitations(ctx, page(in.Params.Limit, in.Params.Cursor, nil))
	if err != nil {
		return nil, err
	}
	return ListInvitations200JSONResponse{
		NextCursor: optional(open.NextCursor), Items: mapAll(open.Items, toInvitation),
	}, nil
}

// WithdrawInvitation ends an open invitation.
func (s *Server) WithdrawInvitation(
	ctx context.Context, in WithdrawInvitationRequestObject,
) (WithdrawInvitationResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return WithdrawInvitation204Response{}, s.Accounts.Withdraw(ctx, session.User, in.InvitationId.String())
}

// LookUpInvitation says whom an invitation is for.
func (s *Server) LookUpInvitation(ctx context.Context, in LookUpInvitationRequestObject) (LookUpInvitationResponseObject, error) {
	invitation, err := s.Accounts.LookUp(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return LookUpInvitation200JSONResponse{
		Email: string(invitation.Email), Name: invitation.Name, Role: Role(invitation.Role), ExpiresAt: Timestamp(invitation.ExpiresAt),
		InvitedBy: invitation.InvitedBy,
	}, nil
}

// AcceptInvitation makes the invited person's account and logs in.
func (s *Server) AcceptInvitation(ctx context.Context, in AcceptInvitationRequestObject) (AcceptInvitationResponseObject, error) {
	user, err := s.Accounts.Accept(ctx, in.Body.Token, accounts.Profile{
		Name: in.Body.Name, Password: in.Body.Password, Locale: string(value(in.Body.Locale)),
	})
	if err != nil {
		return nil, err
	}
	return AcceptInvitation201JSONResponse(s.toUser(user)), s.begin(ctx, user, domain.MethodInvitation)
}

func (s *Server) toUser(u domain.User) User {
	return User{
		Id: uuid.MustParse(u.ID), Email: string(u.Email), Name: u.Name, Role: Role(u.Role), Locale: Locale(u.Locale),
		CreatedAt: Timestamp(u.CreatedAt), HasPassword: u.HasPassword, NameFromEmail: optional(u.NameFromEmail()), CanCreateDocuments: s.Documents.Creators.Include(u.Role),
	}
}

func toManagedUser(u domain.User) ManagedUser {
	return ManagedUser{
		Id: uuid.MustParse(u.ID), Email: string(u.Email), Name: u.Name, Role: Role(u.Role), Locale: Locale(u.Locale),
		CreatedAt: Timestamp(u.CreatedAt), IsActive: u.Active, IsVerified: u.Verified, LastLoginAt: timestamp(u.LastLoginAt),
		LastLoginMethod: optional(u.LastLoginMethod),
	}
}

func toInvitation(i domain.Invitation) Invitation {
	return Invitation{
		Id: uuid.MustParse(i.ID), Email: string(i.Email), Name: i.Name, Role: Role(i.Role),
		CreatedAt: Timestamp(i.CreatedAt), ExpiresAt: Timestamp(i.ExpiresAt),
	}
}
