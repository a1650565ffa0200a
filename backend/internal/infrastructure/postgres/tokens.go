package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/tokens"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Tokens keeps tokens by their hashes.
type Tokens struct{ DB }

var _ tokens.Repository = Tokens{}

// AddRefreshToken keeps the first of a family, and notes the log-in.
func (t Tokens) AddRefreshToken(
	ctx context.Context, by domain.User, r tokens.RefreshToken, notice *domain.QueuedMail, out domain.Outbox,
) error {
	return t.inTx(ctx, func(q *sqlcgen.Queries) error {
		owner, err := uuid.Parse(r.UserID)
		if err != nil {
			return err
		}
		// As for a session: whoever deactivates the person or changes the password now waits, or is seen.
		row, err := q.LockUserByID(ctx, owner)
		if err != nil || !row.IsActive || passwordID(row.HashedPassword) != by.PasswordID {
			return found(either(err, tokens.ErrInvalid), tokens.ErrInvalid)
		}
		if err := q.UpdateLastLogin(ctx, sqlcgen.UpdateLastLoginParams{ID: owner, At: r.AuthenticatedAt, Method: domain.MethodPassword}); err != nil {
			return err
		}
		if err := addRefreshToken(ctx, q, r); err != nil {
			return err
		}
		if out, err = seeDevice(ctx, q, owner, r.UserAgent, r.CreatedAt, notice, out); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

func addRefreshToken(ctx context.Context, q *sqlcgen.Queries, r tokens.RefreshToken) error {
	owner, err := uuid.Parse(r.UserID)
	if err != nil {
		return err
	}
	family, err := uuid.Parse(r.Family)
	if err != nil {
		return err
	}
	return q.AddRefreshToken(ctx, sqlcgen.AddRefreshTokenParams{
		UserID: owner, Token: r.Hash, Jti: r.JTI, Family: family, AuthenticatedAt: r.AuthenticatedAt, Now: r.CreatedAt, ExpiresAt: r.ExpiresAt,
		UserAgent: r.UserAgent, IpAddress: address(r.IPAddress),
	})
}

func lockRefreshToken(ctx context.Context, q *sqlcgen.Queries, hash string) (owner sqlcgen.User, r sqlcgen.RefreshToken, err error) {
	if owner, err = q.LockOwnerOfRefreshToken(ctx, hash); err != nil {
		return owner, r, err
	}
	r, err = q.LockRefreshToken(ctx, hash)
	return owner, r, err
}

// UseRefreshToken replaces a token by the next; see tokens.Repository.
func (t Tokens) UseRefreshToken(
	ctx context.Context, hash string, now time.Time, next func(tokens.RefreshToken) tokens.RefreshToken, reused func(domain.User) domain.Outbox,
) (owner domain.User, kept tokens.RefreshToken, err error) {
	var refused error // committed all the same: the family has ended
	err = t.inTx(ctx, func(q *sqlcgen.Queries) error {
		who, r, err := lockRefreshToken(ctx, q, hash)
		if err != nil {
			return found(err, tokens.ErrInvalid)
		}
		if r.UsedAt != nil {
			ended, err := q.RevokeFamily(ctx, r.Family)
			if refused = tokens.ErrReused; err != nil || ended == 0 {
				return err
			}
			return post(ctx, q, reused(user(who)))
		}
		if r.Revoked || !r.ExpiresAt.After(now) || !who.IsActive {
			return tokens.ErrInvalid
		}
		if err := q.UseRefreshToken(ctx, sqlcgen.UseRefreshTokenParams{ID: r.ID, Now: now}); err != nil {
			return err
		}
		owner = user(who)
		kept = next(tokens.RefreshToken{
			Hash: r.Token, JTI: r.Jti, Family: r.Family.String(), UserID: r.UserID.String(), AuthenticatedAt: r.AuthenticatedAt.UTC(),
			CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
		})
		return addRefreshToken(ctx, q, kept)
	})
	return owner, kept, either(err, refused)
}

// RevokeRefreshToken ends the token's family; an unknown one is no error.
func (t Tokens) RevokeRefreshToken(ctx context.Context, hash string, out func(domain.User) domain.Outbox) error {
	return t.inTx(ctx, func(q *sqlcgen.Queries) error {
		who, r, err := lockRefreshToken(ctx, q, hash)
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		ended, err := q.RevokeFamily(ctx, r.Family)
		if err != nil || ended == 0 {
			return err
		}
		return post(ctx, q, out(user(who)))
	})
}

// FindAccess fails with tokens.ErrInvalid when the log-in was ended or the user is not active.
func (t Tokens) FindAccess(ctx context.Context, userID, family string, now time.Time) (domain.User, error) {
	owner, err := uuid.Parse(userID)
	if err != nil {
		return domain.User{}, tokens.ErrInvalid.Because(err)
	}
	key, err := uuid.Parse(family)
	if err != nil {
		return domain.User{}, tokens.ErrInvalid.Because(err)
	}
	row, err := t.queries().FindAccess(ctx, sqlcgen.FindAccessParams{UserID: owner, Family: key, Now: now})
	return user(row), found(err, tokens.ErrInvalid)
}

// AddAPIToken fails with tokens.ErrTooMany.
func (t Tokens) AddAPIToken(
	ctx context.Context, owner string, hash [32]byte, in tokens.APIToken, most int, out domain.Outbox,
) (made tokens.APIToken, err error) {
	key, err := uuid.Parse(owner)
	if err != nil {
		return made, err
	}
	scopes := make([]string, len(in.Scopes))
	for i, s := range in.Scopes {
		scopes[i] = string(s)
	}
	err = t.inTx(ctx, func(q *sqlcgen.Queries) error {
		row, err := q.LockUserByID(ctx, key)
		if err != nil || !row.IsActive {
			return found(either(err, domain.ErrUnauthenticated), domain.ErrUnauthenticated)
		}
		have, err := q.CountApiTokens(ctx, sqlcgen.CountApiTokensParams{UserID: key, Now: in.CreatedAt})
		if err == nil && have >= int64(most) {
			return tokens.ErrTooMany
		}
		if err != nil {
			return err
		}
		token, err := q.AddApiToken(ctx, sqlcgen.AddApiTokenParams{
			UserID: key, Name: in.Name, TokenHash: hash[:], Hint: in.Hint, Scopes: scopes, Now: in.CreatedAt, ExpiresAt: in.ExpiresAt,
		})
		if err != nil {
			return err
		}
		made = apiToken(token)
		for i := range out.Audit {
			out.Audit[i].SubjectID = made.ID
		}
		return post(ctx, q, out)
	})
	return made, err
}

// APITokens lists a user's tokens, the newest first.
func (t Tokens) APITokens(ctx context.Context, owner string) ([]tokens.APIToken, error) {
	key, err := uuid.Parse(owner)
	if err != nil {
		return nil, err
	}
	rows, err := t.queries().ListApiTokens(ctx, key)
	return mapAll(rows, apiToken), translate(err)
}

// RevokeAPIToken tells whether there was such a token.
func (t Tokens) RevokeAPIToken(ctx context.Context, owner, id string, now time.Time, out domain.Outbox) (revoked bool, err error) {
	userID, err := uuid.Parse(owner)
	if err != nil {
		return false, err
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return false, nil //nolint:nilerr // what is no id names no token
	}
	err = t.inTx(ctx, func(q *sqlcgen.Queries) error {
		name, err := q.RevokeApiToken(ctx, sqlcgen.RevokeApiTokenParams{ID: key, UserID: userID, Now: now})
		if isNoRows(err) {
			return nil
		}
		if err != nil {
			return err
		}
		revoked = true
		for i := range out.Audit {
			out.Audit[i].SubjectLabel = name
		}
		return post(ctx, q, out)
	})
	return revoked, err
}

// FindAPIToken fails with tokens.ErrInvalid.
func (t Tokens) FindAPIToken(ctx context.Context, hash [32]byte, now time.Time) (tokens.APIToken, domain.User, error) {
	row, err := t.queries().FindApiToken(ctx, sqlcgen.FindApiTokenParams{TokenHash: hash[:], Now: now})
	return apiToken(row.ApiToken), user(row.User), found(err, tokens.ErrInvalid)
}

// TouchAPIToken notes that a token was used.
func (t Tokens) TouchAPIToken(ctx context.Context, id string, now time.Time) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	return translate(t.queries().TouchApiToken(ctx, sqlcgen.TouchApiTokenParams{ID: key, Now: now}))
}

func apiToken(row sqlcgen.ApiToken) tokens.APIToken {
	return tokens.APIToken{
		ID: row.ID.String(), Name: row.Name, Hint: row.Hint, Scopes: mapAll(row.Scopes, func(s string) domain.Scope { return domain.Scope(s) }),
		CreatedAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(), LastUsedAt: timeOrZero(row.LastUsedAt),
	}
}
