// Package tokens is how programs get in: access and refresh tokens of applications, and personal API tokens.
package tokens

import (
	"context"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	// AccessLifetime of an access token.
	AccessLifetime = 15 * time.Minute
	// RefreshLifetime of a refresh token; each use gives a new one.
	RefreshLifetime = 30 * 24 * time.Hour
	// APIPrefix begins every personal API token, so that one that is lost can be recognised.
	APIPrefix = "ackify_"
	// maxTokens is how many personal tokens one may have.
	maxTokens = 50
	// longestExpiry of a personal token.
	longestExpiry = 366 * 24 * time.Hour
	// touchEvery is how exact the time of a personal token's last use is.
	touchEvery = 5 * time.Minute
)

// Errors about tokens.
var (
	ErrInvalid  = domain.E(domain.KindUnauthenticated, "token.invalid", "This token is unknown, expired or revoked.")
	ErrReused   = domain.E(domain.KindUnauthenticated, "token.reused", "This refresh token was used before; everything that came from the same log-in was ended. Log in again.")
	ErrNotFound = domain.E(domain.KindNotFound, "token.not_found", "There is no such token.")
	ErrTooMany  = domain.E(domain.KindConflict, "token.too_many", "There are 50 tokens already; revoke one first.")
	ErrName     = domain.Invalid("name", "token.name_invalid", "A token's name has 1 to 100 characters, on one line.")
	ErrScopes   = domain.Invalid("scopes", "token.scopes_invalid", "Name at least one scope, each once, that your role includes.")
	ErrExpiry   = domain.Invalid("expiresAt", "token.expiry_invalid", "A token expires in the future, within a year.")
)

// Claims are what an access token says.
type Claims struct {
	UserID          string
	Family          string // UUID of the log-in that it came from
	AuthenticatedAt time.Time
	IssuedAt        time.Time
	ExpiresAt       time.Time
}

// Signer makes and reads access tokens.
type Signer interface {
	Sign(c Claims) (string, error)
	// Read verifies signature, issuer, audience and times; it fails for anything else.
	Read(token string, now time.Time) (Claims, error)
}

// RefreshToken is one that is kept, by its hash.
type RefreshToken struct {
	Hash            string // SHA-256, lower-case hex
	JTI             string
	Family          string
	UserID          string
	AuthenticatedAt time.Time
	CreatedAt       time.Time
	ExpiresAt       time.Time
	UserAgent       string
	IPAddress       string
}

// APIToken is a personal token, without its secret.
type APIToken struct {
	ID         string
	Name       string
	Hint       string // its last four characters
	Scopes     []domain.Scope
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time // zero when it never was
}

// Repository keeps tokens by their hashes.
type Repository interface {
	// AddRefreshToken keeps the first of a family, of somebody whose password was right; it fails with ErrInvalid when it is no more.
	AddRefreshToken(ctx context.Context, by domain.User, t RefreshToken, notice *domain.QueuedMail, out domain.Outbox) error
	// UseRefreshToken replaces a token by the next, which make returns. It fails with ErrInvalid; with ErrReused, after ending the family,
	// when it was used before.
	UseRefreshToken(ctx context.Context, hash string, now time.Time, next func(RefreshToken) RefreshToken, reused func(domain.User) domain.Outbox) (domain.User, RefreshToken, error)
	// RevokeRefreshToken ends the token's family; an unknown one is no error.
	RevokeRefreshToken(ctx context.Context, hash string, out func(domain.User) domain.Outbox) error
	// FindAccess fails with ErrInvalid when the log-in was ended or the user is not active.
	FindAccess(ctx context.Context, userID, family string, now time.Time) (domain.User, error)

	// AddAPIToken fails with ErrTooMany.
	AddAPIToken(ctx context.Context, owner string, hash [32]byte, t APIToken, most int, out domain.Outbox) (APIToken, error)
	APITokens(ctx context.Context, owner string) ([]APIToken, error)
	// RevokeAPIToken tells whether there was such a token.
	RevokeAPIToken(ctx context.Context, owner, id string, now time.Time, out domain.Outbox) (bool, error)
	// FindAPIToken fails with ErrInvalid.
	FindAPIToken(ctx context.Context, hash [32]byte, now time.Time) (APIToken, domain.User, error)
	TouchAPIToken(ctx context.Context, id string, now time.Time) error
}

// LogIn checks passwords.
type LogIn interface {
	LogIn(ctx context.Context, email, password string) (domain.User, error)
}

// Notices tells people of log-ins from devices not seen before; nil for nothing to tell.
type Notices interface {
	Notice(ctx context.Context, user domain.User, device sessions.Device) *domain.QueuedMail
}

// Service issues, checks and ends tokens.
type Service struct {
	Repository Repository
	Signer     Signer
	Accounts   LogIn
	Notices    Notices
	Clock      func() time.Time
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

func hexHash(token string) string {
	sum := domain.HashSecret(token)
	return hex.EncodeToString(sum[:])
}

// Pair is what an application gets.
type Pair struct {
	Access    string
	ExpiresIn time.Duration
	Refresh   string
}

// Issue logs an application in with a password.
func (s Service) Issue(ctx context.Context, email, password string) (Pair, error) {
	user, err := s.Accounts.LogIn(ctx, email, password)
	if err != nil {
		return Pair{}, err
	}
	now, origin, refresh := s.now(), domain.OriginOf(ctx), domain.NewSecret()
	kept := RefreshToken{
		Hash: hexHash(refresh), JTI: uuid.NewString(), Family: uuid.NewString(), UserID: user.ID, AuthenticatedAt: now, CreatedAt: now,
		ExpiresAt: now.Add(RefreshLifetime), UserAgent: origin.UserAgent, IPAddress: origin.IPAddress,
	}
	event := domain.Act(ctx, now, domain.ActLogIn, &user).With("method", domain.MethodPassword).With("with", "application")
	notice := s.Notices.Notice(ctx, user, sessions.Device{UserAgent: origin.UserAgent, IPAddress: origin.IPAddress})
	if err := s.Repository.AddRefreshToken(ctx, user, kept, notice, domain.Note(event)); err != nil {
		return Pair{}, err
	}
	return s.pair(kept, refresh)
}

// Refresh gives a new pair for a refresh token, which stops working. One that was used before ends everything of its log-in: either of the
// two who had it stole it.
func (s Service) Refresh(ctx context.Context, token string) (Pair, error) {
	now, origin, refresh := s.now(), domain.OriginOf(ctx), domain.NewSecret()
	_, kept, err := s.Repository.UseRefreshToken(ctx, hexHash(token), now, func(before RefreshToken) RefreshToken {
		return RefreshToken{
			Hash: hexHash(refresh), JTI: uuid.NewString(), Family: before.Family, UserID: before.UserID, AuthenticatedAt: before.AuthenticatedAt,
			CreatedAt: now, ExpiresAt: now.Add(RefreshLifetime), UserAgent: origin.UserAgent, IPAddress: origin.IPAddress,
		}
	}, func(u domain.User) domain.Outbox { return domain.Note(domain.Act(ctx, now, domain.ActTokenReused, &u)) })
	if err != nil {
		return Pair{}, err
	}
	return s.pair(kept, refresh)
}

func (s Service) pair(kept RefreshToken, refresh string) (Pair, error) {
	access, err := s.Signer.Sign(Claims{
		UserID: kept.UserID, Family: kept.Family, AuthenticatedAt: kept.AuthenticatedAt, IssuedAt: kept.CreatedAt,
		ExpiresAt: kept.CreatedAt.Add(AccessLifetime),
	})
	return Pair{Access: access, ExpiresIn: AccessLifetime, Refresh: refresh}, err
}

// Revoke ends a refresh token and everything of its log-in.
func (s Service) Revoke(ctx context.Context, token string) error {
	return s.Repository.RevokeRefreshToken(ctx, hexHash(token), func(u domain.User) domain.Outbox {
		return domain.Note(domain.Act(ctx, s.now(), domain.ActLogOut, &u).With("which", "application"))
	})
}

// Authenticate returns who a bearer token speaks for; it fails with ErrInvalid.
func (s Service) Authenticate(ctx context.Context, token string) (domain.Session, error) {
	if strings.HasPrefix(token, APIPrefix) {
		return s.authenticateAPIToken(ctx, token)
	}
	claims, err := s.Signer.Read(token, s.now())
	if err != nil {
		return domain.Session{}, ErrInvalid.Because(err)
	}
	user, err := s.Repository.FindAccess(ctx, claims.UserID, claims.Family, s.now())
	origin := domain.OriginOf(ctx)
	return domain.Session{
		ID: claims.Family, User: user, Grant: domain.GrantAccessToken, Method: domain.MethodPassword, AuthenticatedAt: claims.AuthenticatedAt,
		CreatedAt: claims.IssuedAt, LastSeenAt: s.now(), ExpiresAt: claims.ExpiresAt, UserAgent: origin.UserAgent, IPAddress: origin.IPAddress,
	}, err
}

func (s Service) authenticateAPIToken(ctx context.Context, token string) (domain.Session, error) {
	kept, user, err := s.Repository.FindAPIToken(ctx, domain.HashSecret(token), s.now())
	if err != nil {
		return domain.Session{}, err
	}
	if s.now().Sub(kept.LastUsedAt) >= touchEvery {
		if err := s.Repository.TouchAPIToken(ctx, kept.ID, s.now()); err != nil {
			return domain.Session{}, err
		}
	}
	origin := domain.OriginOf(ctx)
	return domain.Session{
		ID: kept.ID, User: user, Grant: domain.GrantAPIToken, Scopes: kept.Scopes, Method: "api_token", AuthenticatedAt: kept.CreatedAt,
		CreatedAt: kept.CreatedAt, LastSeenAt: s.now(), ExpiresAt: kept.ExpiresAt, UserAgent: origin.UserAgent, IPAddress: origin.IPAddress,
	}, nil
}
