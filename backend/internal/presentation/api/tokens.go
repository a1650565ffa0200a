package api

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/domain"
)

// IssueToken gives an application its tokens.
func (s *Server) IssueToken(ctx context.Context, in IssueTokenRequestObject) (IssueTokenResponseObject, error) {
	var pair tokens.Pair
	var err error
	switch in.Body.GrantType {
	case TokenRequestGrantTypePassword:
		if in.Body.Email == nil || in.Body.Password == nil || in.Body.RefreshToken != nil {
			return nil, domain.Invalid("grantType", "request.invalid", "With password, email and password are needed, and nothing else.")
		}
		err = s.guess(ctx, *in.Body.Email, func() (err error) {
			pair, err = s.Tokens.Issue(ctx, *in.Body.Email, *in.Body.Password)
			return err
		})
	default:
		if in.Body.RefreshToken == nil || in.Body.Email != nil || in.Body.Password != nil {
			return nil, domain.Invalid("grantType", "request.invalid", "With refresh_token, refreshToken is needed, and nothing else.")
		}
		pair, err = s.Tokens.Refresh(ctx, *in.Body.RefreshToken)
	}
	if err != nil {
		return nil, err
	}
	return IssueToken200JSONResponse{
		AccessToken: pair.Access, TokenType: Bearer, ExpiresIn: int(pair.ExpiresIn / time.Second), RefreshToken: pair.Refresh,
	}, nil
}

// RevokeToken ends a refresh token and everything that came from the same log-in.
func (s *Server) RevokeToken(ctx context.Context, in RevokeTokenRequestObject) (RevokeTokenResponseObject, error) {
	return RevokeToken204Response{}, s.Tokens.Revoke(ctx, in.Body.RefreshToken)
}

// ListMyTokens lists one's personal API tokens.
func (s *Server) ListMyTokens(ctx context.Context, _ ListMyTokensRequestObject) (ListMyTokensResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.Tokens.List(ctx, session.User)
	return ListMyTokens200JSONResponse{Items: mapAll(all, toAPIToken)}, err
}

// CreateToken makes a personal API token.
func (s *Server) CreateToken(ctx context.Context, in CreateTokenRequestObject) (CreateTokenResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	made, secret, err := s.Tokens.Create(ctx, session.User, tokens.NewAPIToken{
		Name: in.Body.Name, ExpiresAt: time.Time(in.Body.ExpiresAt),
		Scopes: mapAll(in.Body.Scopes, func(scope TokenScope) domain.Scope { return domain.Scope(scope) }),
	})
	if err != nil {
		return nil, err
	}
	t := toAPIToken(made)
	return CreateToken201JSONResponse{
		Id: t.Id, Name: t.Name, Hint: t.Hint, Scopes: t.Scopes, CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt, LastUsedAt: t.LastUsedAt,
		Token: secret,
	}, nil
}

// RevokeMyToken revokes a personal API token.
func (s *Server) RevokeMyToken(ctx context.Context, in RevokeMyTokenRequestObject) (RevokeMyTokenResponseObject, error) {
	session, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	return RevokeMyToken204Response{}, s.Tokens.RevokeMine(ctx, session.User, in.TokenId.String())
}

func toAPIToken(t tokens.APIToken) ApiToken {
	return ApiToken{
		Id: uuid.MustParse(t.ID), Name: t.Name, Hint: t.Hint, CreatedAt: Timestamp(t.CreatedAt), ExpiresAt: Timestamp(t.ExpiresAt),
		LastUsedAt: timestamp(t.LastUsedAt), Scopes: mapAll(t.Scopes, func(s domain.Scope) TokenScope { return TokenScope(s) }),
	}
}
