// Package sessions is who is logged in, on which devices.
package sessions

import (
	"context"
	"log/slog"
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

// Entry is how somebody has come in.
type Entry struct {
	Method          string
	Provider        string // "" unless it was an identity provider
	Issuer, Subject string
	RefreshToken    string        // of the provider, "" when there is none
	IDToken         string        // likewise
	AccessExpiresAt time.Time     // of the provider's access token; zero when unknown
	MaxAge          time.Duration // 0: Lifetime
}

// Tokens are a provider's, sealed; nil for none.
type Tokens struct {
	Refresh         []byte
	ID              []byte
	AccessExpiresAt time.Time
}

// App is a log-in of an application, by its refresh tokens.
type App struct {
	Family     string // UUID
	CreatedAt  time.Time
	LastSeenAt time.Time
	ExpiresAt  time.Time
	Device     Device
}

// Beginning is everything that is written when somebody logs in.
type Beginning struct {
	TokenHash [32]byte
	Replaces  *[32]byte // the session that the browser had until now
	Session   domain.Session
	Tokens    *Tokens // nil: not from a provider
	Outbox    domain.Outbox
	Notice    *domain.QueuedMail // sent when the device was not known; nil at a first log-in
}

// Repository keeps sessions by the SHA-256 of their token.
type Repository interface {
	// Begin keeps a new session with what follows from it, and notes the log-in.
	Begin(ctx context.Context, b Beginning) (domain.Session, error)
	// FindSession fails with domain.ErrUnauthenticated when there is none, it has expired, or its user is not active.
	FindSession(ctx context.Context, tokenHash [32]byte, now time.Time) (domain.Session, error)
	TouchSession(ctx context.Context, s domain.Session) error
	Sessions(ctx context.Context, userID string, now time.Time) ([]domain.Session, error)
	// Apps lists the applications that a user is logged in with.
	Apps(ctx context.Context, userID string, now time.Time) ([]App, error)
	// EndSession tells whether there was such a session, or application, of that user.
	EndSession(ctx context.Context, userID, id string, out domain.Outbox) (bool, error)
	EndSessionByToken(ctx context.Context, tokenHash [32]byte, out domain.Outbox) error
	EndOtherSessions(ctx context.Context, userID, keep string, out domain.Outbox) error
	// DeleteExpired deletes the sessions that expired before a time and says how many.
	DeleteExpired(ctx context.Context, before time.Time) (int64, error)
	// IDToken is the sealed ID token of a session, nil when there is none.
	IDToken(ctx context.Context, id string) ([]byte, error)

	// ClaimRefresh gives the sealed refresh token of a session to one caller until a time; ok is false for every other.
	ClaimRefresh(ctx context.Context, id string, now, until time.Time) (sealed []byte, ok bool, err error)
	SaveRefreshed(ctx context.Context, id string, t Tokens, now, due time.Time) error
	// PostponeRefresh gives a claim back.
	PostponeRefresh(ctx context.Context, id string, due time.Time) error
}

// Sealer encrypts the tokens of providers.
type Sealer interface {
	Seal(plain, about []byte) []byte
	Open(sealed, about []byte) ([]byte, error)
}

// Refresher asks identity providers about people.
type Refresher interface {
	// Refresh fails with an error of domain.KindUnauthenticated when the provider has ended the person's access; any other error says
	// that it could not tell.
	Refresh(ctx context.Context, provider, refreshToken string) (next string, expires time.Time, err error)
}

// Mails makes the notice of a log-in from a new device.
type Mails interface {
	Enabled() bool
	Compose(m domain.Message) (domain.QueuedMail, error)
}

// ErrNotFound is the answer for a session that is not there, or somebody else's.
var ErrNotFound = domain.E(domain.KindNotFound, "session.not_found", "There is no such session.")

// Service starts, finds and ends sessions.
type Service struct {
	Repository Repository
	Sealer     Sealer
	Refresher  Refresher
	Mails      Mails
	AccountURL string // absolute; for the notice
	Clock      func() time.Time
	Logger     *slog.Logger
}

func (s Service) now() time.Time { return s.Clock().UTC().Truncate(time.Microsecond) }

// List returns a user's sessions and applications, the most recently used first.
func (s Service) List(ctx context.Context, user domain.User) ([]domain.Session, []App, error) {
	all, err := s.Repository.Sessions(ctx, user.ID, s.now())
	if err != nil {
		return nil, nil, err
	}
	apps, err := s.Repository.Apps(ctx, user.ID, s.now())
	return all, apps, err
}

// End ends one of a user's sessions, or logs an application out.
func (s Service) End(ctx context.Context, user domain.User, id string) error {
	ended, err := s.Repository.EndSession(ctx, user.ID, id, s.note(ctx, user, "one"))
	if err == nil && !ended {
		return ErrNotFound
	}
	return err
}

// LogOut ends a session for every device that has its cookie, and returns the ID token that came with it, "" when there is none.
func (s Service) LogOut(ctx context.Context, session domain.Session, token string) (idToken string, err error) {
	if session.Provider != "" {
		sealed, err := s.Repository.IDToken(ctx, session.ID)
		if err != nil {
			return "", err
		}
		if plain, err := s.Sealer.Open(sealed, aboutIDToken(session.ID)); err == nil {
			idToken = string(plain)
		}
	}
	return idToken, s.Repository.EndSessionByToken(ctx, domain.HashSecret(token), s.note(ctx, session.User, "this"))
}

// EndOthers ends every session and application of the user but this one.
func (s Service) EndOthers(ctx context.Context, current domain.Session) error {
	return s.Repository.EndOtherSessions(ctx, current.User.ID, current.ID, s.note(ctx, current.User, "others"))
}

func (s Service) note(ctx context.Context, user domain.User, which string) domain.Outbox {
	return domain.Note(domain.Act(ctx, s.now(), domain.ActLogOut, &user).With("which", which))
}
