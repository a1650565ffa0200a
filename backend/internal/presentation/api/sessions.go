package api

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// GetCsrf returns the token that goes with the session cookie.
func (s *Server) GetCsrf(ctx context.Context, _ GetCsrfRequestObject) (GetCsrfResponseObject, error) {
	token, err := s.Store.CSRFToken(middleware.Exchange(ctx))
	return GetCsrf200JSONResponse{Token: token}, err
}

// guess runs a check of a password that somebody may be guessing: within the limits of the account and of the address.
func (s *Server) guess(ctx context.Context, account string, check func() error) error {
	w, r := middleware.Exchange(ctx)
	forgive, err := s.Attempts.Begin(w, r, account)
	if err != nil {
		return err
	}
	err = check()
	if errors.Is(err, accounts.ErrCredentials) || errors.Is(err, accounts.ErrPasswordWrong) {
		return err
	}
	return errors.Join(err, forgive())
}

// LogIn checks a password and begins a session.
func (s *Server) LogIn(ctx context.Context, in LogInRequestObject) (LogInResponseObject, error) {
	var user domain.User
	err := s.guess(ctx, in.Body.Email, func() (err error) {
		user, err = s.Accounts.LogIn(ctx, in.Body.Email, in.Body.Password)
		return err
	})
	if err != nil {
		return nil, err
	}
	return LogIn200JSONResponse(s.toUser(user)), s.begin(ctx, user, domain.MethodPassword)
}

// LogOut ends the session, and says where to log out at the identity provider.
func (s *Server) LogOut(ctx context.Context, _ LogOutRequestObject) (LogOutResponseObject, error) {
	ended, idToken, err := s.Store.LogOut(middleware.Exchange(ctx))
	if err != nil {
		return nil, err
	}
	return LogOut200JSONResponse{Url: optional(s.SignIn.LogoutURL(ctx, ended.Provider, idToken))}, nil
}

// ListMySessions lists one's own sessions and applications.
func (s *Server) ListMySessions(ctx context.Context, _ ListMySessionsRequestObject) (ListMySessionsResponseObject, error) {
	current, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	browsers, apps, err := s.Sessions.List(ctx, current.User)
	if err != nil {
		return nil, err
	}
	items := mapAll(browsers, func(one domain.Session) Session {
		return Session{
			Id: uuid.MustParse(one.ID), Kind: Browser, Method: one.Method, Provider: optional(s.SignIn.LabelOf(one.Provider)),
			Current: one.ID == current.ID, CreatedAt: Timestamp(one.CreatedAt), LastSeenAt: Timestamp(one.LastSeenAt),
			ExpiresAt: Timestamp(one.ExpiresAt), UserAgent: one.UserAgent, IpAddress: one.IPAddress,
		}
	})
	for _, one := range apps {
		items = append(items, toApp(one, current))
	}
	slices.SortStableFunc(items, func(a, b Session) int { return time.Time(b.LastSeenAt).Compare(time.Time(a.LastSeenAt)) })
	return ListMySessions200JSONResponse{Items: items}, nil
}

func toApp(one sessions.App, current domain.Session) Session {
	return Session{
		Id: uuid.MustParse(one.Family), Kind: App, Method: domain.MethodPassword, Current: one.Family == current.ID,
		CreatedAt: Timestamp(one.CreatedAt), LastSeenAt: Timestamp(one.LastSeenAt), ExpiresAt: Timestamp(one.ExpiresAt),
		UserAgent: one.Device.UserAgent, IpAddress: one.Device.IPAddress,
	}
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
