package postgres

import (
	"context"
	"net/netip"
	"time"

	"github.com/google/uuid"

	"github.com/ackify/ackify/backend/internal/application/sessions"
	"github.com/ackify/ackify/backend/internal/domain"
	"github.com/ackify/ackify/backend/internal/infrastructure/postgres/sqlcgen"
)

// Sessions keeps sessions by the SHA-256 of their token.
type Sessions struct{ DB }

// Begin keeps a new session with what follows from it, and notes the log-in.
func (s Sessions) Begin(ctx context.Context, b sessions.Beginning) (domain.Session, error) {
	in := b.Session
	userID, err := uuid.Parse(in.User.ID)
	if err != nil {
		return domain.Session{}, err
	}
	id, err := uuid.Parse(in.ID)
	if err != nil {
		return domain.Session{}, err
	}
	err = s.inTx(ctx, func(q *sqlcgen.Queries) error {
		// Whoever deactivates the person at this moment waits, and then finds the session, or comes first and is seen.
		owner, err := q.LockUserByID(ctx, userID)
		if err != nil || !owner.IsActive {
			return found(either(err, domain.ErrUnauthenticated), domain.ErrUnauthenticated)
		}
		// Nor does a password let anybody in that was changed since it was compared.
		if in.Method == domain.MethodPassword && passwordID(owner.HashedPassword) != in.User.PasswordID {
			return domain.ErrUnauthenticated
		}
		// Nor an identity that was the person's until its owner took the account over.
		if in.Provider != "" {
			still, err := q.IdentityIsOf(ctx, sqlcgen.IdentityIsOfParams{Issuer: in.Issuer, Subject: in.Subject, UserID: userID})
			if err == nil && !still {
				return domain.ErrUnauthenticated
			}
			if err != nil {
				return err
			}
		}
		if b.Replaces != nil {
			if err := q.EndSessionByToken(ctx, b.Replaces[:]); err != nil {
				return err
			}
		}
		if _, err := q.AddSession(ctx, sqlcgen.AddSessionParams{
			ID: id, TokenHash: b.TokenHash[:], UserID: userID, Method: in.Method, Provider: in.Provider, Issuer: in.Issuer, Subject: in.Subject,
			RefreshDueAt: optionalTime(in.RefreshDueAt), Now: in.CreatedAt, ExpiresAt: in.ExpiresAt, UserAgent: in.UserAgent,
			IpAddress: address(in.IPAddress),
		}); err != nil {
			return err
		}
		if err := keepTokens(ctx, q, in, b.Tokens); err != nil {
			return err
		}
		if err := q.UpdateLastLogin(ctx, sqlcgen.UpdateLastLoginParams{ID: userID, At: in.CreatedAt, Method: in.Method}); err != nil {
			return err
		}
		out, err := seeDevice(ctx, q, userID, in.UserAgent, in.CreatedAt, b.Notice, b.Outbox)
		if err != nil {
			return err
		}
		return post(ctx, q, out)
	})
	return in, err
}

// seeDevice notes what somebody logs in with, and adds the notice for what was not seen before.
func seeDevice(
	ctx context.Context, q *sqlcgen.Queries, owner uuid.UUID, userAgent string, now time.Time, notice *domain.QueuedMail, out domain.Outbox,
) (domain.Outbox, error) {
	known, err := q.SeeDevice(ctx, sqlcgen.SeeDeviceParams{UserID: owner, Device: sessions.Kind(userAgent), Now: now})
	if err == nil && !known && notice != nil {
		out = out.Send(*notice)
	}
	return out, err
}

