package sessions

import (
	"context"
	"time"

	"github.com/ackify/ackify/backend/internal/domain"
)

const (
	// refreshEvery is how often an identity provider is asked whether a person may still be here, while they are active.
	refreshEvery = 10 * time.Minute
	// refreshRetry is when it is asked again after it could not tell.
	refreshRetry = time.Minute
	// refreshPatience bounds one question to a provider.
	refreshPatience = 10 * time.Second
)

// Find returns the session of a token; it fails with domain.ErrUnauthenticated. A session that is suddenly used from another kind of
// device is ended; so is one whose identity provider has ended the person's access.
func (s Service) Find(ctx context.Context, token string, device Device) (domain.Session, error) {
	session, err := s.Repository.FindSession(ctx, domain.HashSecret(token), s.now())
	if err != nil {
		return session, err
	}
	if Kind(session.UserAgent) != Kind(device.UserAgent) {
		event := domain.Act(ctx, s.now(), domain.ActDeviceChanged, &session.User).With("was", Describe(session.UserAgent)).With("is", Describe(device.UserAgent))
		return domain.Session{}, s.expel(ctx, session, event)
	}
	if !session.RefreshDueAt.IsZero() && !s.now().Before(session.RefreshDueAt) {
		if err := s.refresh(ctx, session); err != nil {
			return domain.Session{}, err
		}
	}
	if s.now().Sub(session.LastSeenAt) < touchEvery {
		return session, nil
	}
	session.LastSeenAt, session.UserAgent, session.IPAddress = s.now(), device.UserAgent, device.IPAddress
	return session, s.Repository.TouchSession(ctx, session)
}

// expel ends a session against its owner's will.
func (s Service) expel(ctx context.Context, session domain.Session, event domain.AuditEvent) error {
	s.Logger.InfoContext(ctx, "session ended", "reason", event.Action, "user", session.User.ID, "session", session.ID)
	if _, err := s.Repository.EndSession(ctx, session.User.ID, session.ID, domain.Note(event)); err != nil {
		return err
	}
	return domain.ErrUnauthenticated
}

// refresh asks the session's provider whether the person may still be here. Of many requests at once one asks; the others go on.
func (s Service) refresh(ctx context.Context, session domain.Session) error {
	now := s.now()
	sealed, ok, err := s.Repository.ClaimRefresh(ctx, session.ID, now, now.Add(2*refreshPatience))
	if err != nil || !ok {
		return err
	}
	// The token may be rotated by the question: the answer is kept even if whoever caused it has gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshPatience)
	defer cancel()
	token, err := s.Sealer.Open(sealed, aboutRefreshToken(session.ID))
	if err != nil {
		s.Logger.WarnContext(ctx, "a provider's refresh token cannot be opened", "session", session.ID, "error", err)
		return s.expel(ctx, session, domain.Act(ctx, now, domain.ActProviderEnded, &session.User).With("provider", session.Provider))
	}
	next, expires, err := s.Refresher.Refresh(ctx, session.Provider, string(token))
	// Keeping the answer has its own time: a slow provider must not use it up.
	ctx, cancelKeep := context.WithTimeout(context.WithoutCancel(ctx), refreshPatience)
	defer cancelKeep()
	switch {
	case err == nil:
		sealed := s.Sealer.Seal([]byte(next), aboutRefreshToken(session.ID))
		return s.Repository.SaveRefreshed(ctx, session.ID, Tokens{Refresh: sealed, AccessExpiresAt: expires}, s.now(), s.now().Add(refreshEvery))
	case domain.AsError(err).Kind == domain.KindUnauthenticated:
		return s.expel(ctx, session, domain.Act(ctx, now, domain.ActProviderEnded, &session.User).With("provider", session.Provider))
	default:
		s.Logger.WarnContext(ctx, "an identity provider does not say whether somebody may still be here", "provider", session.Provider,
			"session", session.ID, "error", err)
		return s.Repository.PostponeRefresh(ctx, session.ID, s.now().Add(refreshRetry))
	}
}
