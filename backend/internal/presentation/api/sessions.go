package api

import (
	"context"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// GetCsrf returns the token that goes with the session cookie.
func (s *Server) GetCsrf(ctx context.Context, _ GetCsrfRequestObject) (GetCsrfResponseObject, error) {
	token, err := s.Store.CSRFToken(middleware.Exchange(ctx))
	return GetCsrf200JSONResponse{Token: token}, err
}

// LogIn checks a password and begins a session.
func (s *Server) LogIn(ctx context.Context, in LogInRequestObject) (LogInResponseObject, error) {
	w, r := middleware.Exchange(ctx)
	forgive, err := s.Attempts.Begin(w, r, in.Body.Email)
	if err != nil {
		return nil, err
	}
	user, err := s.Accounts.LogIn(ctx, in.Body.Email, in.Body.Password)
	if domain.AsError(err).Code != accounts.ErrCredentials.Code {
		if err := forgive(); err != nil {
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	return LogIn200JSONResponse(toUser(user)), s.Store.LogIn(w, r, user, accounts.MethodPassword)
}

// LogOut ends the session.
func (s *Server) LogOut(ctx context.Context, _ LogOutRequestObject) (LogOutResponseObject, error) {
	return LogOut204Response{}, s.Store.LogOut(middleware.Exchange(ctx))
}

// ListMySessions lists one's own sessions.
func (s *Server) ListMySessions(ctx context.Context, _ ListMySessionsRequestObject) (ListMySessionsResponseObject, error) {
	current, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Sessions.List(ctx, current.User)
	if err != nil {
		return nil, err
	}
	return ListMySessions200JSONResponse{Items: mapAll(all, func(one domain.Session) Session {
		return Session{
			Id: uuid.MustParse(one.ID), Current: one.ID == current.ID, CreatedAt: Timestamp(one.CreatedAt), LastSeenAt: Timestamp(one.LastSeenAt),
			ExpiresAt: Timestamp(one.ExpiresAt), UserAgent: one.UserAgent, IpAddress: one.IPAddress,
		}
	})}, nil
}

// EndSession ends one of one's sessions.
func (s *Server) EndSession(ctx context.Context, in EndSessionRequestObject) (EndSessionResponseObject, error) {
	current, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return EndSession204Response{}, s.Sessions.End(ctx, current.User, in.SessionId.String())
}

// EndOtherSessions ends every session but this one.
func (s *Server) EndOtherSessions(ctx context.Context, _ EndOtherSessionsRequestObject) (EndOtherSessionsResponseObject, error) {
	current, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return EndOtherSessions204Response{}, s.Sessions.EndOthers(ctx, current)
}