func keepTokens(ctx context.Context, q *sqlcgen.Queries, in domain.Session, t *sessions.Tokens) error {
	if t == nil {
		return nil
	}
	return q.AddOAuthSession(ctx, sqlcgen.AddOAuthSessionParams{
		SessionID: in.ID, UserSub: in.User.ID, RefreshTokenEncrypted: t.Refresh, IDTokenEncrypted: t.ID,
		AccessTokenExpiresAt: optionalTime(t.AccessExpiresAt), Now: in.CreatedAt, UserAgent: &in.UserAgent, IpAddress: address(in.IPAddress),
	})
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

// Apps lists the applications that a user is logged in with.
func (s Sessions) Apps(ctx context.Context, userID string, now time.Time) ([]sessions.App, error) {
	key, err := uuid.Parse(userID)
	if err != nil {
		return nil, err
	}
	rows, err := s.queries().ListAppSessions(ctx, sqlcgen.ListAppSessionsParams{UserID: key, Now: now})
	return mapAll(rows, func(row sqlcgen.RefreshToken) sessions.App {
		return sessions.App{
			Family: row.Family.String(), CreatedAt: row.AuthenticatedAt.UTC(), LastSeenAt: row.CreatedAt.UTC(), ExpiresAt: row.ExpiresAt.UTC(),
			Device: sessions.Device{UserAgent: row.UserAgent, IPAddress: addressText(row.IpAddress)},
		}
	}), translate(err)
}

// EndSession tells whether there was such a session, or application, of that user.
func (s Sessions) EndSession(ctx context.Context, userID, id string, out domain.Outbox) (ended bool, err error) {
	owner, err := uuid.Parse(userID)
	if err != nil {
		return false, err
	}
	key, err := uuid.Parse(id)
	if err != nil {
		return false, nil //nolint:nilerr // what is no id names no session
	}
	err = s.inTx(ctx, func(q *sqlcgen.Queries) error {
		// An application that refreshes its token now must not escape.
		if _, err := q.LockUserByID(ctx, owner); err != nil {
			return err
		}
		browsers, err := q.EndSession(ctx, sqlcgen.EndSessionParams{ID: key, UserID: owner})
		if err != nil {
			return err
		}
		apps, err := q.EndAppSession(ctx, sqlcgen.EndAppSessionParams{Family: key, UserID: owner})
		if ended = browsers+apps > 0; err != nil || !ended {
			return err
		}
		return post(ctx, q, out)
	})
	return ended, err
}

// EndSessionByToken ends the session of a token, if there is one.
func (s Sessions) EndSessionByToken(ctx context.Context, tokenHash [32]byte, out domain.Outbox) error {
	return s.inTx(ctx, func(q *sqlcgen.Queries) error {
		if err := q.EndSessionByToken(ctx, tokenHash[:]); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// EndOtherSessions ends every session and application of the user but one.
func (s Sessions) EndOtherSessions(ctx context.Context, userID, keep string, out domain.Outbox) error {
	owner, err := uuid.Parse(userID)
	if err != nil {
		return err
	}
	kept, err := uuid.Parse(keep)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(q *sqlcgen.Queries) error {
		if _, err := q.LockUserByID(ctx, owner); err != nil {
			return err
		}
		if err := endOthers(ctx, q, owner, kept); err != nil {
			return err
		}
		return post(ctx, q, out)
	})
}

// endOthers ends every session and application of a user, whose row is locked, but one; uuid.Nil keeps none.
func endOthers(ctx context.Context, q *sqlcgen.Queries, owner, keep uuid.UUID) error {
	if err := q.EndOtherSessions(ctx, sqlcgen.EndOtherSessionsParams{UserID: owner, Keep: keep}); err != nil {
		return err
	}
	return q.EndOtherAppSessions(ctx, sqlcgen.EndOtherAppSessionsParams{UserID: owner, Keep: keep})
}

// DeleteExpired deletes the sessions that expired before a time and says how many.
func (s Sessions) DeleteExpired(ctx context.Context, before time.Time) (int64, error) {
	deleted, err := s.queries().DeleteExpiredSessions(ctx, before)
	return deleted, translate(err)
}

// IDToken is the sealed ID token of a session, nil when there is none.
func (s Sessions) IDToken(ctx context.Context, id string) ([]byte, error) {
	sealed, err := s.queries().IDTokenOf(ctx, id)
	if isNoRows(err) {
		return nil, nil
	}
	return sealed, translate(err)
}

// ClaimRefresh gives the sealed refresh token of a session to one caller until a time.
func (s Sessions) ClaimRefresh(ctx context.Context, id string, now, until time.Time) (sealed []byte, ok bool, err error) {
	key, err := uuid.Parse(id)
	if err != nil {
		return nil, false, err
	}
	sealed, err = s.queries().ClaimRefresh(ctx, sqlcgen.ClaimRefreshParams{SessionID: id, Session: key, Now: now, Until: until})
	if isNoRows(err) {
		return nil, false, nil
	}
	return sealed, err == nil, translate(err)
}

// SaveRefreshed keeps a provider's next refresh token and gives the claim back.
func (s Sessions) SaveRefreshed(ctx context.Context, id string, t sessions.Tokens, now, due time.Time) error {
	return s.settleRefresh(ctx, id, due, func(q *sqlcgen.Queries) error {
		return q.SaveRefreshed(ctx, sqlcgen.SaveRefreshedParams{
			SessionID: id, RefreshTokenEncrypted: t.Refresh, AccessTokenExpiresAt: optionalTime(t.AccessExpiresAt), Now: now,
		})
	})
}

// PostponeRefresh gives a claim back.
func (s Sessions) PostponeRefresh(ctx context.Context, id string, due time.Time) error {
	return s.settleRefresh(ctx, id, due, func(q *sqlcgen.Queries) error { return q.UnlockRefresh(ctx, id) })
}

func (s Sessions) settleRefresh(ctx context.Context, id string, due time.Time, settle func(*sqlcgen.Queries) error) error {
	key, err := uuid.Parse(id)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(q *sqlcgen.Queries) error {
		// The session first, as whoever ends it locks it first.
		if err := q.SetRefreshDue(ctx, sqlcgen.SetRefreshDueParams{ID: key, Due: due}); err != nil {
			return err
		}
		return settle(q)
	})
}

// address reads an IP address; nil when it is none.
func address(s string) *netip.Addr {
	parsed, err := netip.ParseAddr(s)
	if err != nil {
		return nil
	}
	return &parsed
}

func addressText(a *netip.Addr) string {
	if a == nil {
		return ""
	}
	return a.String()
}

func session(row sqlcgen.Session, u domain.User) domain.Session {
	return domain.Session{
		ID: row.ID.String(), User: u, Grant: domain.GrantCookie, Method: row.Method, Provider: row.Provider, Issuer: row.Issuer, Subject: row.Subject,
		AuthenticatedAt: row.AuthenticatedAt.UTC(), CreatedAt: row.CreatedAt.UTC(), LastSeenAt: row.LastSeenAt.UTC(),
		ExpiresAt: row.ExpiresAt.UTC(), RefreshDueAt: timeOrZero(row.RefreshDueAt), UserAgent: row.UserAgent, IPAddress: addressText(row.IpAddress),
	}
}
