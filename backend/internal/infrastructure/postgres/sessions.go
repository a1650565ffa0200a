package postgres

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Sessions keeps sessions by the SHA-256 of their token.
type Sessions struct{ DB }

// AddSession keeps a new session.
func (s Sessions) AddSession(ctx context.Context, tokenHash [32]byte, in domain.Session) (domain.Session, error) {
	userID, err := uuid.Parse(in.User.ID)
	if err != nil {
		return domain.Session{}, err
	}
	row, err := s.queries().AddSession(ctx, sqlcgen.AddSessionParams{
		TokenHash: tokenHash[:], UserID: userID, Method: in.Method, Now: in.CreatedAt, ExpiresAt: in.ExpiresAt,
		UserAgent: in.UserAgent, IpAddress: address(in.IPAddress),
	})
	return session(row, in.User), translate(err)
}

// FindSession fails with domain.ErrUnauthenticated.
func (s Sessions) FindSession(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Session, error) {
	row, err := s.queries().FindSession(ctx, sqlcgen.FindSessionParams{TokenHash: tokenHash[:], Now: now})
	return session(row.Session, user(row.User)), found(err, domain.ErrUnauthenticated)
}

// TouchSession notes when and from where a session was used last.
func (s Sessions) TouchSession(ctx context.Context, in domain.Session) error {
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return err
	}
	return translate(s.queries().TouchSession(ctx, sqlcgen.TouchSessionParams{
		ID: id, Now: in.LastSeenAt, IpAddress: address(in.IPAddress), UserAgent: in.UserAgent,
	}))
}

// Sessions lists a user's sessions, the most recently used first.
func (s Sessions) Sessions(ctx context.Context, userID string, now time.Time) ([]domain.Session, error) {
	key, err := uuid.Parse(userID)
	if err != nil {
		return nil, err
	}
	rows, err := s.queries().ListSessions(ctx, sqlcgen.ListSessionsParams{UserID: key, Now: now})
	return mapAll(rows, func(row sqlcgen.Session) domain.Session {
		return session(row, domain.User{ID: userID})
	}), translate(err)
}

// EndSession tells whether there was such a session of that user.
func (s Sessions) EndSession(ctx context.Context, userID, id string) (bool, error) {
	owner, err := uuid.Parse(userID)
	if err != nil {
		return false, err
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return false, nil //nolint:nilerr // what is no id names no session
	}
	ended, err := s.queries().EndSession(ctx, sqlcgen.EndSessionParams{ID: key, UserID: owner})
	return ended > 0, translate(err)
}

// EndSessionByToken ends the session of a token, if there is one.
func (s Sessions) EndSessionByToken(ctx context.Context, tokenHash [32]byte) error {
	return translate(s.queries().EndSessionByToken(ctx, tokenHash[:]))
}

// EndOtherSessions ends every session of the user but one.
func (s Sessions) EndOtherSessions(ctx context.Context, userID, keep string) error {
	owner, err := uuid.Parse(userID)
	if err != nil {
		return err
	}
	kept, err := uuid.Parse(keep)
	if err != nil {
		return err
	}
	return translate(s.queries().EndOtherSessions(ctx, sqlcgen.EndOtherSessionsParams{UserID: owner, Keep: kept}))
}

// DeleteExpired deletes the sessions that expired before a time and says how many.
func (s Sessions) DeleteExpired(ctx context.Context, before time.Time) (int64, error) {
	deleted, err := s.queries().DeleteExpiredSessions(ctx, before)
	return deleted, translate(err)
}

// address reads an IP address; nil when it is none.
func address(s string) *netip.Addr {
	parsed, err := netip.ParseAddr(s)
	if err != nil {
		return nil
	}
	return &parsed
}

func session(row sqlcgen.Session, u domain.User) domain.Session {
	s := domain.Session{
		ID: row.ID.String(), User: u, Method: row.Method, AuthenticatedAt: row.AuthenticatedAt.UTC(),
		CreatedAt: row.CreatedAt.UTC(), LastSeenAt: row.LastSeenAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
		UserAgent: row.UserAgent,
	}
	if row.IpAddress != nil {
		s.IPAddress = row.IpAddress.String()
	}
	return s
}
