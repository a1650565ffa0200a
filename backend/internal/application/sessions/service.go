// Package sessions is who is logged in, on which devices.
package sessions

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	// Lifetime of a session, from log-in.
	Lifetime = 30 * 24 * time.Hour
	// touchEvery is how exact the time of last use is.
	touchEvery = 5 * time.Minute
)

// Device is where a request comes from.
type Device struct {
	UserAgent string
	IPAddress string // "" when unknown
}

// Repository keeps sessions by the SHA-256 of their token.
type Repository interface {
	AddSession(ctx context.Context, tokenHash [32]byte, s domain.Session) (domain.Session, error)
	// FindSession fails with domain.ErrUnauthenticated when there is none, it has expired, or its user is not active.
	FindSession(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Session, error)
	TouchSession(ctx context.Context, s domain.Session) error
	Sessions(ctx context.Context, userID string, now time.Time) ([]domain.Session, error)
	// EndSession tells whether there was such a session of that user.
	EndSession(ctx context.Context, userID, id string) (bool, error)
	EndSessionByToken(ctx context.Context, tokenHash [32]byte) error
	EndOtherSessions(ctx context.Context, userID, keep string) error
	DeleteExpired(ctx context.Context, before time.Time) (int64, error)
}

// ErrNotFound is the answer for a session that is not there, or somebody else's.
var ErrNotFound = domain.E(domain.KindNotFound, "session.not_found", "There is no such session.")

// Service starts, finds and ends sessions.
type Service struct {
	Repository Repository
	Clock      func() time.Time
}

// NewToken returns 32 random bytes in unpadded base64url: what the cookie holds.
func NewToken() string {
	var raw [32]byte
	rand.Read(raw[:])
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func hash(token string) [32]byte { return sha256.Sum256([]byte(token)) }

// Start logs a user in and returns the new session with its token, which is not kept.
func (s Service) Start(ctx context.Context, user domain.User, method string, device Device) (domain.Session, string, error) {
	token, now := NewToken(), s.now()
	session, err := s.Repository.AddSession(ctx, hash(token), domain.Session{
		User: user, Method: method, AuthenticatedAt: now, CreatedAt: now, LastSeenAt: now,
		ExpiresAt: now.Add(Lifetime), UserAgent: device.UserAgent, IPAddress: device.IPAddress,
	})
	return session, token, err
}

// Find returns the session of a token; it fails with domain.ErrUnauthenticated.
func (s Service) Find(ctx context.Context, token string, device Device) (domain.Session, error) {
	session, err := s.Repository.FindSession(ctx, hash(token), s.now())
	if err != nil || s.now().Sub(session.LastSeenAt) < touchEvery {
		return session, err
	}
	session.LastSeenAt, session.UserAgent, session.IPAddress = s.now(), device.UserAgent, device.IPAddress
	return session, s.Repository.TouchSession(ctx, session)
}

// List returns a user's sessions, the most recently used first.
func (s Service) List(ctx context.Context, user domain.User) ([]domain.Session, error) {
	return s.Repository.Sessions(ctx, user.ID, s.now())
}

// End ends one of a user's sessions.
func (s Service) End(ctx context.Context, user domain.User, id string) error {
	ended, err := s.Repository.EndSession(ctx, user.ID, id)
	if err == nil && !ended {
		return ErrNotFound
	}
	return err
}

// EndByToken logs out; an unknown token is no error.
func (s Service) EndByToken(ctx context.Context, token string) error {
	return s.Repository.EndSessionByToken(ctx, hash(token))
}

// EndOthers ends every session of the user but this one.
func (s Service) EndOthers(ctx context.Context, current domain.Session) error {
	return s.Repository.EndOtherSessions(ctx, current.User.ID, current.ID)
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }
