package api

import (
	"context"
	"net/url"

	"github.com/ackify/ackify/backend/internal/application/accounts"
	"github.com/ackify/ackify/backend/internal/application/signin"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/presentation/middleware"
)

// StartProviderLogin begins a log-in at an identity provider.
func (s *Server) StartProviderLogin(
	ctx context.Context, in StartProviderLoginRequestObject,
) (StartProviderLoginResponseObject, error) {
	browser := s.Store.Browser(middleware.Exchange(ctx))
	target, err := s.SignIn.Begin(ctx, in.Provider, browser, value(in.Body.RedirectTo), string(value(in.Body.Locale)))
	if err != nil {
		return nil, err
	}
	return StartProviderLogin200JSONResponse{Url: target}, nil
}

// FinishProviderLogin takes the browser back from an identity provider and sends it on, logged in or told why not.
func (s *Server) FinishProviderLogin(
	ctx context.Context, in FinishProviderLoginRequestObject,
) (FinishProviderLoginResponseObject, error) {
	w, r := middleware.Exchange(ctx)
	result, err := s.SignIn.Finish(ctx, in.Provider, signin.Callback{
		Browser: s.Store.KnownBrowser(r), State: value(in.Params.State), Code: value(in.Params.Code), Error: value(in.Params.Error),
		Issuer: value(in.Params.Iss),
	})
	if err == nil {
		err = s.Store.LogIn(w, r, result.User, result.Entry)
	}
	target := s.BaseURL.String() + result.RedirectTo
	if err != nil {
		target = s.refusal(ctx, err, result.RedirectTo)
	}
	return FinishProviderLogin303Response{Headers: FinishProviderLogin303ResponseHeaders{Location: target}}, nil
}

// refusal is the page that says why somebody is not logged in, with the way back to where they wanted to go.
func (s *Server) refusal(ctx context.Context, err error, next string) string {
	known := domain.AsError(err)
	middleware.NoteProblem(ctx, known.Code)
	log := s.Problems.Logger.InfoContext
	if known.Kind == domain.KindInternal || known.Kind == domain.KindUnavailable {
		log = s.Problems.Logger.ErrorContext
	}
	log(ctx, "log-in at an identity provider failed", "request_id", middleware.RequestID(ctx), "code", known.Code, "error", err)
	query := url.Values{"problem": {known.Code}, "request": {middleware.RequestID(ctx)}}
	if next != "/" {
		query.Set("next", next)
	}
	return s.BaseURL.String() + "/login?" + query.Encode()
}

func (s *Server) request(ctx context.Context, email string, redirectTo *string, locale *Locale) accounts.Request {
	return accounts.Request{
		Email: email, RedirectTo: value(redirectTo), Locale: string(value(locale)), Browser: s.Store.Browser(middleware.Exchange(ctx)),
	}
}

// RequestMagicLink mails a link to log in with.
func (s *Server) RequestMagicLink(ctx context.Context, in RequestMagicLinkRequestObject) (RequestMagicLinkResponseObject, error) {
	expires, err := s.Accounts.RequestMagicLink(ctx, s.request(ctx, in.Body.Email, in.Body.RedirectTo, in.Body.Locale))
	return RequestMagicLink202JSONResponse{ExpiresAt: Timestamp(expires)}, err
}

// loggedIn begins a session and says where the person wanted to go.
func (s *Server) loggedIn(ctx context.Context, user domain.User, redirectTo, method string, err error) (LoggedIn, error) {
	if err != nil {
		return LoggedIn{}, err
	}
	return LoggedIn{User: s.toUser(user), RedirectTo: redirectTo}, s.begin(ctx, user, method)
}

// ConsumeMagicLink logs in with the link of a mail.
func (s *Server) ConsumeMagicLink(ctx context.Context, in ConsumeMagicLinkRequestObject) (ConsumeMagicLinkResponseObject, error) {
	user, redirectTo, err := s.Accounts.LogInByLink(ctx, in.Body.Token)
	answer, err := s.loggedIn(ctx, user, redirectTo, domain.MethodMagicLink, err)
	return ConsumeMagicLink200JSONResponse(answer), err
}

// ConsumeMagicCode logs in with the code of a mail.
func (s *Server) ConsumeMagicCode(ctx context.Context, in ConsumeMagicCodeRequestObject) (ConsumeMagicCodeResponseObject, error) {
	_, r := middleware.Exchange(ctx)
	browser := s.Store.KnownBrowser(r)
	if browser == "" {
		return nil, accounts.ErrLink
	}
	user, redirectTo, err := s.Accounts.LogInByCode(ctx, browser, in.Body.Code)
	answer, err := s.loggedIn(ctx, user, redirectTo, domain.MethodMagicLink, err)
	return ConsumeMagicCode200JSONResponse(answer), err
}

// LookUpLink says what the link of a mail is for.
func (s *Server) LookUpLink(ctx context.Context, in LookUpLinkRequestObject) (LookUpLinkResponseObject, error) {
	link, err := s.Accounts.LookUpLink(ctx, in.Body.Token)
	if err != nil {
		return nil, err
	}
	return LookUpLink200JSONResponse{
		Purpose: LinkPreviewPurpose(link.Purpose), Email: string(link.Email), ExpiresAt: Timestamp(link.ExpiresAt),
	}, nil
}

// Register makes an account for oneself.
func (s *Server) Register(ctx context.Context, in RegisterRequestObject) (RegisterResponseObject, error) {
	expires, err := s.Accounts.Register(ctx, accounts.Registration{
		Request: s.request(ctx, in.Body.Email, in.Body.RedirectTo, in.Body.Locale), Name: in.Body.Name, Password: in.Body.Password,
	})
	return Register202JSONResponse{ExpiresAt: Timestamp(expires)}, err
}

// ConfirmEmail opens a new account.
func (s *Server) ConfirmEmail(ctx context.Context, in ConfirmEmailRequestObject) (ConfirmEmailResponseObject, error) {
	var user domain.User
	var redirectTo string
	err := s.guess(ctx, "link "+in.Body.Token, func() (err error) {
		user, redirectTo, err = s.Accounts.Confirm(ctx, in.Body.Token, in.Body.Password)
		return err
	})
	answer, err := s.loggedIn(ctx, user, redirectTo, domain.MethodPassword, err)
	return ConfirmEmail200JSONResponse(answer), err
}

// RequestPasswordReset mails a link that sets a new password.
func (s *Server) RequestPasswordReset(
	ctx context.Context, in RequestPasswordResetRequestObject,
) (RequestPasswordResetResponseObject, error) {
	expires, err := s.Accounts.RequestReset(ctx, s.request(ctx, in.Body.Email, in.Body.RedirectTo, in.Body.Locale))
	return RequestPasswordReset202JSONResponse{ExpiresAt: Timestamp(expires)}, err
}

// ResetPassword sets a new password with a link.
func (s *Server) ResetPassword(ctx context.Context, in ResetPasswordRequestObject) (ResetPasswordResponseObject, error) {
	user, redirectTo, err := s.Accounts.Reset(ctx, in.Body.Token, in.Body.Password)
	answer, err := s.loggedIn(ctx, user, redirectTo, domain.MethodPassword, err)
	return ResetPassword200JSONResponse(answer), err
}
